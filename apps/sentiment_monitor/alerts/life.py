"""The life of an alert: it opens, is raised, holds, and ends after a calm; what has just ended does not open again at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sentiment_monitor.alerts.rule import Alert, Change, Finding, Rule, Target

__all__ = ["steps"]


def steps(
    rule: Rule,
    found: Mapping[str, Finding],
    standing: Mapping[Target, Alert],
    ended: Mapping[Target, Alert],
    chances: Mapping[Target, float],
    now: datetime,
) -> list[Change]:
    """What this tick does to the targets of one rule, by value.

    `standing` holds the open alerts, `ended` the last closed one of a target, `chances` what was learnt of a target
    (`tuning`) in the place of the rule's own chance. Others' targets among them are passed over.
    """
    mine = {alert.value: alert for alert in standing.values() if (alert.rule, alert.dimension) == (rule.name, rule.dimension)}  # fmt: skip
    changes = []
    for value in sorted(mine.keys() | found.keys()):
        target = (rule.name, rule.dimension, value)
        chance = chances.get(target, rule.chance)
        if value in mine:
            change = _goes_on(rule, mine[value], found.get(value), chance, now)
        else:
            change = _begins(rule, target, found[value], ended.get(target), chance, now)
        if change is not None:
            changes.append(change)
    return changes


def _begins(
    rule: Rule, target: Target, found: Finding, before: Alert | None, chance: float, now: datetime
) -> Change | None:
    if found.p > chance:
        return None
    severity = rule.severity(found.p, chance)
    if before is not None and before.cooling(rule, now) and severity <= before.severity:
        return None
    return Change("opened", Alert(*target, now, now, severity, found.reason, found.led), now)


def _goes_on(rule: Rule, alert: Alert, found: Finding | None, chance: float, now: datetime) -> Change | None:
    if found is None or found.p > chance * rule.close or not rule.watches(alert.value):
        calm = now - alert.updated >= timedelta(hours=rule.calm)
        return Change("closed", replace(alert, closed=now), now) if calm else None
    severity = rule.severity(found.p, chance)
    held = replace(alert, updated=now)
    if found.p < alert.reason.get("p", 1.0):
        held = replace(held, reason=found.reason, led=found.led)
    if severity <= alert.severity:
        return Change("held", held, now)
    return Change("raised", replace(held, severity=severity), now)
