"""History through the alerts' own code by a simulated clock: what would have been told, and when.

    history -> Shown (as of each tick) -> Alerts.look -> Trace -> Alerts.decide -> alerts -> report

What stands out at a tick does not depend on the chance at which a rule opens an alert, so a history is looked at once,
and the chances of many a budget are tried on what was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from headwater.errors import InputError
from sentiment_monitor.alerts.alarm import Alerts, Book, Found
from sentiment_monitor.alerts.rule import Alert, Change, Rule
from sentiment_monitor.replay.history import History, Surge
from sentiment_monitor.replay.report import Report, report
from sentiment_monitor.replay.shown import Shown, ticks

__all__ = ["LOOSEST", "Trace", "changes", "replay", "told", "trace"]

LOOSEST = 1e-3  # the largest chance that a trace can be decided by; of what is likelier nothing need be kept


@dataclass(frozen=True)
class Trace:
    """What stood out at every tick from the first that a rule had learnt enough for; empty where nothing did.

    `targets` are the values that each rule watched, by its name.
    """

    ticks: tuple[datetime, ...]
    found: tuple[Found, ...]
    targets: Mapping[str, tuple[str, ...]]


def trace(history: History, rules: Sequence[Rule], since: datetime | None = None) -> Trace:
    """Look at every tick of a history, or at those from `since` on, with what came before to learn from.

    Raises InputError where it is too short for any rule to learn from.
    """
    alerts, shown = Alerts(rules), Shown(history, sorted({rule.sentiment for rule in rules}))
    keep = {rule.name: max(rule.chance, LOOSEST) * rule.close for rule in rules}
    moments: list[datetime] = []
    every: list[Found] = []
    for now in ticks(history):
        if since is not None and now < since:
            continue
        shown.see(now)
        if found := alerts.look(now, shown):
            moments.append(now)
            kept = {name: {v: f for v, f in each.items() if f.p <= keep[name]} for name, each in found.items()}
            every.append({name: each for name, each in kept.items() if each})
    if not moments:
        raise InputError(
            f"expected a history of over ten days, from which to learn what is usual: got {history.start} to {history.end}"
        )
    targets = {
        rule.name: tuple(
            value for dimension, value in history.series if dimension == rule.dimension and rule.watches(value)
        )
        for rule in rules
    }
    return Trace(tuple(moments), tuple(every), targets)


def changes(traced: Trace, rules: Sequence[Rule], book: Book | None = None) -> Iterator[Change]:
    """What the rules would have told; they may differ in chance and severities from those that were traced.

    It is written into `book`, one of memory if left out, which holds no open alert before.
    """
    alerts, open_now = Alerts(rules, book), 0
    for now, found in zip(traced.ticks, traced.found, strict=True):
        if found or open_now:
            for change in alerts.decide(now, found):
                open_now += {"opened": 1, "closed": -1}.get(change.kind, 0)
                yield change


def told(traced: Trace, rules: Sequence[Rule]) -> list[Alert]:
    """Every alert as it last was told, in the order in which they opened."""
    last: dict[tuple[str, str, str, datetime], Alert] = {}
    for change in changes(traced, rules):
        last[*change.alert.target, change.alert.opened] = change.alert
    return sorted(last.values(), key=lambda alert: (alert.opened, alert.target))


def replay(history: History, rules: Sequence[Rule], surges: Sequence[Surge] = ()) -> Report:
    """What these rules would have told of a history, held against the surges that are known."""
    traced = trace(history, rules)
    return report(told(traced, rules), rules, traced.targets, traced.ticks[0], traced.ticks[-1], surges)
