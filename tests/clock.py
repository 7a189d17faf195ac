"""A clock for tests."""

from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]


class Clock:
    """A clock that goes only when it is told."""

    def __init__(self, day: int = 1) -> None:
        self.moment = datetime(2026, 3, day, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **time: float) -> None:
        self.moment += timedelta(**time)
