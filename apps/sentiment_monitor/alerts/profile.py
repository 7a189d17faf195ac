"""How the hours of a week differ: factors by hour of day and day of week, close to 1 where little is known.

A week has 168 slots, hour of 1970 modulo 168. All values of a dimension make one profile together; each value departs
from it as far as its own stories say so.
"""

import numpy as np

__all__ = ["WEEK", "profile"]

WEEK, DAY = 168, 24  # hours
WITHIN = 20.0  # stories that a factor needs to be believed half
HALF = 0.5  # stories added to each value, at the rate of all of them: Jeffreys' prior of a Poisson rate


def profile(stories: np.ndarray, exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stories an hour (values,) and the factors of the slots (values, 168).

    `stories` and `exposure` are (values, 168): weighted counts, and weighted hours in which they were counted; weights say
    how much is known, and cancel out of the level. A factor
    is (observed + 20) / (expected + 20): the mean of a Gamma posterior about 1.
    """
    hours = exposure.sum(axis=1)
    flat = (stories.sum(axis=1) + HALF) / np.maximum(hours, 1.0)
    shared = _shared(stories.sum(axis=0), flat @ exposure)
    usual = flat[:, None] * exposure * shared
    own_hour = _factor(_by_hour(stories), _by_hour(usual))  # (values, 24)
    own_day = _factor(_by_day(stories), _by_day(usual * np.tile(own_hour, 7)))  # (values, 7)
    factors = shared * np.tile(own_hour, 7) * np.repeat(own_day, DAY, axis=1)
    mean = stories.sum() / max(hours.sum(), 1.0)
    prior = HALF / max(mean, 1 / (8 * WEEK))  # hours; where nothing was ever counted, one story in eight weeks
    level = (stories.sum(axis=1) + HALF) / ((exposure * factors).sum(axis=1) + prior)
    return level, factors


def _shared(stories: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The profile of all values together: hour times day, then each slot's own departure from that."""
    hour = _factor(_by_hour(stories), _by_hour(usual))
    day = _factor(_by_day(stories), _by_day(usual * np.tile(hour, 7)))
    apart = np.tile(hour, 7) * np.repeat(day, DAY)
    return apart * _factor(stories, usual * apart)


def _factor(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return (observed + WITHIN) / (expected + WITHIN)


def _by_hour(slots: np.ndarray) -> np.ndarray:
    return slots.reshape(*slots.shape[:-1], 7, DAY).sum(axis=-2)


def _by_day(slots: np.ndarray) -> np.ndarray:
    return slots.reshape(*slots.shape[:-1], 7, DAY).sum(axis=-1)
