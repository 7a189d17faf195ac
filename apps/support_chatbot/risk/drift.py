"""Has live traffic drifted from the questions on which the bound was drawn?

The bound speaks of questions like those. Three things can be held against them without a label: how sure the bundle is,
how many questions it takes to be out of scope, and how long they are. A test says whether a difference is more than
chance (false alarms in all: at most `level` a look), an effect size whether it is enough to matter: of a hundred thousand
turns every difference is more than chance.

Customers who come back, and looks every hour, are not independent: read an alarm as a reason to label some questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import lgamma

import numpy as np

from headwater.errors import InputError
from support_chatbot.risk.curve import RiskCurve

__all__ = ["Drift", "Shift", "drift", "fisher", "smirnov"]

LEVEL = 0.01
FEWEST, MOST = 50, 2000  # turns: fewer can show next to nothing, and older ones are another question
MATTERS = {"confidence": 0.10, "out of scope": 0.05, "length": 0.20}


@dataclass(frozen=True)
class Shift:
    """One thing compared. `p_value` is by itself; `effect` from 0 to 1, signed where live is higher (+) or lower (-).

    Of confidence and length: the largest gap between the two distributions; of out of scope: the change of the share.
    """

    what: str
    p_value: float
    effect: float
    before: float
    now: float
    drifted: bool


@dataclass(frozen=True)
class Drift:
    """What a look found. `enough` is False where there were too few turns to tell."""

    drifted: bool
    enough: bool
    turns: int
    level: float
    shifts: tuple[Shift, ...]

    @property
    def easier(self) -> bool:
        """Whether all that drifted makes questions easier: more may be answered, though the bound was not drawn on such."""
        told = [shift for shift in self.shifts if shift.drifted and shift.what != "length"]
        return bool(told) and all((shift.effect > 0) == (shift.what == "confidence") for shift in told)


def drift(
    curve: RiskCurve,
    confidence: Sequence[float],
    out_of_scope: Sequence[bool],
    length: Sequence[int] = (),
    *,
    level: float = LEVEL,
) -> Drift:
    """Hold the last questions, oldest first, against the held-out ones: likeliest label's probability, whether that
    label is the one for out of scope, and the length in characters (may be left out).

    Where nothing has changed it says so with a probability of at least 1 - `level`: each of the tests has its equal part
    of it (Bonferroni). Raises InputError for lists of different lengths.
    """
    if len(confidence) != len(out_of_scope) or (len(length) and len(length) != len(confidence)):
        raise InputError(
            f"expected as many of each, got {len(confidence)} confidences, {len(out_of_scope)} labels, {len(length)} lengths"
        )
    turns = min(len(confidence), MOST)
    if turns < FEWEST:
        return Drift(False, False, turns, level, ())
    pairs = [("confidence", curve.confidence, np.asarray(confidence, dtype=np.float64)[-turns:])]
    if len(length):
        pairs.append(("length", curve.length, np.asarray(length, dtype=np.int64)[-turns:]))
    each = level / (len(pairs) + 1)
    shifts = [_distribution(what, before, now, each) for what, before, now in pairs]
    shifts.append(_outside(curve.top_outside, np.asarray(out_of_scope, dtype=bool)[-turns:], each))
    return Drift(any(shift.drifted for shift in shifts), True, turns, level, tuple(shifts))


def _distribution(what: str, before: np.ndarray, now: np.ndarray, level: float) -> Shift:
    if what == "confidence":  # as the file has them
        now = np.floor(now * 10_000) / 10_000
    gap, p_value = smirnov(before, now)
    drifted = p_value <= level and abs(gap) >= MATTERS[what]
    return Shift(what, p_value, gap, float(np.median(before)), float(np.median(now)), drifted)


def _outside(before: np.ndarray, now: np.ndarray, level: float) -> Shift:
    p_value = fisher(int(now.sum()), len(now), int(before.sum()), len(before))
    change = float(now.mean() - before.mean())
    drifted = p_value <= level and abs(change) >= MATTERS["out of scope"]
    return Shift("out of scope", p_value, change, float(before.mean()), float(now.mean()), drifted)


def smirnov(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """The largest gap between two empirical distributions, positive where `now` is higher, and its exact p-value.

    Smirnov's (1939) two-sided test of two samples. P(gap >= the one found) where both come from one continuous
    distribution is the share of lattice paths from (0, 0) to (n, m) that leave the band |i/n - j/m| < gap (Hodges 1958);
    with ties, which rounded numbers have, the true one is smaller.
    """
    before, now = np.sort(before), np.sort(now)
    at = np.unique(np.concatenate([before, now]))
    below = np.searchsorted(before, at, "right") * len(now) - np.searchsorted(now, at, "right") * len(before)
    widest = int(below[np.abs(below).argmax()])  # in units of 1 / (n m): whole numbers, no rounding
    return widest / (len(before) * len(now)), _leaves(len(before), len(now), abs(widest))


def _leaves(n: int, m: int, width: int) -> float:
    """The share of the paths from (0, 0) to (n, m) on which |i m - j n| reaches `width`.

    Diagonal by diagonal, i + j = d: inside[i + 1] is the share of the paths to (i, d - i) that stayed within the band. A
    path came from (i - 1, j) with the chance i / d, as its last step is as likely as not any of them. Good to 1e-12.
    """
    n, m = min(n, m), max(n, m)
    inside, places = np.zeros(n + 2), np.arange(n + 1, dtype=np.float64)
    inside[1] = 1.0 if width else 0.0
    for d in range(1, n + m + 1):
        low = max(0, d - m, (d * n - width) // (n + m) + 1)
        high = min(n, d, -((-d * n - width) // (n + m)) - 1)
        i = places[low : high + 1]
        inside[low + 1 : high + 2] = (inside[low + 1 : high + 2] * (d - i) + inside[low : high + 1] * i) / d
        inside[low] = 0.0  # what lies left of the band
    return float(min(1.0, max(0.0, 1 - inside[n + 1])))


def fisher(hits: int, rows: int, other_hits: int, other_rows: int) -> float:
    """The two-sided p-value of Fisher's (1934) exact test that two shares are one: the chance of every outcome that is
    no likelier than the one found.
    """
    total, all_hits = rows + other_rows, hits + other_hits
    k = np.arange(max(0, all_hits - other_rows), min(rows, all_hits) + 1)
    logs = np.array([_choose(rows, int(i)) + _choose(other_rows, all_hits - int(i)) for i in k])
    chances = np.exp(logs - _choose(total, all_hits))
    return float(min(1.0, chances[chances <= chances[hits - k[0]] * (1 + 1e-7)].sum()))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
