"""Counts a day, and net sentiment with an interval that is as wide as few stories make it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sentiment_monitor.sample_stories import Story

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


def net(negative: int, neutral: int, positive: int) -> tuple[float, float, float]:
    """Net sentiment, and its 95 % interval: (value, low, high).

    The interval is the mean plus or minus 1.96 standard deviations of the Dirichlet posterior under Jeffreys' prior
    of half a story each (Gelman et al., Bayesian Data Analysis, 3rd edition, appendix A), cut to -1 to 1. With
    a = count + 1/2 and A their sum: mean = (a+ - a-) / A, variance = ((a+ + a-) / A - mean^2) / (A + 1).

    >>> [round(x, 2) for x in net(0, 0, 1)]
    [1.0, -0.44, 1.0]
    """
    minus, plus, whole = negative + 0.5, positive + 0.5, negative + neutral + positive + 1.5
    mean = (plus - minus) / whole
    deviation = math.sqrt(max(0.0, (plus + minus) / whole - mean**2) / (whole + 1))
    count = negative + neutral + positive
    value = (positive - negative) / count if count else 0.0
    return value, max(-1.0, mean - 1.96 * deviation), min(1.0, mean + 1.96 * deviation)
