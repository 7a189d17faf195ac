"""Every five minutes: the windows up to now are held against what was to be expected, and alerts open, rise and end.

    Past.hourly -> fit -> what is usual ┐
    Past.recent ------------------------┴-> findings -> steps -> book (store and outbox, or memory in a replay)

A tick is a function of its moment, of what `past` says and of what the book holds: a process that starts anew goes on
where the last one stood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np

from headwater.store.news import EPOCH
from sentiment_monitor.alerts.expectation import HOURS, Baseline, fit
from sentiment_monitor.alerts.findings import Label, findings
from sentiment_monitor.alerts.life import steps
from sentiment_monitor.alerts.rule import Alert, Change, Finding, Rule, Target
from sentiment_monitor.news import SENTIMENTS

__all__ = ["GUARD", "TICK", "Alerts", "Book", "Found", "Memory", "PastLike", "Standing", "tick_of"]

TICK = timedelta(minutes=5)
GUARD = timedelta(hours=24)  # between history and the longest window: late news settles, a young surge stays out
REFIT = timedelta(hours=6)

Found = Mapping[str, Mapping[str, Finding]]  # by rule and value


class PastLike(Protocol):
    """What was counted, as of a moment: `records.past.Past`, or a replay's memory."""

    def hourly(self, dimension: str, start: datetime, end: datetime) -> Mapping[str, np.ndarray]:
        """Stories of each value, (hours, 4) by SENTIMENTS, from one whole hour to another."""

    def recent(self, dimension: str, start: datetime, end: datetime) -> Sequence[Label]:
        """Each label from start to end, in any order."""


@dataclass(frozen=True)
class Standing:
    """What a book holds: open alerts, the last closed one of each target, and what tuning has learnt."""

    open: Mapping[Target, Alert] = field(default_factory=dict)
    ended: Mapping[Target, Alert] = field(default_factory=dict)
    chances: Mapping[Target, float] = field(default_factory=dict)


class Book(Protocol):
    """Where alerts stand between two ticks."""

    def standing(self, rules: Sequence[Rule], now: datetime) -> Standing:
        """What stands now."""

    def write(self, rules: Sequence[Rule], changes: Sequence[Change]) -> list[Change]:
        """Write changes down, and give those that are to be told: not what only holds, nor what another has written."""


class Memory:
    """A book that ends with the process, for a replay."""

    def __init__(self) -> None:
        self._open: dict[Target, Alert] = {}
        self._ended: dict[Target, Alert] = {}

    def standing(self, rules: Sequence[Rule], now: datetime) -> Standing:
        return Standing(self._open, self._ended)

    def write(self, rules: Sequence[Rule], changes: Sequence[Change]) -> list[Change]:
        for change in changes:
            if change.kind == "closed":
                del self._open[change.alert.target]
                self._ended[change.alert.target] = change.alert
            else:
                self._open[change.alert.target] = change.alert
        return [change for change in changes if change.kind != "held"]


class Alerts:
    """The rules at work on a book; `Memory()` where none is given."""

    def __init__(self, rules: Sequence[Rule], book: Book | None = None) -> None:
        self.rules, self.book = tuple(rules), Memory() if book is None else book
        self._fitted: dict[tuple[str, str, tuple[int, ...]], tuple[datetime, Baseline | None]] = {}

    def tick(self, now: datetime, past: PastLike) -> list[Change]:
        """Test every rule at a moment, and give what was opened, raised and closed, by rule and value.

        `past` must show what was seen up to `now`, and nothing later. What is usual is fitted anew at 0, 6, 12 and 18 h
        UTC, or at the first tick after; while there is less than a week of history no alert opens. The same tick twice
        changes nothing the second time.
        """
        return self.decide(now, self.look(now, past))

    def look(self, now: datetime, past: PastLike) -> Found:
        """What stands out at a moment, by rule and value, whatever the rules' chances are and whatever is open."""
        recent = {
            dimension: past.recent(dimension, now - timedelta(hours=longest), now)
            for dimension, longest in self._dimensions().items()
        }
        found = {}
        for rule in self.rules:
            if (baseline := self.usual(rule, now, past)) is not None:
                found[rule.name] = findings(rule, baseline, recent[rule.dimension], now)
        return found

    def decide(self, now: datetime, found: Found) -> list[Change]:
        """What a tick does to the alerts, given what it found."""
        standing = self.book.standing(self.rules, now)
        changes = self._orphans(standing, now)
        for rule in self.rules:
            changes += steps(rule, found.get(rule.name, {}), standing.open, standing.ended, standing.chances, now)
        return self.book.write(self.rules, changes) if changes else []

    def usual(self, rule: Rule, now: datetime, past: PastLike) -> Baseline | None:
        """What was fitted at the last sixth hour; history ends before the longest window there, and a guard before it."""
        key, moment = (rule.dimension, rule.sentiment, rule.windows), now - (now - EPOCH) % REFIT
        if key not in self._fitted or self._fitted[key][0] != moment:
            end = moment - timedelta(hours=rule.windows[-1]) - GUARD
            told = past.hourly(rule.dimension, end - timedelta(hours=HOURS), end)
            self._fitted[key] = (moment, _fitted(rule, told, end))
        return self._fitted[key][1]

    def _dimensions(self) -> dict[str, int]:
        longest: dict[str, int] = {}
        for rule in self.rules:
            longest[rule.dimension] = max(longest.get(rule.dimension, 0), rule.windows[-1])
        return longest

    def _orphans(self, standing: Standing, now: datetime) -> list[Change]:
        """Alerts of rules that are no more, or watch another dimension now, end."""
        known = {(rule.name, rule.dimension) for rule in self.rules}
        lost = [alert for target, alert in sorted(standing.open.items()) if target[:2] not in known]
        return [Change("closed", replace(alert, closed=now), now) for alert in lost]


def _fitted(rule: Rule, told: Mapping[str, np.ndarray], end: datetime) -> Baseline | None:
    values = sorted(told)
    if not values:
        return None
    every = np.stack([told[value] for value in values])  # (values, hours, sentiments)
    counts = every[:, :, SENTIMENTS.index(rule.sentiment)].astype(float)
    return fit(values, counts, every.sum(axis=(0, 2)), end, rule.windows)


def tick_of(moment: datetime) -> datetime:
    """The tick at or before a moment: every five minutes of the clock, in UTC."""
    return moment.astimezone(UTC) - (moment - EPOCH) % TICK
