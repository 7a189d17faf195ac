"""What the store would have shown at each moment of a history, kept in memory."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from headwater.store.news import hour_of
from sentiment_monitor.alerts.alarm import TICK, tick_of
from sentiment_monitor.alerts.findings import Label
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.replay.history import HOUR, History, micros, moment

__all__ = ["Shown", "ticks"]


def ticks(history: History) -> Iterator[datetime]:
    """Every tick from the first that sees something to the first that sees all."""
    now = tick_of(history.start) + (TICK if tick_of(history.start) < history.start else timedelta())
    while now < history.end + TICK:
        yield now
        now += TICK


class Shown:
    """A history as of a moment that only moves forward: the `hourly` and `recent` of `records.past.Past`.

    `sentiments` are those that `recent` is asked for; the counts of `hourly` are of all.
    """

    def __init__(self, history: History, sentiments: Sequence[str] = SENTIMENTS) -> None:
        self._history, self._next = history, 0
        self._hours = history.at // HOUR
        self._first = int(self._hours.min())
        self._counts = np.zeros((len(history.series), int(self._hours.max()) - self._first + 1, 4), np.int64)
        self._recent: dict[str, list[tuple[int, int, Label]]] = {dimension: [] for dimension, _ in history.series}
        self._told = np.isin(history.sentiment, [SENTIMENTS.index(sentiment) for sentiment in sentiments])

    def see(self, now: datetime) -> None:
        """Go forward to a moment: what was seen up to it is shown."""
        history, until = self._history, int(np.searchsorted(self._history.seen, micros(now), side="right"))
        rows = slice(self._next, until)
        np.add.at(self._counts, (history.of[rows], self._hours[rows] - self._first, history.sentiment[rows]), 1)
        for row in np.flatnonzero(self._told[rows]) + self._next:
            dimension, value = history.series[history.of[row]]
            at, story = int(history.at[row]), int(history.story[row])
            insort(self._recent[dimension], (at, story, (value, moment(at), SENTIMENTS[history.sentiment[row]], story)))
        self._next = until

    def hourly(self, dimension: str, start: datetime, end: datetime) -> dict[str, np.ndarray]:
        """Stories by hour: int64 (hours, 4) by value, in the order of SENTIMENTS; of values that have any."""
        begin, until = hour_of(start), hour_of(end)
        inside = slice(max(0, begin - self._first), max(0, until - self._first))
        found = {}
        for (named, value), counts in zip(self._history.series, self._counts, strict=True):
            if named == dimension and (held := counts[inside]).any():
                whole = np.zeros((until - begin, 4), np.int64)
                offset = max(0, self._first - begin)
                whole[offset : offset + len(held)] = held
                found[value] = whole
        return found

    def recent(self, dimension: str, start: datetime, end: datetime) -> list[Label]:
        """Each story that counts in a window: (value, at, sentiment, story), in the order of `at`."""
        labels = self._recent.get(dimension, [])
        inside = labels[bisect_left(labels, (micros(start),)) : bisect_left(labels, (micros(end),))]
        return [label for *_, label in inside]
