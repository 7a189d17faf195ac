"""What people made of past alerts moves the chance at which a target's next one opens."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sentiment_monitor.alerts.rule import Rule, Target

__all__ = ["MEMORY", "STRICTEST", "Mark", "stricter", "tuned"]

MEMORY = timedelta(days=180)  # older marks are forgotten
ENOUGH = 2  # false ones of a target; one alone may be bad luck
MISSED = 2.0  # what an alert that somebody needed is worth in false ones
STRICTEST = 1e-4  # of the rule's chance: no marks silence a target for ever
BELOW = 0.5  # of the p of the strongest false alert: a chance that would have kept it out


@dataclass(frozen=True)
class Mark:
    """A person's verdict on an alert: false, or acknowledged; `p` is that of its severest tick."""

    target: Target
    false: bool
    p: float


def tuned(rules: Sequence[Rule], marks: Iterable[Mark]) -> Mapping[Target, float]:
    """The chances of targets whose marks ask for a stricter one than their rule's."""
    by_name, of = {rule.name: rule for rule in rules}, defaultdict[Target, list[Mark]](list)
    for mark in marks:
        of[mark.target].append(mark)
    known = {target: by_name[target[0]].chance for target in of if target[0] in by_name}
    moved = {target: stricter(chance, of[target]) for target, chance in sorted(known.items())}
    return {target: chance for target, chance in moved.items() if chance < known[target]}


def stricter(chance: float, marks: Sequence[Mark]) -> float:
    """The chance that would have done best by a target's marks: the loosest of those with the least loss.

    An alert would have opened at a chance as large as its smallest p or larger. The loss is one for each false
    alert that still opens, two for each acknowledged one that no longer does. Tried are the chance itself and half the
    p of each false alert, down to a ten-thousandth of the chance.
    """
    false = [mark.p for mark in marks if mark.false]
    if len(false) < ENOUGH:
        return chance
    kept = [mark.p for mark in marks if not mark.false]

    def loss(at: float) -> float:
        return sum(p <= at for p in false) + MISSED * sum(at < p <= chance for p in kept)

    tried = {chance, *(max(BELOW * p, STRICTEST * chance) for p in false if p <= chance)}
    return min(sorted(tried, reverse=True), key=loss)
