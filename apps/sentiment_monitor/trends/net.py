"""Net sentiment with an interval that is as wide as few stories make it."""

import math
from dataclasses import dataclass

from sentiment_monitor.news import Counts

__all__ = ["Net", "net", "net_of"]


@dataclass(frozen=True)
class Net:
    """(positive - negative) / all, in -1 to 1, with its 95 % interval; `stories` that it rests on."""

    value: float
    low: float
    high: float
    stories: int


def net_of(counts: Counts) -> Net:
    """Net sentiment of the stories that the model was sure of: an unsure one says neither."""
    sure = (counts.negative, counts.neutral, counts.positive)
    return Net(*net(*sure), sum(sure))


def net(negative: int, neutral: int, positive: int) -> tuple[float, float, float]:
    """Net sentiment, and its 95 % interval: (value, low, high).

    The interval is the mean plus or minus 1.96 standard deviations of the Dirichlet posterior under Jeffreys' prior
    of half a story each (Gelman et al., Bayesian Data Analysis, 3rd edition, appendix A), cut to -1 to 1. With
    a = count + 1/2 and A their sum: mean = (a+ - a-) / A, variance = ((a+ + a-) / A - mean^2) / (A + 1).

    >>> [round(x, 2) for x in net(0, 0, 1)]
    [1.0, -0.44, 1.0]
    """
    minus, plus, whole = negative + 0.5, positive + 0.5, negative + neutral + positive + 1.5
    mean = (plus - minus) / whole
    deviation = math.sqrt(max(0.0, (plus + minus) / whole - mean**2) / (whole + 1))
    count = negative + neutral + positive
    value = (positive - negative) / count if count else 0.0
    return value, max(-1.0, mean - 1.96 * deviation), min(1.0, mean + 1.96 * deviation)
