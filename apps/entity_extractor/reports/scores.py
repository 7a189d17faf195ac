"""Counts of documents by nervaluate's four schemes, and precision, recall and F1 of them with intervals.

strict: place and type are right. exact: the place, of whatever type. partial: as exact, and an overlap counts half.
type: any overlap of the right type. They are those of SemEval 2013, task 9.1 (Segura-Bedmar et al.), as nervaluate
counts them. Intervals are bootstrapped over documents, as names of one document are not independent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from entity_extractor.mentions import Mention
from headwater.errors import InputError
from headwater.intervals import Interval, Sums, bootstrap
from headwater.metrics import share

__all__ = ["COUNTS", "MEASURES", "SCHEMES", "Score", "Tables", "counts", "measure", "scored"]

SCHEMES = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}  # ours -> nervaluate's
COUNTS = ("correct", "incorrect", "partial", "missed", "spurious")
MEASURES = ("precision", "recall", "f1")
CORRECT, INCORRECT, PARTIAL, MISSED, SPURIOUS = range(5)
Tables = dict[str, np.ndarray]
Rows = Sequence[Sequence[Mention]]


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 with 95 % intervals, and the counts they are of (nervaluate's words)."""

    precision: Interval
    recall: Interval
    f1: Interval
    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int


def counts(gold: Rows, found: Rows, types: Sequence[str]) -> Tables:
    """Counts by document, int64 (documents, 5) in the order of COUNTS, under "strict", "strict PER" and so on.

    Of a type, only mentions of that type are looked at: a name found as another type is missed there.
    """
    evaluator = _evaluator()
    names = [f"{scheme}{suffix}" for scheme in SCHEMES for suffix in ("", *(f" {label}" for label in types))]
    tables = {name: np.zeros((len(gold), len(COUNTS)), dtype=np.int64) for name in names}
    for row, (wanted, given) in enumerate(zip(gold, found, strict=True)):
        if not wanted and not given:
            continue
        results = evaluator([_dicts(wanted)], [_dicts(given)], tags=list(types), loader="dict").evaluate()
        for scheme, theirs in SCHEMES.items():
            tables[scheme][row] = _numbers(results["overall"][theirs])
            for label, schemes in results["entities"].items():
                tables[f"{scheme} {label}"][row] = _numbers(schemes[theirs])
    return tables


def scored(tables: Mapping[str, np.ndarray]) -> dict[str, Score]:
    """Each table's score; all intervals are of the same draws of documents."""
    found = bootstrap(tables, {f"{m} {name}": measure(name, m) for name in tables for m in MEASURES})
    return {
        name: Score(*(found[f"{m} {name}"] for m in MEASURES), *map(int, table.sum(axis=0)))
        for name, table in tables.items()
    }


def measure(name: str, which: str) -> Callable[[Sums], np.ndarray]:
    """Precision, recall or F1 of a table's sums (draws, 5), half a point for partial; 0 where there is nothing."""

    def of(sums: Sums) -> np.ndarray:
        table = sums[name]
        hits = table[:, CORRECT] + 0.5 * table[:, PARTIAL]
        answered = table[:, : PARTIAL + 1].sum(axis=1)
        actual, possible = answered + table[:, SPURIOUS], answered + table[:, MISSED]
        if which == "precision":
            return share(hits, actual)
        return share(hits, possible) if which == "recall" else share(2 * hits, actual + possible)

    return of


def _evaluator() -> Any:
    try:
        from nervaluate import Evaluator
    except ImportError as fault:
        raise InputError("reports need the extra: pip install 'headwater[reports]'") from fault
    return Evaluator


def _dicts(mentions: Sequence[Mention]) -> list[dict[str, Any]]:
    """Mentions as nervaluate wants them: the end is the last character, not the first one after."""
    return [{"label": one.label, "start": one.start, "end": one.end - 1} for one in sorted(mentions)]


def _numbers(result: Any) -> list[int]:
    return [getattr(result, name) for name in COUNTS]
