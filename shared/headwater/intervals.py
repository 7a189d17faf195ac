"""Numbers with their uncertainty: a bootstrap over rows that costs one matrix product.

A metric is a function of sums over rows (hits, misses, gaps between confidence and truth). A resample then is a row
of weights, and 1,000 resamples of every sum are weights @ columns.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from headwater.errors import InputError

__all__ = ["Interval", "bootstrap", "poisson", "resampled_sums", "wilson"]

RESAMPLES, SEED, LEVEL = 1000, 13, 0.95
CELLS = 4_000_000  # weights held at a time: 4,000,000 x 8 bytes = 32 MB, however long the test set is

Sums = Mapping[str, np.ndarray]
Statistic = Callable[[Sums], np.ndarray]


@dataclass(frozen=True)
class Interval:
    """A metric and its 95 % interval: low <= value <= high."""

    value: float
    low: float
    high: float


def resampled_sums(columns: Mapping[str, np.ndarray], draws: int = RESAMPLES) -> dict[str, np.ndarray]:
    """Sum each column over so many draws of the rows with replacement: (rows, ...) -> float64 (draws, ...).

    All columns share the same draws (seed 13), so that sums of one draw belong together.
    """
    rows = len(next(iter(columns.values())))
    flat = {name: column.reshape(rows, -1).astype(np.float64) for name, column in columns.items()}
    parts: dict[str, list[np.ndarray]] = {name: [] for name in flat}
    for weights in _weights(rows, draws):
        for name, column in flat.items():
            parts[name].append(weights @ column)
    return {name: np.concatenate(parts[name]).reshape(draws, *columns[name].shape[1:]) for name in flat}


def _weights(rows: int, draws: int) -> Iterator[np.ndarray]:
    """How often each draw holds each row, some draws at a time: float64 (some, rows)."""
    generator = np.random.default_rng(SEED)
    step = max(1, CELLS // rows)
    for start in range(0, draws, step):
        some = min(step, draws - start)
        picked = generator.integers(rows, size=(some, rows)) + rows * np.arange(some)[:, None]
        yield np.bincount(picked.ravel(), minlength=some * rows).reshape(some, rows).astype(np.float64)


def bootstrap(columns: Mapping[str, np.ndarray], statistics: Mapping[str, Statistic]) -> dict[str, Interval]:
    """Give each statistic its 95 % bootstrap interval over rows (Efron 1979): 1,000 resamples, seed 13.

    `columns[name]` is (rows, ...); a statistic takes the columns' sums, (draws, ...) by name, and gives float
    (draws,), NaN where a draw holds no row that it is about. Percentile interval (Efron & Tibshirani 1993, ch. 13),
    except that `ece` has the pivotal one (ch. 13.3; Kumar et al. 2019): a mean of absolute noises is biased upwards,
    a resample doubles the bias, and 2 x value - quantile takes it off again. Raises InputError where there are no rows.
    """
    if not len(next(iter(columns.values()))):
        raise InputError("expected at least one row to measure on, got none")
    whole = {name: column.sum(axis=0, keepdims=True) for name, column in columns.items()}
    drawn = resampled_sums(columns)
    intervals = {}
    for name, statistic in statistics.items():
        value = float(statistic(whole)[0])
        low, high = np.nanquantile(statistic(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        if name == "ece":
            low, high = max(0.0, 2 * value - high), 2 * value - low
        intervals[name] = Interval(value, min(float(low), value), max(float(high), value))
    return intervals


def wilson(hits: float, rows: int) -> Interval:
    """A share and its 95 % score interval (Wilson 1927), sound for small counts; `rows` >= 1."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, spread = hits / rows, z * z / rows
    middle = (share + spread / 2) / (1 + spread)
    half = z * (share * (1 - share) / rows + spread / (4 * rows)) ** 0.5 / (1 + spread)
    return Interval(share, min(share, middle - half), max(share, middle + half))


def poisson(count: int, exposure: float) -> Interval:
    """How often something happens a unit of exposure, and the 95 % interval of that, for independent events.

    Byar's approximation of the exact limits (Breslow and Day, Statistical Methods in Cancer Research II, 1987, p. 69),
    within 2 % of them from the fifth event on; `exposure` > 0.

    >>> poisson(3, 2.0).value
    1.5
    """
    z, more = NormalDist().inv_cdf((1 + LEVEL) / 2), count + 1
    low = count * (1 - 1 / (9 * count) - z / (3 * count**0.5)) ** 3 if count else 0.0
    high = more * (1 - 1 / (9 * more) + z / (3 * more**0.5)) ** 3
    return Interval(count / exposure, low / exposure, high / exposure)
