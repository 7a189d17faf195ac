"""The risk-coverage curve for drawing, the area under it, and where the bot stands on it."""

from dataclasses import dataclass

import numpy as np

from headwater.calibration import GRID
from headwater.intervals import Interval, wilson
from support_chatbot.risk.curve import RiskCurve
from support_chatbot.risk.thresholds import NEVER
from support_chatbot.risk.zones import Zones

__all__ = ["Point", "Standing", "area", "points", "standing"]


@dataclass(frozen=True)
class Point:
    """A place on the curve: answering from `threshold` on answers the share `coverage` of all, `risk` of it wrongly.

    The interval is Wilson's 95 % for this point alone: a picture of the noise, not the bound.
    """

    threshold: float
    coverage: float
    risk: Interval
    answers: int
    wrong: int


@dataclass(frozen=True)
class Standing:
    """What the held-out questions met at these thresholds: shares of all of them, and what went wrong in each zone.

    `asked_in_vain` is of those asked, `quoted_in_vain` of the uncovered questions; None where there were none.
    """

    answered: float
    asked: float
    searched: float
    wrong: Interval | None
    asked_in_vain: Interval | None
    quoted_in_vain: Interval | None
    answers: int
    in_scope_answered: float


def points(curve: RiskCurve) -> list[Point]:
    """The curve at each threshold of the grid that answers anything, strictest first; each set of answers once."""
    found: list[Point] = []
    for threshold in GRID.tolist():
        answered = curve.answered(threshold)
        count = int(answered.sum())
        if count and (not found or found[-1].answers < count):
            wrong = int((answered & ~curve.right).sum())
            found.append(Point(threshold, count / len(curve), wilson(wrong, count), count, wrong))
    return found


def area(curve: RiskCurve) -> float:
    """The mean risk over all coverages that can be had, 0 to 1; less is better (Geifman, Uziel and El-Yaniv 2018).

    The mean of the shares wrong among the k surest answers, k = 1, 2, ...; among equally sure ones errors count evenly.
    """
    sure, wrong = curve.top[~curve.top_outside], ~curve.right[~curve.top_outside]
    if not len(sure):
        return 0.0
    _, group, size = np.unique(-sure, return_inverse=True, return_counts=True)
    even = (np.bincount(group, wrong) / size)[np.sort(group)]
    return float((np.cumsum(even) / np.arange(1, len(even) + 1)).mean())


def standing(curve: RiskCurve, zones: Zones) -> Standing:
    """Where the bot stands with these thresholds, by the rows that they were drawn from."""
    answered, asked = curve.answered(zones.answer), curve.asked(zones.answer, zones.ask)
    inside = int((~curve.outside).sum())
    uncovered = curve.find.uncovered if curve.find is not None and zones.find < NEVER else np.zeros(0)
    return Standing(
        float(answered.mean()),
        float(asked.mean()),
        float((~answered & ~asked).mean()),
        _share(answered & ~curve.right, answered),
        _share(asked & ~curve.among, asked),
        _share(uncovered >= round(zones.find * 10_000), np.ones(len(uncovered), dtype=bool)),
        int(answered.sum()),
        float((answered & ~curve.outside).sum() / inside) if inside else 0.0,
    )


def _share(hits: np.ndarray, rows: np.ndarray) -> Interval | None:
    return wilson(int(hits.sum()), int(rows.sum())) if rows.any() else None
