"""Two models side by side: what they differ by on a test set, where, and how far they agree on a text without gold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.reports.pairing import OUTCOMES, aligned, pairs
from entity_extractor.reports.scores import MEASURES, SCHEMES, counts, measure
from headwater.errors import InputError
from headwater.intervals import Interval, Statistic, Sums, bootstrap

__all__ = ["Agreement", "Comparison", "Difference", "agreement", "compare"]

AROUND = 40  # characters of context on either side


@dataclass(frozen=True)
class Difference:
    """A stretch of a document that two models read differently.

    `worse` is by how much the second model errs more there (missed or invented 1, a wrong edge or type 1/2), below 0
    where it errs less, and 0 for a text without gold, whose `gold` is empty. `before` and `after` are the text around.
    """

    document: str
    start: int
    end: int
    text: str
    before: str
    after: str
    gold: tuple[Mention, ...]
    first: tuple[Mention, ...]
    second: tuple[Mention, ...]
    worse: float


@dataclass(frozen=True)
class Comparison:
    """`overall[scheme][measure]` and `types[type][measure]` (strict): second - first with its paired 95 % interval.

    An interval that holds 0 tells no difference. `differences`: where the second is worst against the first first.
    """

    documents: int
    overall: dict[str, dict[str, Interval]]
    types: dict[str, dict[str, Interval]]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Agreement:
    """What two models both found, place and type, and where they differ, in the order of the text.

    `share` is the F1 of one against the other, 1 where neither found anything.
    """

    both: tuple[Mention, ...]
    differences: tuple[Difference, ...]
    share: float


def compare(gold: Sequence[Annotated], first: Sequence[Annotated], second: Sequence[Annotated]) -> Comparison:
    """Measure two models on the same documents; raises as `report` does.

    Intervals are a percentile bootstrap over documents in which both models meet the same draws, so that what they
    share cancels out.
    """
    rows = aligned(gold, first, second)
    if not rows:
        raise InputError("expected at least one document to compare on, got none")
    sides = [[row[side].mentions for row in rows] for side in range(3)]
    types = sorted({one.label for side in sides for mentions in side for one in mentions})
    columns = {
        f"{side} {name}": table
        for side, found in (("first", sides[1]), ("second", sides[2]))
        for name, table in counts(sides[0], found, types).items()
    }
    wanted = [*SCHEMES, *(f"strict {label}" for label in types)]
    found = bootstrap(columns, {f"{m} {name}": _change(name, m) for name in wanted for m in MEASURES})
    table = {name: {m: found[f"{m} {name}"] for m in MEASURES} for name in wanted}
    differences = [one for row in rows for one in _differences(*row)]
    return Comparison(
        len(rows),
        {scheme: table[scheme] for scheme in SCHEMES},
        {label: table[f"strict {label}"] for label in types},
        tuple(sorted(differences, key=lambda one: -one.worse)),
    )


def agreement(first: Annotated, second: Annotated) -> Agreement:
    """How two models read one text; raises DataError where the texts differ."""
    ((one, other),) = aligned([first], [second])
    same = set(one.mentions) & set(other.mentions)
    both = tuple(mention for mention in sorted(one.mentions) if mention in same)
    found = len(one.mentions) + len(other.mentions)
    return Agreement(both, tuple(_differences(None, one, other)), 2 * len(both) / found if found else 1.0)


def _change(name: str, which: str) -> Statistic:
    first, second = measure(f"first {name}", which), measure(f"second {name}", which)

    def of(sums: Sums) -> np.ndarray:
        return second(sums) - first(sums)

    return of


def _differences(gold: Annotated | None, first: Annotated, second: Annotated) -> Iterator[Difference]:
    """Stretches of mentions that touch each other, of either model or gold, in which the models are not of one mind."""
    sides = [sorted(side.mentions) if side else [] for side in (gold, first, second)]
    for start, end in _stretches([one for side in sides for one in side]):
        wanted, one, other = (tuple(m for m in side if start <= m.start and m.end <= end) for side in sides)
        if one != other:
            worse = _cost(wanted, other) - _cost(wanted, one) if gold else 0.0
            text = first.text
            around = text[max(0, start - AROUND) : start], text[end : end + AROUND]
            yield Difference(first.id, start, end, text[start:end], *around, wanted, one, other, worse)


def _stretches(mentions: Sequence[Mention]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for one in sorted(mentions):
        if out and one.start < out[-1][1]:
            out[-1] = out[-1][0], max(one.end, out[-1][1])
        else:
            out.append((one.start, one.end))
    return out


def _cost(gold: Sequence[Mention], found: Sequence[Mention]) -> float:
    return sum(OUTCOMES[pair.outcome] for pair in pairs(gold, found))
