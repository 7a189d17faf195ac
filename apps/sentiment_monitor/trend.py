"""Counts a day, and net sentiment with an interval that is as wide as few stories make it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sentiment_monitor.sample_stories import Story
from sentiment_monitor.trends.net import net

__all__ = ["LABELS", "Day", "daily", "net"]

LABELS = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Day:
    """Stories of one day by sentiment. `net` is (positive - negative) / all, in -1 to 1; `low` to `high` its 95 % interval."""

    day: date
    counts: dict[str, int]
    net: float
    low: float
    high: float

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def daily(stories: Sequence[Story]) -> list[Day]:
    """One Day for every day from the first to the last story; days without any are there too."""
    if not stories:
        return []
    counts: dict[date, Counter[str]] = {}
    for story in stories:
        counts.setdefault(story.day, Counter())[story.label] += 1
    first, last = min(counts), max(counts)
    span = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    return [_day(day, counts.get(day, Counter())) for day in span]


def _day(day: date, counts: Counter[str]) -> Day:
    by_label = {label: counts[label] for label in LABELS}
    return Day(day, by_label, *net(**by_label))
