"""The replay lab: a past, rules, a budget and the surges that are known -> what would have been told, and how well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headwater.store import Store
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.replay.budget import chances, read_budget, within
from sentiment_monitor.replay.history import History, Surge
from sentiment_monitor.replay.report import Report, report
from sentiment_monitor.replay.run import told, trace
from sentiment_monitor.replay.sources import from_store
from sentiment_monitor.rulework import LEARNT

__all__ = ["Outcome", "bars", "days", "of_store", "run"]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """What a replay gave. `chances`: those that the budget found, by rule (None: none keeps it); `rules` as they ran."""

    report: Report
    rules: tuple[Rule, ...]
    chances: Mapping[str, float | None]
    known: bool


def of_store(store: Store, start: datetime, end: datetime, rules: Sequence[Rule]) -> History:
    """What a store saw up to `end` of what the rules watch, with what lies before `start` to learn from.

    Raises InputError where that is nothing.
    """
    return from_store(store, start - LEARNT, end, {"all", *(rule.dimension for rule in rules)})


def run(
    history: History, rules: Sequence[Rule], start: datetime | None = None, budget: str = "", surges: Sequence[Surge] = ()
) -> Outcome:  # fmt: skip
    """Replay from `start` on, with the largest chances that keep the budget where one is given.

    Raises InputError for a budget that cannot be read, and for a history that is too short to learn from.
    """
    wanted = read_budget(budget) if budget.strip() else None
    traced = trace(history, rules, start)
    found = {} if wanted is None else chances(traced, rules, wanted, surges)
    used = within(rules, found)
    made = report(told(traced, used), used, traced.targets, traced.ticks[0], traced.ticks[-1], surges)
    return Outcome(made, tuple(used), found, bool(surges))


def days(report: Report, since: datetime) -> tuple[int, int]:
    """(days that were replayed, days from `since` on): before an alert is possible, the rules learn what is usual.

    Both are whole, the first at least 1 and never more than the second.
    """
    asked = max(1, round((report.end - since) / DAY))
    return min(asked, max(1, round((report.end - report.start) / DAY))), asked


def bars(outcome: Outcome) -> list[dict[str, Any]]:
    """A row for each alert as a chart draws it: from when to when, of what, how severe, and whether it was false."""
    false = set(map(id, outcome.report.false)) if outcome.known else set()
    return [
        {
            "start": alert.opened, "end": alert.closed or outcome.report.end, "dimension": alert.dimension,
            "value": alert.value, "severity": alert.severity, "false": id(alert) in false,
        }
        for alert in outcome.report.alerts
    ]  # fmt: skip
