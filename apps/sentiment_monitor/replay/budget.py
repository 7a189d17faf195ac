"""How many false alarms may be borne -> the chances at which rules open alerts.

"1 false alarm a month per topic"      on average over topics
"2 false alarms a week per company"
"3 false alarms a month"               all targets of a rule together
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from headwater.errors import InputError
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.news import DIMENSIONS
from sentiment_monitor.replay.history import Surge
from sentiment_monitor.replay.report import catches
from sentiment_monitor.replay.run import LOOSEST, Trace, told

__all__ = ["Budget", "chances", "read_budget", "within"]

UNITS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
WORDS = re.compile(
    rf"(\d+(?:\.\d+)?)\s+false alarms?\s+(?:a|per|an)\s+({'|'.join(UNITS)})(?:\s+(?:per|a|for each)\s+({'|'.join(DIMENSIONS)}))?",
    re.IGNORECASE,
)
STEPS, DECADES = 8, 27  # chances tried: eight a decade, from 1e-3 down to 1e-30


@dataclass(frozen=True)
class Budget:
    """At most so many false alarms in a span: of each target on average where `dimension` is named, else of a whole rule."""

    alarms: float
    span: timedelta
    dimension: str | None = None


def read_budget(text: str) -> Budget:
    """Parse a budget; InputError says how one is written.

    >>> read_budget("1 false alarm a month per topic")
    Budget(alarms=1.0, span=datetime.timedelta(days=30), dimension='topic')
    """
    match = WORDS.fullmatch(" ".join(text.split()).strip(". "))
    if match is None or not float(match[1]):
        raise InputError(
            f'expected a budget such as "1 false alarm a month per topic" (a number above 0; {", ".join(UNITS)}; '
            f"per {', '.join(DIMENSIONS[1:])}, or nothing), got {text!r}"
        )
    dimension = match[3].lower() if match[3] else None
    return Budget(float(match[1]), timedelta(days=UNITS[match[2].lower()]), dimension)


def chances(
    traced: Trace, rules: Sequence[Rule], budget: Budget, surges: Sequence[Surge] = ()
) -> Mapping[str, float | None]:
    """For each rule that the budget is about the largest chance within it, None where even one in 1e30 is not.

    Every alert that is right of no known surge counts as false: where surges of the history are not known, the chances
    come out smaller than they need be. Raises InputError where no rule watches what the budget speaks of.
    """
    meant = [rule for rule in rules if budget.dimension in (None, rule.dimension)]
    if not meant:
        watched = ", ".join(sorted({rule.dimension for rule in rules}))
        raise InputError(f"expected a budget for what the rules watch ({watched}), got one per {budget.dimension}")
    return {rule.name: _chance(traced, rule, budget, surges) for rule in meant}


def _chance(traced: Trace, rule: Rule, budget: Budget, surges: Sequence[Surge]) -> float | None:
    """By halving: false alarms grow with the chance, but for the few that one long alert hides."""
    targets = len(traced.targets[rule.name]) if budget.dimension else 1
    allowed = budget.alarms * targets * ((traced.ticks[-1] - traced.ticks[0]) / budget.span)
    steps = [LOOSEST * 10 ** (-step / STEPS) for step in range(STEPS * DECADES + 1)]
    low, high = 0, len(steps)  # steps[high:] are within the budget, as far as it is known
    while low < high:
        middle = (low + high) // 2
        if _false(traced, replace(rule, chance=steps[middle]), surges) <= allowed:
            high = middle
        else:
            low = middle + 1
    return steps[low] if low < len(steps) else None


def _false(traced: Trace, rule: Rule, surges: Sequence[Surge]) -> int:
    return len(catches(told(traced, [rule]), surges)[1])


def within(rules: Sequence[Rule], found: Mapping[str, float | None]) -> list[Rule]:
    """The rules with the chances that were found; one for which there is none keeps its own."""
    return [replace(rule, chance=found.get(rule.name) or rule.chance) for rule in rules]
