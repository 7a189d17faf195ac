"""What the overview says: what stands out now, what changed since the day before, and the sentence for both.

All is of the 24 hours up to the moment that is shown and of nothing seen later: an alert of the past is measured anew at
that moment, since the store keeps only its severest tick.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headwater.store import Store
from headwater.ui.texts import Catalogue
from sentiment_monitor.alerts.alarm import Alerts, tick_of
from sentiment_monitor.alerts.inbox import Judged, alerts
from sentiment_monitor.alerts.rule import Alert, Finding, Rule
from sentiment_monitor.alerts.wording import expected_words, plain_number
from sentiment_monitor.news import Counts
from sentiment_monitor.records import Past
from sentiment_monitor.trends import Change, changes

__all__ = [
    "DAY",
    "Overview",
    "Standing",
    "alerts_at",
    "change_ratio",
    "change_words",
    "overview",
    "sentence",
    "standing",
]

DAY = timedelta(days=1)
LOOKED_BACK = timedelta(days=14)  # an alert of the past that was open for longer is not looked for
CLEAR = 2.0  # of `surprise`: one in a hundred
MOST = 6  # changes of a dimension
FEWEST = 2  # negative stories, on either day, that make a change


@dataclass(frozen=True)
class Standing:
    """What stands out: a rule's target, how its likeliest window stands at the moment, and its alert where one is open."""

    rule: str
    dimension: str
    value: str
    finding: Finding | None
    alert: Alert | None = None


@dataclass(frozen=True)
class Overview:
    """The day up to a moment against the day before; the severest of what stands out first."""

    moment: datetime
    now: Counts
    before: Counts
    standing: tuple[Standing, ...]
    changes: Mapping[str, tuple[Change, ...]]


def overview(
    store: Store, as_of: datetime | None, moment: datetime, rules: Sequence[Rule], alerts: Alerts | None = None
) -> Overview:
    """The day that ends at a moment; `as_of` None: the moment is now. `alerts` of these rules, if kept, know what is usual."""
    past = Past(store, as_of)
    totals = [dict(past.tops("all", end - DAY, end)).get("", Counts()) for end in (moment, moment - DAY)]
    moved = {
        dimension: tuple(change for change in changes(past, dimension, moment, limit=None) if _moved(change))[:MOST]
        for dimension in ("company", "topic")
    }
    tick = tick_of(moment)
    found = (alerts or Alerts(rules)).look(tick, Past(store, tick))
    return Overview(moment, *totals, standing(rules, found, alerts_at(store, moment)), moved)


def alerts_at(store: Store, moment: datetime) -> list[Judged]:
    """The alerts that were open at a moment, and what people made of them."""
    lately = alerts(store, since=moment - LOOKED_BACK, limit=500)
    return [one for one in lately if one.alert.opened <= moment and (one.alert.closed is None or one.alert.closed > moment)]  # fmt: skip


def standing(
    rules: Sequence[Rule], found: Mapping[str, Mapping[str, Finding]], opened: Sequence[Judged]
) -> tuple[Standing, ...]:
    """Open alerts, and what a rule finds below its chance though none is open (it cools down); not what was marked false."""
    by_target = {one.alert.target: one.alert for one in opened if one.verdict != "false"}
    out, refused = [], {one.alert.target for one in opened if one.verdict == "false"}
    for rule in rules:
        for value, finding in found.get(rule.name, {}).items():
            target = (rule.name, rule.dimension, value)
            alert = by_target.pop(target, None)
            if alert is not None or (finding.p <= rule.chance and target not in refused):
                out.append(Standing(*target, finding, alert))
    out += [Standing(*alert.target, None, alert) for alert in by_target.values()]
    return tuple(sorted(out, key=lambda one: (-(one.alert.severity if one.alert else 0), one.finding.p if one.finding else 1.0)))  # fmt: skip


def _moved(change: Change) -> bool:
    """One story more or less is no news."""
    now, before = change.now.negative, change.before.negative
    return now != before and max(now, before) >= FEWEST


def sentence(t: Catalogue, found: Overview, names: Mapping[tuple[str, str], str]) -> str:
    """The answer to "what changed since yesterday": what stands out, else the clearest change, else that it is quiet."""
    for one in found.standing:
        if one.finding is not None:
            usual, name = expected_words(t, one.finding.expected), names[one.dimension, one.value]
            key = f"overview.out.{one.finding.sentiment}" if one.dimension != "all" else "overview.out.all"
            figures = {"stories": one.finding.stories, "hours": one.finding.hours, "expected": usual}
            return t(key, name=name, sentiment=t(f"sentiment.{one.finding.sentiment}"), **figures)
    clear = [(change, dimension) for dimension, moved in found.changes.items() for change in moved if change.surprise >= CLEAR]  # fmt: skip
    if clear:
        change, dimension = max(clear, key=lambda pair: pair[0].surprise)
        key = "overview.rose" if change.now.negative > change.before.negative else "overview.fell"
        return t(key, name=names[dimension, change.value], now=change.now.negative, before=change.before.negative)
    if not found.now.total:
        return t("overview.empty")
    return t.count("overview.quiet", found.now.total, negative=found.now.negative)


def change_words(t: Catalogue, change: Change) -> str:
    """Both counts."""
    now, before = change.now.negative, change.before.negative
    return t("overview.change.both", now=now, before=before) if before else t("overview.change.new", now=now)


def change_ratio(t: Catalogue, change: Change) -> str:
    """How many times as many, with the interval; nothing where the counts are too small to tell it."""
    ratio, low = change.ratio, plain_number(change.ratio.low)
    if math.isinf(ratio.value):
        return t("overview.change.least", low=low) if ratio.low >= 1 else ""
    return t("overview.change.ratio", ratio=plain_number(ratio.value), low=low, high=plain_number(ratio.high))
