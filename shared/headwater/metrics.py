"""The numbers we report, each with its 95 % interval.

Every metric is a function of `Counts` and of gaps between confidence and truth, summed over rows. Spans have
`headwater.span_metrics`, the paired test of two models `headwater.comparison`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.errors import InputError
from headwater.intervals import Interval, Statistic, bootstrap, wilson

__all__ = [
    "Bin",
    "Counts",
    "Interval",
    "document_counts",
    "document_metrics",
    "ece",
    "label_set_counts",
    "label_set_metrics",
    "macro_f1",
    "micro_f1",
    "per_label",
    "reliability",
]

BINS = 15
TP, FP, FN = range(3)


@dataclass(frozen=True, eq=False)
class Counts:
    """True positives, false positives and false negatives of each row and label: int64 (rows, labels, 3)."""

    labels: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True)
class Bin:
    """One point of a reliability diagram: the rows with confidence in [low, high].

    `confidence` is their mean, `accuracy` the share that is right, with its 95 % Wilson (1927) interval.
    """

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: Interval


def micro_f1(counts: np.ndarray) -> np.ndarray:
    """F1 of the counts summed over labels: (..., labels, 3) -> (...); 0 where there is nothing to find and nothing found."""
    return _f1(counts.sum(axis=-2))


def macro_f1(counts: np.ndarray) -> np.ndarray:
    """Mean F1 over the labels that occur in gold or predicted: (..., labels, 3) -> (...)."""
    occurs = counts.sum(axis=-1) > 0
    return share((_f1(counts) * occurs).sum(axis=-1), occurs.sum(axis=-1))


def _f1(counts: np.ndarray) -> np.ndarray:
    hits = 2 * counts[..., TP]
    return share(hits, hits + counts[..., FP] + counts[..., FN])


def share(part: np.ndarray, whole: np.ndarray, empty: float = 0.0) -> np.ndarray:
    """Part by whole, and `empty` where the whole is 0."""
    return np.where(whole > 0, part / np.maximum(whole, 1e-300), empty)


def ratio(part: str, whole: str) -> Statistic:
    """The statistic sums[part] / sums[whole], undefined (NaN) in a draw whose whole is 0."""
    return lambda sums: share(sums[part], sums[whole], np.nan)


def document_counts(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Counts:
    """Counts where every row has one gold and one predicted label. Raises InputError for a label not in `labels`."""
    g, p = _codes(gold, labels), _codes(predicted, labels)
    same_rows(g, p)
    values = np.zeros((len(g), len(labels), 3), dtype=np.int64)
    rows = np.arange(len(g))
    values[rows, g, FN] = values[rows, p, FP] = g != p
    values[rows, g, TP] = g == p
    return Counts(tuple(labels), values)


def document_metrics(
    gold: Sequence[str],
    predicted: Sequence[str],
    confidence: np.ndarray,
    labels: Sequence[str],
    out_of_scope: str | None = None,
) -> dict[str, Interval]:
    """Measure a head that gives one label a text; `confidence` float (rows,) is the probability of that label.

    accuracy: share of rows whose predicted label is the gold one. macro_f1: mean F1 over the labels that occur in
    gold or predicted. ece: see `ece`; 15 bins, cut once over all rows and kept in every resample. With `out_of_scope`:
    in_scope_accuracy, the accuracy over rows whose gold label is another one (saying out of scope is an error
    there), and oos_recall, the share predicted out of scope of the rows whose gold label is; each is left out
    where no such row exists. Raises InputError for no rows, different lengths and unknown labels.
    """
    counts = document_counts(gold, predicted, labels)
    right = counts.values[..., TP].sum(axis=1)
    same_rows(right, confidence)
    columns = {"counts": counts.values, "right": right, "rows": np.ones(len(right))}
    columns["gaps"] = gap_sums(np.arange(len(right)), confidence, right, len(right))
    statistics: dict[str, Statistic] = {
        "accuracy": ratio("right", "rows"),
        "macro_f1": lambda sums: macro_f1(sums["counts"]),
        "ece": mean_gap("rows"),
    }
    outside = np.asarray([label == out_of_scope for label in gold], dtype=np.float64)
    for name, rows in (("in_scope_accuracy", 1 - outside), ("oos_recall", outside)):
        if out_of_scope is not None and rows.any():
            columns |= {f"{name} right": right * rows, f"{name} rows": rows}
            statistics[name] = ratio(f"{name} right", f"{name} rows")
    return bootstrap(columns, statistics)


def label_set_counts(
    gold: Sequence[Collection[str]], predicted: Sequence[Collection[str]], labels: Sequence[str]
) -> Counts:
    """Counts where a row has any number of labels. Raises InputError for a label not in `labels`."""
    g, p = _membership(gold, labels), _membership(predicted, labels)
    same_rows(g, p)
    return Counts(tuple(labels), np.stack([g & p, ~g & p, g & ~p], axis=-1).astype(np.int64))


def label_set_metrics(
    gold: Sequence[Collection[str]],
    predicted: Sequence[Collection[str]],
    labels: Sequence[str],
    probabilities: np.ndarray | None = None,
) -> dict[str, Interval]:
    """Measure a head that gives any number of labels a text.

    micro_f1: F1 of the counts summed over labels. macro_f1: mean F1 over the labels that occur in gold or
    predicted. exact_match: share of rows whose predicted set is the gold set. With `probabilities` float (rows,
    labels): ece, over every (row, label) as one decision, of the probability that the label applies.
    """
    counts = label_set_counts(gold, predicted, labels).values
    rows = len(counts)
    columns: dict[str, np.ndarray] = {"counts": counts}
    columns |= {"exact": counts[..., FP:].sum(axis=(1, 2)) == 0, "rows": np.ones(rows)}
    statistics: dict[str, Statistic] = {
        "micro_f1": lambda sums: micro_f1(sums["counts"]),
        "macro_f1": lambda sums: macro_f1(sums["counts"]),
        "exact_match": ratio("exact", "rows"),
    }
    if probabilities is not None:
        applies = counts[..., TP] + counts[..., FN]
        same_rows(applies, probabilities)
        owner = np.repeat(np.arange(rows), len(labels))
        columns["gaps"] = gap_sums(owner, np.ravel(probabilities), applies.ravel(), rows)
        columns["decisions"] = np.full(rows, len(labels))
        statistics["ece"] = mean_gap("decisions")
    return bootstrap(columns, statistics)


def per_label(counts: Counts) -> dict[str, dict[str, float]]:
    """The table of a model: label -> precision, recall, f1 (0 where undefined) and support (gold rows, words or spans).

    >>> per_label(document_counts(["a", "b"], ["a", "a"], ["a", "b"]))["a"]
    {'precision': 0.5, 'recall': 1.0, 'f1': 0.6666666666666666, 'support': 1}
    """
    totals = counts.values.sum(axis=0)
    tp, fp, fn = totals[:, TP], totals[:, FP], totals[:, FN]
    columns = zip(counts.labels, share(tp, tp + fp), share(tp, tp + fn), _f1(totals), tp + fn, strict=True)
    return {
        label: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
        for label, p, r, f, n in columns
    }


def mass_bins(confidence: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Number the bin of each row, bins holding as equal numbers of rows as ties allow: int64 (rows,), 0 the lowest.

    Rows of equal confidence share a bin (that of the first of them), so the order of the rows never matters.
    """
    confidence = np.asarray(confidence, dtype=np.float64)
    if not np.all((confidence >= 0) & (confidence <= 1 + 1e-6)):  # NaN fails both
        raise InputError("expected confidences from 0 to 1, got others: pass probabilities, not logits")
    return np.searchsorted(np.sort(confidence), confidence, side="left") * bins // max(1, len(confidence))


def ece(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: the mean over rows of |mean confidence - share right| of the row's bin, 0 to 1.

    `confidence` float and `correct` 0/1, both (rows,). Naeini et al. 2015, with bins of equal mass as Nixon et al.
    2019 (adaptive calibration error): bins of equal width leave most rows of a confident model in one. 0 for no rows.
    """
    same_rows(confidence, correct)
    rows = len(confidence)
    return float(np.abs(gap_sums(np.zeros(rows, dtype=np.int64), confidence, correct, 1, bins)).sum() / max(1, rows))


def gap_sums(owner: np.ndarray, confidence: np.ndarray, correct: np.ndarray, rows: int, bins: int = BINS) -> np.ndarray:
    """Sum confidence - correct by owning row and bin: float64 (rows, bins). `owner[i]` is the row of decision i."""
    cell = owner * bins + mass_bins(confidence, bins)
    gaps = np.asarray(confidence, dtype=np.float64) - np.asarray(correct, dtype=np.float64)
    return np.bincount(cell, weights=gaps, minlength=rows * bins).reshape(rows, bins)


def mean_gap(whole: str) -> Statistic:
    """The statistic `ece` of the column "gaps" over the number of decisions in column `whole`; 0 for no decision."""
    return lambda sums: share(np.abs(sums["gaps"]).sum(axis=-1), sums[whole])


def reliability(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> tuple[Bin, ...]:
    """The points of a reliability diagram, lowest confidence first, in the bins of `ece`; empty bins are left out."""
    same_rows(confidence, correct)
    number, right = mass_bins(confidence, bins), np.asarray(correct, dtype=np.float64)
    confidence = np.asarray(confidence, dtype=np.float64)
    points = []
    for one in np.unique(number):
        inside = confidence[number == one]
        accuracy = wilson(float(right[number == one].sum()), len(inside))
        points.append(Bin(float(inside.min()), float(inside.max()), len(inside), float(inside.mean()), accuracy))
    return tuple(points)


def same_rows(first: np.ndarray, second: np.ndarray) -> None:
    """Raise InputError unless both have the same shape."""
    if np.shape(first) != np.shape(second):
        raise InputError(f"expected the same rows in both, got shapes {np.shape(first)} and {np.shape(second)}")


def _codes(names: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    number = {label: code for code, label in enumerate(labels)}
    strange = sorted({name for name in names if name not in number})
    if strange:
        raise InputError(
            f"expected labels out of the head's {len(labels)}, got also {strange[:5]}: map or drop those rows"
        )
    return np.asarray([number[name] for name in names], dtype=np.int64)


def _membership(sets: Sequence[Collection[str]], labels: Sequence[str]) -> np.ndarray:
    """Which row has which label: bool (rows, labels)."""
    member = np.zeros((len(sets), len(labels)), dtype=bool)
    for row, names in enumerate(sets):
        member[row, _codes(list(names), labels)] = True
    return member
