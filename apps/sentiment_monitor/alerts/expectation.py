"""How many stories a window should hold, and how far from that chance alone would take it.

From up to eight weeks of hourly counts, which end before the window under test begins, all values of a dimension at
once: level x factors of the week (`profile`) is the mean. Past outbreaks count less, by their Anscombe residuals, as in
Noufaily et al., "An improved algorithm for outbreak detection in multiple surveillance systems", Statistics in Medicine
32 (2013), so that a surge does not hide the next. Counts of windows scatter more than Poisson's, and news comes in
clusters: the over-dispersion is estimated on blocks as long as the window, so that what follows from
neighbouring hours being alike is in it. What comes of all this is a negative binomial predictive distribution, with the
uncertainty of the level in its size.

Where levels wander (AR(1) in the logarithm, 30 % over a day or two) small tails are too small: on made histories without
surges, counts with p < 0.001 came 4 to 14 times as often as that, and those with p < 0.0001 10 to 39 times. Past surges
push the other way. So p ranks what stands out, and replay finds the threshold, not theory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from headwater.store.news import EPOCH, hour_of
from sentiment_monitor.alerts.profile import WEEK, profile
from sentiment_monitor.alerts.tail import tail

__all__ = ["HOURS", "LEARNING", "Baseline", "Expectation", "fit"]

HOURS = 8 * WEEK  # of history
LEARNING = WEEK  # hours of history without which nothing is expected
HALVES = 4 * WEEK  # a story as old as that counts half
BLOCK = 6  # hours; an outbreak is looked for in these
DOUBTED = 2.58  # residuals above this count less: Noufaily's threshold, one in two hundred
BOUND = 5.0  # a larger residual counts as this one in the scale of residuals
MEDIAN = 0.455  # of the square of a standard normal
BUSY = 20  # stories; a day without any was an outage where that day of the week mostly has so many
LEAST_DISPERSION = 0.01
FITTED = 2  # parameters that fitting a row has cost: its level, and what the shrunken factors come to


@dataclass(frozen=True)
class Expectation:
    """A negative binomial: the mean of a window's count, and its size (variance = expected + expected^2 / size)."""

    expected: float
    size: float

    def chance(self, count: int) -> float:
        """The chance of `count` stories or more in this one window, if all is as usual."""
        return tail(count, self.expected, self.size)


@dataclass(frozen=True)
class Baseline:
    """What is usual for each value of a dimension; the last row stands for values that history does not know.

    `level` (rows,): stories an hour; `factors` (rows, 168): by slot of the week; `doubt` (rows,): relative variance of
    the level; `dispersion`: by hours of the window (rows,), relative variance of a count beyond Poisson's.
    """

    rows: dict[str, int]
    level: np.ndarray
    factors: np.ndarray
    doubt: np.ndarray
    dispersion: dict[int, np.ndarray]

    def expect(self, value: str, end: datetime, hours: int) -> Expectation:
        """For the window of so many hours that ends at a moment; `hours` is one of those that it was fitted for."""
        row = self.rows.get(value, len(self.level) - 1)
        slots, shares = _slots(end, hours)
        mean = float(self.level[row] * (self.factors[row, slots] @ shares))
        dispersion, doubt = float(self.dispersion[hours][row]), float(self.doubt[row])
        return Expectation(mean, 1 / (dispersion + doubt * (1 + dispersion)))

    def expected(self, end: datetime, hours: int) -> np.ndarray:
        """The means of all rows at once, (rows,)."""
        slots, shares = _slots(end, hours)
        means: np.ndarray = self.level * (self.factors[:, slots] @ shares)
        return means


def _slots(end: datetime, hours: int) -> tuple[np.ndarray, np.ndarray]:
    """The slots that a window touches, and how much of each hour lies in it."""
    last = hour_of(end)
    into = (end - EPOCH - timedelta(hours=last)) / timedelta(hours=1)
    shares = np.ones(hours + 1)
    shares[0], shares[-1] = 1 - into, into
    return np.arange(last - hours, last + 1) % WEEK, shares


def fit(
    values: Sequence[str], counts: np.ndarray, known: np.ndarray, end: datetime, windows: Sequence[int]
) -> Baseline | None:
    """Fit a dimension's history, or None where it is shorter than a week.

    `counts` (values, 1344): stories by hour, up to the whole hour `end`; `known` (1344,): stories of any kind under the
    dimension, by which it is seen where history begins and where it has outages. `windows` in hours.
    """
    weights = _weights(known)
    if np.count_nonzero(weights) < LEARNING:
        return None
    counts = np.vstack([counts, np.zeros((1, HOURS))])  # and the row of values that history does not know
    turn = (hour_of(end) - HOURS) % WEEK  # the slot of the first column
    trust, scale = np.broadcast_to(weights, counts.shape), np.ones((len(counts), 1))
    for turns_left in (2, 1, 0):
        level, factors = profile(_weekly(counts * trust, turn) / scale, _weekly(trust, turn) / scale)
        means = level[:, None] * np.tile(np.roll(factors, -turn, axis=1), HOURS // WEEK)
        if turns_left:
            scale = _scale(_residuals(counts, means, 24), weights[::24])  # clusters tell less of a factor than as many
            trust = weights * _trust(counts, means, weights[::BLOCK])  # stories by themselves would
    dispersion = {hours: _dispersion(*(_blocks(a, hours) for a in (counts, means, trust)), hours) for hours in windows}
    daily = [_blocks(array, 24) for array in (counts, means, trust)]
    doubt = _doubt(daily[1], daily[2] / 24, _dispersion(*daily, 24))
    return Baseline({value: row for row, value in enumerate(values)}, level, factors, doubt, dispersion)


def _weights(known: np.ndarray) -> np.ndarray:
    """How much each hour of history counts: the older the less, outages and what was before its beginning not at all."""
    weights = 0.5 ** (np.arange(HOURS, 0, -1) / HALVES)
    (heard,) = np.nonzero(known)
    weights[: heard[0] if len(heard) else HOURS] = 0
    days = known.reshape(-1, 7, 24).sum(axis=2)  # (weeks, days)
    outages = (days == 0) & (np.median(days, axis=0) >= BUSY)
    weights[np.repeat(outages, 24)] = 0
    return weights


def _weekly(hourly: np.ndarray, turn: int) -> np.ndarray:
    """(rows, 1344) -> (rows, 168), summed over the weeks; slot 0 is that of the first hour of 1970."""
    return np.roll(hourly.reshape(len(hourly), -1, WEEK).sum(axis=1), turn, axis=1)


def _blocks(hourly: np.ndarray, hours: int) -> np.ndarray:
    """(rows, 1344) -> sums of blocks that long, counted from the end."""
    whole = HOURS // hours
    sums: np.ndarray = hourly[:, HOURS - whole * hours :].reshape(len(hourly), whole, hours).sum(axis=2)
    return sums


def _trust(counts: np.ndarray, means: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(rows, 1344) of 1 for what is as usual, (2.58 / s)^2 in a block whose scaled residual s is above 2.58.

    Noufaily's weight is s^-2; here it joins 1 without a jump.
    """
    residuals = _residuals(counts, means, BLOCK)
    surprise = residuals / np.sqrt(_scale(residuals, weight))
    return np.repeat((DOUBTED / np.maximum(surprise, DOUBTED)) ** 2, BLOCK, axis=1)


def _residuals(counts: np.ndarray, means: np.ndarray, hours: int) -> np.ndarray:
    """Anscombe's residuals of blocks, (rows, blocks): about standard normal for Poisson counts that are not too small."""
    seen, usual = _blocks(counts, hours), _blocks(means, hours)
    residuals: np.ndarray = 1.5 * (np.cbrt(seen) ** 2 / np.cbrt(np.sqrt(usual)) - np.sqrt(usual))
    return residuals


def _scale(residuals: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(rows, 1) of how many times Poisson's the variance of a row is, at least 1; an outbreak does not move it much.

    The larger of the median's estimate, which serves where blocks hold many stories, and the mean of bounded
    squares, which serves where most are empty.
    """
    squares = residuals**2
    bounded = (weight * np.minimum(squares, BOUND**2)).sum(axis=1) / weight.sum()
    middle = np.median(squares[:, weight > 0], axis=1) / MEDIAN
    scale: np.ndarray = np.maximum(1.0, np.maximum(bounded, middle))[:, None]
    return scale


def _dispersion(seen: np.ndarray, usual: np.ndarray, trust: np.ndarray, hours: int) -> np.ndarray:
    """(rows,) of d in variance = mean + d mean^2, by moments over blocks, each row's drawn to that of all rows.

    A block tells of d as much as the variance of its moment lets it, 1 / (2 (1 / mean + d)^2); a row's own d has a
    prior about the shared one, as wide as that is large.
    """
    weight = trust / hours
    blocks = weight.sum(axis=1) ** 2 / np.maximum((weight**2).sum(axis=1), 1e-12)
    squares = (seen - usual) ** 2 * (blocks / np.maximum(blocks - FITTED, 1))[:, None]
    own = (weight * (squares - usual)).sum(axis=1) / np.maximum((weight * usual**2).sum(axis=1), 1e-12)
    shared = 0.1
    for _ in range(2):
        told = (weight / (2 * (1 / np.maximum(usual, 1e-9) + shared) ** 2)).sum(axis=1)
        shared = max(LEAST_DISPERSION, float(told @ own / max(told.sum(), 1e-12)))
    drawn: np.ndarray = (told * own + 1 / shared) / (told + 1 / shared**2)
    return np.maximum(LEAST_DISPERSION, drawn)


def _doubt(usual: np.ndarray, weight: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """Relative variance of the levels: days are taken as independent, hours are not."""
    variance = (weight**2 * (usual + dispersion[:, None] * usual**2)).sum(axis=1)
    relative: np.ndarray = variance / np.maximum((weight * usual).sum(axis=1), 1e-12) ** 2
    return relative
