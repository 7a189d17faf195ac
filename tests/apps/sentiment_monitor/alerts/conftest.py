"""A made past: steady counts by hour, and labels that a test adds; and the two stores of tests/store."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sentiment_monitor.alerts.expectation import HOURS
from sentiment_monitor.news import SENTIMENTS
from tests.store.conftest import clock, spawn  # noqa: F401 - fixtures

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)  # a Wednesday


@dataclass
class MadePast:
    """Every value has a negative story at the same few hours of each day; `add` puts others on top."""

    daily: dict[str, tuple[int, ...]] = field(default_factory=lambda: {"legal": (9, 15), "macro": (9, 11, 15)})
    begun: datetime = NOON - timedelta(weeks=12)
    labels: list[tuple[str, datetime, str, int]] = field(default_factory=list)
    asked: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    def add(self, value: str, first: datetime, number: int, minutes: int = 5, sentiment: str = "negative") -> None:
        start = len(self.labels)
        rows = [(value, first + timedelta(minutes=minutes * i), sentiment, 1000 + start + i) for i in range(number)]
        self.labels += rows

    def hourly(self, dimension: str, start: datetime, end: datetime) -> dict[str, np.ndarray]:
        self.asked.append((dimension, start, end))
        hours = (end - start) // timedelta(hours=1)
        counts: dict[str, np.ndarray] = defaultdict(lambda: np.zeros((hours, 4), int))
        for hour in range(hours):
            moment = start + timedelta(hours=hour)
            for value, at in self.daily.items():
                if moment >= self.begun and moment.hour in at:
                    counts[value][hour, 0] += 1
        for value, at, sentiment, _ in self.labels:
            if start <= at < end:
                counts[value][(at - start) // timedelta(hours=1), SENTIMENTS.index(sentiment)] += 1
        return dict(counts)

    def recent(self, dimension: str, start: datetime, end: datetime) -> list[tuple[str, datetime, str, int]]:
        return [label for label in self.labels if start <= label[1] < end]


@pytest.fixture
def past() -> MadePast:
    assert HOURS == 8 * 7 * 24
    return MadePast()


@pytest.fixture
def noon() -> datetime:
    return NOON
