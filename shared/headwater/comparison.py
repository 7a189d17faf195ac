"""Is the candidate as good as the reference? A paired, one-sided test of non-inferiority on the same rows.

Two models of one origin differ in few rows. Paired, the many rows in which they agree cancel out, and half a
point can be told from nothing; and a small test set cannot pass just because it shows no difference.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from headwater.errors import InputError
from headwater.intervals import resampled_sums
from headwater.metrics import FN, FP, TP, Counts, macro_f1, micro_f1, same_rows

__all__ = ["Comparison", "not_inferior", "paired_difference"]

DRAWS = 10_000  # a bound that decides: of 1,000 draws it moves by a hundredth of a point with the seed
AVERAGES = {"macro": macro_f1, "micro": micro_f1}


@dataclass(frozen=True)
class Comparison:
    """candidate - reference, its one-sided lower bound, and whether the bound lies above -margin (all as shares)."""

    difference: float
    low: float
    margin: float
    passed: bool


def not_inferior(
    reference: np.ndarray | Counts,
    candidate: np.ndarray | Counts,
    margin: float,
    alpha: float = 0.05,
    average: str = "micro",
) -> Comparison:
    """Pass where the candidate is worse by less than `margin` (0.005 is half a point), at error rate `alpha`.

    A candidate that truly is worse by `margin` passes with probability `alpha`. See `paired_difference` for the rest.
    """
    if margin <= 0:
        raise InputError(f"expected a margin above 0 (0.005 is half a point), got {margin}")
    difference, low = paired_difference(reference, candidate, alpha, average)
    return Comparison(difference, low, margin, low > -margin)


def paired_difference(
    reference: np.ndarray | Counts, candidate: np.ndarray | Counts, alpha: float = 0.05, average: str = "micro"
) -> tuple[float, float]:
    """(candidate - reference, its lower bound at level 1 - alpha), from the same rows in the same order.

    Two 0/1 arrays (rows,), row right or wrong: the difference of accuracies, with Tango's (1998) score interval for
    paired proportions, which holds where few rows or none differ. Two `Counts`: the difference of F1, `average`
    "micro" or "macro", with a paired percentile bootstrap over rows. Raises InputError for no or unequal rows.
    """
    if isinstance(reference, Counts) and isinstance(candidate, Counts):
        _check_rows(len(reference.values), len(candidate.values))
        return _f1_difference(reference, candidate, alpha, average)
    old, new = np.asarray(reference), np.asarray(candidate)
    same_rows(old, new)
    _check_rows(len(old), len(new))
    if not np.isin(old, (0, 1)).all() or not np.isin(new, (0, 1)).all():
        raise InputError("expected 0 or 1 for each row (right or wrong), got other numbers: pass Counts for F1")
    wins, losses = int(((new == 1) & (old == 0)).sum()), int(((new == 0) & (old == 1)).sum())
    return (wins - losses) / len(old), tango_low(wins, losses, len(old), alpha)


def tango_low(wins: int, losses: int, rows: int, alpha: float) -> float:
    """The lower end of Tango's (1998) score interval for (wins - losses) / rows, at one-sided level 1 - alpha.

    With no discordant row at all it is -z^2 / (rows + z^2). The score falls as delta rises, so halving finds the end.
    """
    z = NormalDist().inv_cdf(1 - alpha)
    low, high = -1.0, (wins - losses) / rows
    for _ in range(60):  # 2 / 2^60 is below the rounding of a float
        middle = (low + high) / 2
        low, high = (middle, high) if tango_score(wins, losses, rows, middle) > z else (low, middle)
    return low


def tango_score(wins: int, losses: int, rows: int, delta: float) -> float:
    """Tango's (1998) score statistic of the hypothesis p(win) - p(loss) = delta; about N(0, 1) where it is true."""
    b = (2 * rows - wins + losses) * delta - wins - losses
    c = -losses * delta * (1 - delta)
    loss = (np.sqrt(max(0.0, b * b - 8 * rows * c)) - b) / (4 * rows)  # p(loss) most likely under the hypothesis
    variance = rows * (2 * loss + delta * (1 - delta))
    distance = wins - losses - rows * delta
    return float(distance / np.sqrt(variance)) if variance > 0 else float(np.sign(distance) * np.inf)


def _f1_difference(reference: Counts, candidate: Counts, alpha: float, average: str) -> tuple[float, float]:
    if average not in AVERAGES:
        raise InputError(f"expected an average out of {', '.join(sorted(AVERAGES))}, got {average!r}")
    f1 = AVERAGES[average]
    old, new = _same_labels(reference, candidate)
    difference = float(f1(new.sum(axis=0)) - f1(old.sum(axis=0)))
    # A bootstrap of rows that never differ is sure of no difference, however few they are. So one row is added that
    # the reference gets right and the candidate wrong: the k + 1 of an exact bound on k losses.
    nothing = np.zeros((1, *old.shape[1:]))
    lost = np.arange(len(old) + 1) == len(old)
    drawn = resampled_sums(
        {"old": np.concatenate([old, nothing]), "new": np.concatenate([new, nothing]), "lost": lost}, DRAWS
    )
    old, new = drawn["old"], drawn["new"]
    occurs = (old + new).sum(axis=-1) > 0  # the loss is spread over the labels of the draw, so that it favours none
    loss = drawn["lost"][:, None] * occurs / np.maximum(1, occurs.sum(axis=-1, keepdims=True))
    old[..., TP] += loss
    new[..., FP] += loss
    new[..., FN] += loss
    return difference, min(difference, float(np.quantile(f1(new) - f1(old), alpha)))


def _same_labels(*counts: Counts) -> list[np.ndarray]:
    """The values of each, with a column for every label that any of them has."""
    labels = sorted({label for one in counts for label in one.labels})
    number = {label: code for code, label in enumerate(labels)}
    spread = [np.zeros((len(one.values), len(labels), 3), dtype=np.int64) for one in counts]
    for out, one in zip(spread, counts, strict=True):
        out[:, [number[label] for label in one.labels]] = one.values
    return spread


def _check_rows(old: int, new: int) -> None:
    if old != new or not old:
        raise InputError(f"expected the same rows, one or more, for both models, got {old} and {new}")
