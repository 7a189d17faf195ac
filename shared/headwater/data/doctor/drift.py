"""Splits that differ: other labels, or texts that a plain model can tell apart."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from headwater.data.doctor.finding import Case, Finding, Splits, text_of
from headwater.data.doctor.labels import out_of_fold
from headwater.data.example import Example

__all__ = ["find_drift", "label_distance", "told_apart"]

MOST = 2_000  # rows of a split, drawn by the seed
FEWEST = 50
APART = 0.65  # area under the ROC curve: 0.5 is a guess
MOVED = 0.1  # of all rows would need another label for the shares of labels to agree


def find_drift(splits: Splits) -> Iterator[Finding]:
    """Splits of at least 50 rows whose texts, or whose shares of labels, are not those of the first."""
    first, *others = splits.items()
    for name, rows in others:
        if min(len(first[1]), len(rows)) < FEWEST:
            continue
        area = told_apart(first[1], rows)
        if area >= APART:
            said = f"a plain model tells its texts from those of {first[0]} (area under the ROC curve {area:.2f}; 0.5 is a guess)"
            yield Finding("drift", name, len(rows), len(rows), said)
        for column in sorted({key for row in rows for key in row.targets}):
            distance, worst = label_distance(column, first[1], rows)
            if distance >= MOVED:
                said = f"{100 * distance:.0f} % of its rows would need another {column} for the shares of {first[0]}"
                yield Finding("drift", name, round(distance * len(rows)), len(rows), said, worst)


def told_apart(one: Sequence[Example], other: Sequence[Example]) -> float:
    """How well a linear model that saw the other folds tells the two apart: the area under its ROC curve.

    A classifier two-sample test (Lopez-Paz and Oquab 2017).
    """
    from sklearn.metrics import roc_auc_score

    draw = np.random.default_rng(13)
    texts = [
        text_of(rows[i])
        for rows in (one, other)
        for i in draw.permutation(len(rows))[: min(MOST, len(one), len(other))]
    ]
    side = np.repeat([0, 1], len(texts) // 2)
    return float(roc_auc_score(side, out_of_fold(texts, side)[:, 1]))


def label_distance(column: str, one: Sequence[Example], other: Sequence[Example]) -> tuple[float, tuple[Case, ...]]:
    """Total variation distance between the shares of single labels, 0 to 1, and the labels that differ most."""
    before, after = (_shares(column, rows) for rows in (one, other))
    if not before or not after:
        return 0.0, ()
    gaps = {label: after.get(label, 0.0) - before.get(label, 0.0) for label in before | after}
    worst = sorted(gaps, key=lambda label: -abs(gaps[label]))[:3]
    shown = tuple(
        Case("", label, f"{before.get(label, 0):.1%} there, {after.get(label, 0):.1%} here") for label in worst
    )
    return sum(map(abs, gaps.values())) / 2, shown


def _shares(column: str, rows: Sequence[Example]) -> dict[str, float]:
    """Of single labels alone: sets and spans have too many forms for shares to mean anything."""
    counts = Counter(value for row in rows if isinstance(value := row.targets.get(column), str))
    return {label: count / counts.total() for label, count in counts.items()}
