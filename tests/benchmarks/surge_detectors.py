"""Other ways to tell a surge, on the very ticks and counts that the monitor's own alerts see.

Each gives every tick and topic a score; what follows is the same for all: the least number of stories, the calm after which
an alert ends, the cool-down, and the threshold that the budget finds. A score s stands as p = 10^-s, which is no probability.

z              the counts of the last 2, 6 and 24 h against mean and deviation of such windows in 28 days; the highest z
seasonal z     the same against the same hour of the week, an hour before and after, in up to eight weeks
half-space     river's HalfSpaceTrees (Tan et al. 2011) on the three seasonal z; it learns hourly and scores each quarter
ADWIN          river's ADWIN (Bifet and Gavalda 2007) on seasonal residuals of quarters of an hour, where the mean went up;
               its threshold is delta, out of twelve
ruptures       the best single change of mean in 96 hourly seasonal residuals (KernelCPD; Truong et al. 2020), looked for
               anew each quarter, where the mean went up within the last day; twice the gain in log likelihood

All baselines end 48 h before the tick, as the monitor's does. Where z would divide by a deviation below half a story, it
takes half a story; the seasonal ones never take less than Poisson's.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import ruptures
from river import anomaly, drift

from sentiment_monitor.alerts.rule import Finding, Rule
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.replay.history import HOUR, History, micros
from sentiment_monitor.replay.run import Trace

__all__ = ["DETECTORS", "Scored", "as_trace", "window_counts"]

TICKS = 12  # an hour
QUARTER = 3  # ticks
GUARD = 48 * TICKS
WEEK = 168 * TICKS
DELTAS = (0.9, 0.5, 0.2, 0.05, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9, 1e-12, 1e-16, 1e-22)
HELD = 2 * TICKS  # a change that ADWIN tells of stands so long
SPAN, LATEST = 96, 24  # hours that ruptures looks at, and in which the change must be
STRETCH, NEAREST = 10.0, 1e-3  # a half-space score of 0.9 stands as 10^-10, one of 0.99 as 10^-20, 1 itself as 10^-30

Scored = np.ndarray  # float (series, ticks)


def window_counts(history: History, moments: np.ndarray, hours: int, sentiment: str = "negative") -> np.ndarray:
    """Stories in the last so many hours at each tick, of what was seen by then: int (series, ticks).

    A story enters at the first tick that sees it and leaves when it is as old as the window. `moments`: microseconds,
    five minutes apart.
    """
    rows = history.sentiment == SENTIMENTS.index(sentiment)
    enters = np.searchsorted(moments, np.maximum(history.seen[rows], history.at[rows]), side="left")
    leaves = np.searchsorted(moments, history.at[rows] + hours * HOUR, side="left")
    change = np.zeros((len(history.series), len(moments) + 1), np.int64)
    stays = leaves > enters
    np.add.at(change, (history.of[rows][stays], enters[stays]), 1)
    np.add.at(change, (history.of[rows][stays], leaves[stays]), -1)
    return change.cumsum(axis=1)[:, :-1]


def plain_z(counts: Mapping[int, np.ndarray]) -> Scored:
    return np.maximum.reduce([_plain(counts[hours].astype(float)) for hours in (2, 6, 24)])


def _plain(counts: np.ndarray, days: int = 28) -> np.ndarray:
    """z of each tick by the hourly-sampled windows of 28 days before the guard; -inf where there are under seven."""
    hourly = counts[:, ::TICKS]
    sums = np.pad(hourly, ((0, 0), (1, 0))).cumsum(axis=1)
    squares = np.pad(hourly**2, ((0, 0), (1, 0))).cumsum(axis=1)
    until = np.maximum((np.arange(counts.shape[1]) - GUARD) // TICKS, 0)
    since = np.maximum(until - days * 24, 0)
    held = np.maximum(until - since, 1)
    mean = (sums[:, until] - sums[:, since]) / held
    spread = np.sqrt(np.maximum((squares[:, until] - squares[:, since]) / held - mean**2, 0))
    return np.where(until >= 7 * 24, (counts - mean) / np.maximum(spread, 0.5), -np.inf)


def usual(counts: np.ndarray, weeks: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation at the same hour of the weeks before, (series, ticks) each; NaN in the first week."""
    shape = counts.shape
    total, square, held = np.zeros(shape), np.zeros(shape), np.zeros(shape[1])
    for week in range(1, weeks + 1):
        for aside in (-TICKS, 0, TICKS):
            back = week * WEEK + aside
            if back < shape[1]:
                total[:, back:] += counts[:, :-back]
                square[:, back:] += counts[:, :-back].astype(float) ** 2
                held[back:] += 1
    with np.errstate(invalid="ignore"):
        mean = total / np.where(held >= 3, held, np.nan)
        spread = np.sqrt(np.maximum(square / held - mean**2, mean))
    return mean, spread


def _seasonal(counts: np.ndarray) -> np.ndarray:
    mean, spread = usual(counts)
    return np.nan_to_num((counts - mean) / np.maximum(spread, 0.5), nan=-np.inf)


def seasonal_z(counts: Mapping[int, np.ndarray]) -> Scored:
    return np.maximum.reduce([_seasonal(counts[hours]) for hours in (2, 6, 24)])


def half_space(counts: Mapping[int, np.ndarray]) -> Scored:
    features = np.stack([np.clip(_seasonal(counts[hours]), 0, 10) for hours in (2, 6, 24)], axis=-1)
    out = np.full(features.shape[:2], -np.inf)
    for row, series in enumerate(features):
        trees = anomaly.HalfSpaceTrees(25, 8, 250, limits=dict.fromkeys((0, 1, 2), (0, 10)), seed=13)
        for tick in range(WEEK, len(series), QUARTER):
            point = dict(enumerate(series[tick].tolist()))
            out[row, tick : tick + QUARTER] = -STRETCH * np.log10(1 - trees.score_one(point) + NEAREST)
            if tick % TICKS == 0:
                trees.learn_one(point)
    return out


def residuals(counts: np.ndarray) -> np.ndarray:
    """Hourly windows, each less its usual count and by Poisson's deviation of that; 0 in the first week."""
    mean, _ = usual(counts)
    return np.nan_to_num((counts - mean) / np.sqrt(mean + 0.5))


def adwin(counts: Mapping[int, np.ndarray]) -> Scored:
    quarters = residuals(counts[1])[:, ::QUARTER]
    out = np.full(counts[1].shape, -np.inf)
    for row, series in enumerate(quarters):
        for strictness, delta in enumerate(DELTAS):
            watch = drift.ADWIN(delta=delta, clock=1)
            for place, value in enumerate(series.tolist()):
                before = watch.estimation
                watch.update(value)
                if watch.drift_detected and watch.estimation > before:
                    tick = place * QUARTER
                    held = out[row, tick : tick + HELD]
                    np.maximum(held, 4 + strictness, out=held)
    return out


def changed(counts: Mapping[int, np.ndarray]) -> Scored:
    values = residuals(counts[1])
    out = np.full(values.shape, -np.inf)
    back = np.arange(SPAN - 1, -1, -1) * TICKS
    for row, series in enumerate(values):
        for tick in range(4 * WEEK, len(series), QUARTER):
            if counts[1][row, tick] and series[tick - 2 * TICKS : tick + 1].max() > 0:  # else nothing rises
                out[row, tick : tick + QUARTER] = _gain(series[tick - back], series[: tick - GUARD : TICKS][-28 * 24 :])
    return out


def _gain(span: np.ndarray, before: np.ndarray) -> float:
    """Of one change of mean: the fall of squares in variances of the time before; decades of p by exp(-gain / 2)."""
    cut = ruptures.KernelCPD(kernel="linear", min_size=1).fit(span[:, None]).predict(n_bkps=1)[0]
    low, high = span[:cut], span[cut:]
    if len(high) > LATEST or high.mean() <= low.mean():
        return -np.inf
    fall = ((span - span.mean()) ** 2).sum() - ((low - low.mean()) ** 2).sum() - ((high - high.mean()) ** 2).sum()
    return float(fall / max(before.var(), 0.1) / 2 / np.log(10))


DETECTORS: Mapping[str, Callable[[Mapping[int, np.ndarray]], Scored]] = {
    "z": plain_z,
    "seasonal z": seasonal_z,
    "half-space": half_space,
    "ADWIN": adwin,
    "ruptures": changed,
}


def as_trace(history: History, rule: Rule, like: Trace, detectors: Sequence[str]) -> dict[str, Trace]:
    """What each of these detectors finds at the ticks of a trace, kept as that keeps it."""
    first, last = micros(like.ticks[0]), micros(like.ticks[-1])
    lead = (first - int(history.seen[0])) // (HOUR // TICKS)
    moments = np.arange(first - lead * (HOUR // TICKS), last + 1, HOUR // TICKS)
    counts = {hours: window_counts(history, moments, hours, rule.sentiment) for hours in (1, 2, 6, 24)}
    loosest = -np.log10(1e-3 * rule.close)
    out = {}
    for name in detectors:
        scores = np.where(counts[24] >= rule.least, DETECTORS[name](counts), -np.inf)[:, lead:]
        held = counts[24][:, lead:]
        found: list[dict[str, dict[str, Finding]]] = [{} for _ in like.ticks]
        for series, tick in zip(*np.nonzero(scores >= loosest), strict=True):
            value, p = history.series[series][1], 10.0 ** -min(scores[series, tick], 300)
            each = found[tick].setdefault(rule.name, {})
            each[value] = Finding(int(held[series, tick]), 24, 0.0, p)
        out[name] = Trace(like.ticks, tuple(found), like.targets)
    return out
