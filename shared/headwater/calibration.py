"""What makes a probability mean what it says: a temperature, for spans a line of their own, and thresholds with a promise.

All are fitted on the calibration split, rows that no model was trained or chosen on. The thresholds go last: they are cut
into probabilities that have passed the rest.
"""

from collections.abc import Callable, Sequence

import numpy as np

from headwater.bundle import SpanCalibration, Threshold
from headwater.errors import InputError

__all__ = [
    "calibrated",
    "fit_label_temperature",
    "fit_span_calibration",
    "fit_span_temperature",
    "fit_temperature",
    "risk_thresholds",
]

COLDEST, HOTTEST = 0.05, 20.0
# 0.9995 down to 0 (answer all). Steps are even in the chance of error that a threshold still lets through: 8 % each.
GRID = np.round(1 - np.geomspace(5e-4, 1, 100), 5)
STARTS = np.arange(9, 100, 10)  # every tenth threshold, the last among them


def fit_temperature(logits: np.ndarray, gold: np.ndarray) -> float:
    """The T in [0.05, 20] for which softmax(logits / T) has the least negative log likelihood (Guo et al. 2017).

    `logits` float (rows, labels); `gold` int (rows,), the number of the right label.
    Where every row is right no T is best, the colder the better: 1.0, which changes nothing, is returned. Raises
    InputError for no rows, other shapes, and a gold label that is not there.
    """
    logits, gold = np.asarray(logits, dtype=np.float64), np.asarray(gold)
    _check(logits, gold, logits.shape[:1])
    if gold.min() < 0 or gold.max() >= logits.shape[1]:
        raise InputError(f"expected gold labels from 0 to {logits.shape[1] - 1}, got others: drop unlabelled rows")
    lead = logits - logits[np.arange(len(gold)), gold][:, None]  # of each label over the right one

    def slope(cold: float) -> float:
        weights = np.exp(cold * (lead - lead.max(axis=1, keepdims=True)))
        return float(((weights * lead).sum(axis=1) / weights.sum(axis=1)).mean())

    return 1.0 if (lead <= 0).all() else _minimum(slope)


def fit_label_temperature(logits: np.ndarray, gold: np.ndarray) -> float:
    """`fit_temperature` where each label stands for itself: sigmoid(logits / T), `gold` 0/1 (rows, labels)."""
    logits, gold = np.asarray(logits, dtype=np.float64), np.asarray(gold, dtype=np.float64)
    _check(logits, gold, logits.shape)
    if not np.isin(gold, (0, 1)).all():
        raise InputError("expected 0 or 1 for each row and label, got other numbers")

    def slope(cold: float) -> float:
        sure = 0.5 * (1 + np.tanh(cold * logits / 2))  # the sigmoid, without its overflow
        return float(((sure - gold) * logits).mean())

    return 1.0 if (logits * (2 * gold - 1) >= 0).all() else _minimum(slope)


def fit_span_temperature(answers: Callable[[float], tuple[np.ndarray, np.ndarray]]) -> float:
    """The T at which the probabilities of spans have the least negative log likelihood of being right.

    `answers(T)` gives, of every predicted span, its probability and whether it is right: float and 0/1 (spans,). A
    temperature fitted on words would answer for the many that are no name, and makes spans too sure. T is one of 81
    from 0.2 to 5; 1.0 where there are no spans, or none is wrong.
    """
    if answers(1.0)[1].all():  # of no spans too
        return 1.0
    steps = np.geomspace(0.2, 5, 81)
    return float(steps[int(np.argmin([_loss(*answers(float(step))) for step in steps]))])


def calibrated(chances: np.ndarray, fitted: SpanCalibration) -> np.ndarray:
    """The probabilities of spans of these chances: float (spans,), in the same order of size."""
    return 0.5 * (1 + np.tanh((fitted.slope * _logit(chances) + fitted.offset) / 2))


def fit_span_calibration(chances: np.ndarray, correct: np.ndarray, smoothing: float = 0.0) -> SpanCalibration | None:
    """The line over the logit of the chance whose sigmoid has the least negative log likelihood (Platt 1999).

    `chances` float and `correct` 0/1, both (spans,). Where a temperature turns a chance about 1/2 alone, this also moves it:
    a tagger errs the more, the surer its words are of a name that is none. With Platt's targets, (right + 1) / (right + 2)
    and 1 / (wrong + 2) in place of 1 and 0, a few spans do not make it sure of all; fitted by Newton's steps, halved
    where they overshoot (Lin, Lin & Weng 2007). None where the spans are all right, all wrong or none, and where a
    greater chance is no better: then nothing can be learnt of them.
    """
    right, wrong = int(np.sum(correct)), len(correct) - int(np.sum(correct))
    if not right or not wrong:
        return None
    columns = np.stack([_logit(chances), np.ones(len(chances))], axis=1)
    targets = np.where(correct, (right + 1) / (right + 2), 1 / (wrong + 2))
    line = np.array([0.0, np.log((right + 1) / (wrong + 1))])
    for _ in range(100):
        sure = 0.5 * (1 + np.tanh(columns @ line / 2))
        slope = columns.T @ (sure - targets)
        bend = (columns * (sure * (1 - sure))[:, None]).T @ columns + 1e-9 * np.eye(2)
        step = np.linalg.solve(bend, slope)
        while (
            _line_loss(columns, targets, line - step) > _line_loss(columns, targets, line) and np.abs(step).max() > 1e-9
        ):
            step /= 2
        line = line - step
        if np.abs(step).max() <= 1e-9:
            break
    return SpanCalibration(float(line[0]), float(line[1]), smoothing) if line[0] > 1e-6 else None


def _line_loss(columns: np.ndarray, targets: np.ndarray, line: np.ndarray) -> float:
    scores = columns @ line
    return float((np.logaddexp(0, scores) - targets * scores).sum())


def _logit(chances: np.ndarray) -> np.ndarray:
    sure = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.log(sure) - np.log1p(-sure)


def _loss(confidence: np.ndarray, correct: np.ndarray) -> float:
    sure = np.clip(confidence, 1e-6, 1 - 1e-6)
    return float(-np.where(correct, np.log(sure), np.log1p(-sure)).mean())


def _minimum(slope: Callable[[float], float]) -> float:
    """The T at which the slope over 1 / T is 0, by halving log T; an end of the range where it is 0 nowhere within.

    The negative log likelihood is convex in 1 / T, so its slope rises: one sign tells on which side the minimum lies.
    """
    low, high = np.log(COLDEST), np.log(HOTTEST)
    for _ in range(40):  # 6 / 2^40 in log T
        middle = (low + high) / 2
        low, high = (low, middle) if slope(float(np.exp(-middle))) < 0 else (middle, high)
    return float(np.exp((low + high) / 2))


def _check(logits: np.ndarray, gold: np.ndarray, shape: tuple[int, ...]) -> None:
    if logits.ndim != 2 or not logits.size or gold.shape != shape or not np.isfinite(logits).all():
        raise InputError(
            f"expected finite logits (rows, labels) of at least one row, and gold {shape}; "
            f"got logits {logits.shape} and gold {gold.shape}"
        )


def risk_thresholds(
    confidence: np.ndarray,
    correct: np.ndarray,
    risks: Sequence[float] = (0.01, 0.02, 0.05, 0.10),
    delta: float = 0.10,
) -> tuple[Threshold, ...]:
    """The lowest thresholds above which at most the share `risk` of the answers is wrong, lowest risk first.

    `confidence` float (rows,) from 0 to 1, after the temperature; `correct` 0/1 (rows,). Each holds by itself with probability
    1 - `delta` over the draw of the rows, which must be independent draws of what the model will meet; a risk
    that these rows cannot prove is left out. It takes log(delta) / log(1 - risk) answers without an error at the
    least: 230 for 1 % and delta 0.10, and about twice that in practice.

    Learn then test (Angelopoulos et al. 2021): for each threshold of a grid that is fixed beforehand, the exact
    binomial test that the risk above it exceeds `risk`, strictest first; the tests share `delta` by the fallback
    procedure (Wiens 2003), which needs no assumption on how risk and confidence hang together. Geifman & El-Yaniv's
    (2017) SGR, which divides `delta` by its search steps, answers some 3 to 7 points less (simulated: 1,000 rows, risk
    5 %), and its thresholds depend on the answers to earlier tests.
    """
    confidence, correct = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=bool)
    if confidence.ndim != 1 or confidence.shape != correct.shape or not (confidence >= 0).all():
        raise InputError(
            f"expected a confidence from 0 and 0/1 per row, got shapes {confidence.shape}, {correct.shape}"
        )
    if not 0 < delta < 1 or not all(0 < risk < 1 for risk in risks):
        raise InputError(f"expected risks and delta between 0 and 1, got {tuple(risks)} and {delta}")
    answered = len(confidence) - np.searchsorted(np.sort(confidence), GRID)
    wrong = (~correct).sum() - np.searchsorted(np.sort(confidence[~correct]), GRID)
    found = []
    for risk in sorted(risks):
        passed = _fallback([binomial_cdf(k, n, risk) for k, n in zip(wrong, answered, strict=True)], delta)
        if passed is not None:
            coverage = float(answered[passed]) / len(confidence)
            found.append(Threshold(risk, delta, float(GRID[passed]), coverage))
    return tuple(found)


def _fallback(p_values: Sequence[float], delta: float) -> int | None:
    """The last test that is passed, or None (Wiens 2003).

    Every start owns an equal part of delta; a test that is passed hands all that it had to the next one. So a label
    error among the surest rows costs the parts above it, not the whole search.
    """
    own = np.zeros(len(p_values))
    own[STARTS] = delta / len(STARTS)
    inherited, last = 0.0, None
    for step, p_value in enumerate(p_values):
        level = inherited + own[step]
        passed = p_value <= level
        inherited = level if passed else 0.0
        last = step if passed else last
    return last


def binomial_cdf(wrong: int, rows: int, risk: float) -> float:
    """P(X <= wrong) for X ~ Binomial(rows, risk), summed in logs.

    At most alpha exactly where Clopper & Pearson's (1934) upper bound for the risk at level 1 - alpha is at most `risk`.
    """
    if wrong >= rows:
        return 1.0
    k = np.arange(1, wrong + 1)
    steps = np.log((rows - k + 1) / k) + np.log(risk / (1 - risk))  # from P(X = k - 1) to P(X = k)
    terms = np.concatenate([[0.0], np.cumsum(steps)]) + rows * np.log1p(-risk)
    peak = terms.max()
    return float(min(1.0, np.exp(peak) * np.exp(terms - peak).sum()))
