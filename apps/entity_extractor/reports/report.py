"""How good what was found is, against a gold standard: by scheme, type, length, and whether training knew the name."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.reports.pairing import aligned, pairs
from entity_extractor.reports.scores import COUNTS, SCHEMES, Score, Tables, counts, scored
from headwater.errors import InputError
from headwater.metrics import FN, FP, TP
from headwater.span_metrics import span_counts

__all__ = ["INVENTED", "MISSED", "Confusion", "Report", "report"]

MISSED, INVENTED = "missed", "invented"
LONG = 5  # names of five words and more are one group
Group = Callable[[Annotated, Mention], str]


@dataclass(frozen=True)
class Confusion:
    """How often a `gold` type was found as `found`; `gold` is "invented" where there was none, `found` "missed" likewise."""

    gold: str
    found: str
    count: int


@dataclass(frozen=True)
class Report:
    """Scores by scheme (strict, exact, partial, type), by type and scheme; strict ones by length and by seen or unseen.

    `lengths` are in words parted by spaces, "5+" the last; `seen` is empty where no names were given. `confusions` pair
    mentions that overlap, most frequent first, those that are right among them.
    """

    documents: int
    gold: int
    found: int
    overall: dict[str, Score]
    types: dict[str, dict[str, Score]]
    lengths: dict[str, Score]
    seen: dict[str, Score]
    confusions: tuple[Confusion, ...]


def report(gold: Sequence[Annotated], found: Sequence[Annotated], seen_names: Collection[str] | None = None) -> Report:
    """Measure what was found in documents against what is in them.

    `seen_names` are the names of the training set, compared without case: a model may know them by heart. Raises
    InputError where there are no documents or they are not the same, DataError where their texts differ.
    """
    rows = aligned(gold, found)
    if not rows:
        raise InputError("expected at least one document to report on, got none")
    wanted, given = ([row[side].mentions for row in rows] for side in (0, 1))
    types = sorted({one.label for mentions in (*wanted, *given) for one in mentions})
    tables = counts(wanted, given, types)
    lengths = _grouped(rows, _length)
    seen = {} if seen_names is None else _grouped(rows, _known(seen_names), ("seen", "unseen"))
    extra = {f"length {name}": table for name, table in lengths.items()} | seen
    scores = scored(tables | extra)
    return Report(
        len(rows),
        sum(map(len, wanted)),
        sum(map(len, given)),
        {scheme: scores[scheme] for scheme in SCHEMES},
        {label: {scheme: scores[f"{scheme} {label}"] for scheme in SCHEMES} for label in types},
        {name: scores[f"length {name}"] for name in lengths},
        {name: scores[name] for name in seen},
        _confusions(rows),
    )


def _grouped(rows: Sequence[tuple[Annotated, ...]], group: Group, names: Sequence[str] = ()) -> Tables:
    """Strict counts by group of mentions; a hit is at the same place, so that both sides are in one group."""
    names = names or sorted({group(side, one) for row in rows for side in row for one in side.mentions})
    tables = {}
    for name in names:
        sides = [[[one.span for one in row[side].mentions if group(row[side], one) == name] for row in rows] for side in (0, 1)]  # fmt: skip
        values = span_counts(sides[0], sides[1]).values.sum(axis=1)
        table = np.zeros((len(rows), len(COUNTS)), dtype=np.int64)
        for column, kind in (("correct", TP), ("missed", FN), ("spurious", FP)):
            table[:, COUNTS.index(column)] = values[:, kind]
        tables[name] = table
    return tables


def _length(document: Annotated, mention: Mention) -> str:
    words = len(document.text[mention.start : mention.end].split())
    return str(words) if words < LONG else f"{LONG}+"


def _known(names: Collection[str]) -> Group:
    known = {_folded(name) for name in names}
    return lambda document, one: "seen" if _folded(document.text[one.start : one.end]) in known else "unseen"


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _confusions(rows: Sequence[tuple[Annotated, ...]]) -> tuple[Confusion, ...]:
    table: Counter[tuple[str, str]] = Counter()
    for gold, found, *_ in rows:
        for pair in pairs(gold.mentions, found.mentions):
            table[pair.gold.label if pair.gold else INVENTED, pair.found.label if pair.found else MISSED] += 1
    return tuple(Confusion(*key, count) for key, count in sorted(table.items(), key=lambda entry: (-entry[1], entry)))
