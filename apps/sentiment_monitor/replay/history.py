"""What was counted, and when it was known: the labels of stories as columns, in the order in which they were seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from headwater.errors import InputError
from headwater.store.news import EPOCH
from sentiment_monitor.news import SENTIMENTS

__all__ = ["HOUR", "Event", "History", "Surge", "micros", "moment"]

HOUR = 3_600_000_000  # microseconds


def micros(when: datetime) -> int:
    """Whole microseconds since 1970."""
    return (when - EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """The moment of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=int(value))


@dataclass(frozen=True)
class Event:
    """A story counted under one (dimension, value): when, and when that was known."""

    at: datetime
    seen: datetime
    dimension: str
    value: str
    sentiment: str
    story: int


@dataclass(frozen=True)
class Surge:
    """A surge that is known to have been, from `start` to before `end`; `factor`, where known, is how many times the usual."""

    dimension: str
    value: str
    start: datetime
    end: datetime
    factor: float | None = None


@dataclass(frozen=True)
class History:
    """Columns of one length, sorted by `seen`, then `at`, then story.

    `of` points into `series` (dimension, value); `at` and `seen` are microseconds since 1970, int64; `sentiment`
    points into SENTIMENTS, int8; `story` is an id, int64.
    """

    series: tuple[tuple[str, str], ...]
    of: np.ndarray
    at: np.ndarray
    seen: np.ndarray
    sentiment: np.ndarray
    story: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of_columns(
        cls, series: Sequence[tuple[str, str]], of: np.ndarray, at: np.ndarray, seen: np.ndarray,
        sentiment: np.ndarray, story: np.ndarray,
    ) -> "History":  # fmt: skip
        """Sort the columns. Raises InputError where something was seen before it was written, or nothing is there."""
        if not len(at):
            raise InputError("expected a history of at least one story, got none")
        order = np.lexsort((story, at, seen))
        return cls(
            tuple(series),
            of[order].astype(np.int32),
            at[order].astype(np.int64),
            seen[order].astype(np.int64),
            sentiment[order].astype(np.int8),
            story[order].astype(np.int64),
        )

    @classmethod
    def of_events(cls, events: Iterable[Event]) -> "History":
        """From events in any order."""
        rows = list(events)
        series = sorted({(row.dimension, row.value) for row in rows})
        place = {pair: index for index, pair in enumerate(series)}
        return cls.of_columns(
            series,
            np.array([place[row.dimension, row.value] for row in rows]),
            np.array([micros(row.at) for row in rows]),
            np.array([micros(row.seen) for row in rows]),
            np.array([SENTIMENTS.index(row.sentiment) for row in rows]),
            np.array([row.story for row in rows]),
        )

    @property
    def start(self) -> datetime:
        """When the first row was seen."""
        return moment(self.seen[0])

    @property
    def end(self) -> datetime:
        """When the last row was seen."""
        return moment(self.seen[-1])
