"""What the inbox shows: alerts as they stood at a moment, and the window of one against what was to be expected.

The store keeps an alert's severest tick, which may lie after the moment that is shown: then it is measured anew there.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headwater.store import Store
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.alarm import Alerts, tick_of
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.expectation import Baseline
from sentiment_monitor.alerts.rule import Alert, Finding, Rule
from sentiment_monitor.records import Past

__all__ = ["SHELVES", "Point", "Shown", "Watching", "chance_of", "muted_by", "needed", "on_shelf", "shown", "window"]

SHELVES = ("open", "ended", "false", "muted")
LOOKED_BACK = timedelta(days=91)
MOST = 200  # alerts of the inbox
STEP, BEFORE, AFTER = timedelta(minutes=15), timedelta(hours=36), timedelta(hours=12)
ENDLESS = 10_000  # stories: no window holds as many


@dataclass(frozen=True)
class Shown:
    """An alert as it stood at a moment; `reason` is empty where nothing of it stood out any more."""

    judged: inbox.Judged
    open: bool
    severity: int
    reason: Mapping[str, Any]
    led: tuple[int, ...]

    @property
    def alert(self) -> Alert:
        return self.judged.alert


@dataclass(frozen=True)
class Point:
    """A window that ends at `end`: its stories, how many were expected, and from how many on an alert opens."""

    end: datetime
    stories: int
    expected: float
    needed: int


def shown(store: Store, rules: Sequence[Rule], moment: datetime) -> list[Shown]:
    """The alerts that had opened at a moment, the newest first; open ones before the others."""
    judged = inbox.alerts(store, since=moment - LOOKED_BACK, until=moment, limit=MOST)
    watching = Watching(store, rules)
    rows = [_as_of(watching, one, moment) for one in judged]
    return sorted(rows, key=lambda row: not row.open)


class Watching:
    """What stood out at a tick for a rule; the alerts of a page ask for few ticks, and each is looked at once."""

    def __init__(self, store: Store, rules: Sequence[Rule]) -> None:
        self.store, self.rules = store, {rule.name: (rule, Alerts([rule])) for rule in rules}
        self._found: dict[tuple[str, datetime], Mapping[str, Finding]] = {}

    def found(self, rule: str, tick: datetime) -> Mapping[str, Finding]:
        if (rule, tick) not in self._found:
            self._found[rule, tick] = self.rules[rule][1].look(tick, Past(self.store, tick)).get(rule, {})
        return self._found[rule, tick]


def _as_of(watching: Watching, judged: inbox.Judged, moment: datetime) -> Shown:
    alert = judged.alert
    still = alert.closed is None or alert.closed > moment
    if alert.updated <= moment:
        return Shown(judged, still, alert.severity, alert.reason, alert.led)
    if alert.rule not in watching.rules:
        return Shown(judged, still, 1, {}, ())
    rule = watching.rules[alert.rule][0]
    for tick in (tick_of(moment), alert.opened):  # quiet for an hour it is open still, and says why it opened
        found = watching.found(rule.name, tick).get(alert.value)
        if found is not None and found.p <= rule.chance * rule.close:
            return Shown(judged, still, _severity(rule, found), found.reason, found.led)
    return Shown(judged, still, 1, {}, ())


def _severity(rule: Rule, found: Finding) -> int:
    return rule.severity(found.p, rule.chance) if found.p <= rule.chance else 1


def on_shelf(rows: Sequence[Shown], shelf: str, mutes: Sequence[inbox.Mute]) -> list[Shown]:
    """The alerts of a shelf: open and not muted, ended, marked false, or of what is muted."""
    muted = [row for row in rows if muted_by(row.alert, mutes)]
    if shelf == "muted":
        return muted
    false = [row for row in rows if row.judged.verdict == "false" and row not in muted]
    if shelf == "false":
        return false
    return [row for row in rows if row.open == (shelf == "open") and row not in muted and row not in false]


def muted_by(alert: Alert, mutes: Sequence[inbox.Mute]) -> inbox.Mute | None:
    """The mute that keeps an alert's messages back, the longest of several."""
    return next(
        (
            mute
            for mute in mutes
            if (mute.dimension, mute.value) == (alert.dimension, alert.value) and mute.rule in (None, alert.rule)
        ),
        None,
    )


def chance_of(store: Store, rule: Rule, alert: Alert, moment: datetime) -> float:
    """The chance at which this target's next alert opens: the rule's, or what marked alerts have taught."""
    return Stored(store).standing([rule], moment).chances.get(alert.target, rule.chance)


def window(store: Store, rule: Rule, alert: Alert, hours: int, moment: datetime) -> list[Point]:
    """An alert's window every quarter of an hour, from a day and a half before it opened to half a day after it ended.

    Expected is what was usual when it opened. Empty where there was too little history to say.
    """
    opened, until = min(alert.opened, moment), min(moment, (alert.closed or moment) + AFTER)
    baseline = Alerts([rule]).usual(rule, tick_of(opened), Past(store, opened))
    if baseline is None:
        return []
    span, ends = (
        timedelta(hours=hours),
        [opened - BEFORE + n * STEP for n in range((until - opened + BEFORE) // STEP + 1)],
    )
    rows = Past(store, moment).recent(alert.dimension, ends[0] - span, until, alert.value)
    told = [at for _, at, sentiment, _ in rows if sentiment == rule.sentiment]
    counts = [bisect_left(told, end) - bisect_left(told, end - span) for end in ends]
    return [_point(rule, baseline, alert.value, end, count, hours) for end, count in zip(ends, counts, strict=True)]


def _point(rule: Rule, baseline: Baseline, value: str, end: datetime, stories: int, hours: int) -> Point:
    expected = baseline.expect(value, end, hours)
    return Point(end, stories, expected.expected, needed(rule, expected.chance))


def needed(rule: Rule, chance: Any) -> int:
    """From how many stories on an alert opens; `chance(n)` is that of n or more.

    >>> needed(Rule("a", "topic", chance=1e-3, least=4), lambda n: 10.0**-n)
    4
    """
    low, high = rule.least, ENDLESS
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) <= rule.chance else (middle + 1, high)
    return low
