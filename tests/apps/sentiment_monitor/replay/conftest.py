"""A small history: two topics that hum along for five weeks, one of which surges on its 30th day."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.replay.history import HOUR, History, Surge, micros

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
ONSET = START + timedelta(days=30, hours=9)
SURGE = Surge("topic", "Energy", ONSET, ONSET + timedelta(hours=12), 6.0)


def hummed(seed: int = 3, days: int = 35, surge: bool = True) -> History:
    """About a story an hour of each, Poisson; the surge brings six more of Energy an hour."""
    random = np.random.default_rng(seed)
    of, at, kind = [], [], []
    for topic in range(2):
        for sentiment in range(3):
            times = np.cumsum(random.exponential(1.0, 2 * days * 24))
            times = times[times < days * 24]
            of.append(np.full(len(times), topic))
            at.append(times)
            kind.append(np.full(len(times), sentiment))
    if surge:
        more = (ONSET - START) / timedelta(hours=1) + 12 * random.random(72)
        of.append(np.ones(72, int))
        at.append(more)
        kind.append(np.full(72, SENTIMENTS.index("negative")))
    written = micros(START) + (np.concatenate(at) * HOUR).astype(np.int64)
    seen = written + (random.exponential(0.1, len(written)) * HOUR).astype(np.int64)
    series = [("topic", "Banking"), ("topic", "Energy")]
    return History.of_columns(
        series, np.concatenate(of), written, seen, np.concatenate(kind), np.arange(1, len(written) + 1)
    )


@pytest.fixture(scope="session")
def history() -> History:
    return hummed()
