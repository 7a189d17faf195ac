"""What the inbox shows: alerts as they stood at a moment, and the window of one against what was to be expected."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from headwater.store import Store
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.alarm import Alerts, tick_of
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.expectation import Baseline
from sentiment_monitor.alerts.rule import Alert, Rule
from sentiment_monitor.records import Past

__all__ = ["SHELVES", "Point", "Shown", "chance_of", "muted_by", "needed", "on_shelf", "shown", "window"]

SHELVES = ("open", "ended", "false", "muted")
LOOKED_BACK = timedelta(days=91)
MOST = 200  # alerts of the inbox
STEP, BEFORE, AFTER = timedelta(minutes=15), timedelta(hours=36), timedelta(hours=12)
ENDLESS = 10_000  # stories: no window holds as many


@dataclass(frozen=True)
class Shown:
    """An alert as it stood at a moment; `reason` is empty where nobody wrote down what it was then."""

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


def shown(store: Store, moment: datetime) -> list[Shown]:
    """The alerts that had opened at a moment, the newest first; open ones before the others."""
    judged = inbox.alerts(store, since=moment - LOOKED_BACK, until=moment, limit=MOST)
    later = [one.alert for one in judged if one.alert.updated > moment]
    then = inbox.as_of(store, later, moment)
    unknown = {alert.id: replace(alert, severity=1, reason={}, led=()) for alert in later}
    rows = [_stood(one, (unknown | then).get(one.alert.id, one.alert), moment) for one in judged]
    return sorted(rows, key=lambda row: not row.open)


def _stood(judged: inbox.Judged, then: Alert, moment: datetime) -> Shown:
    still = then.closed is None or then.closed > moment
    return Shown(judged, still, then.severity, then.reason, then.led)


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
