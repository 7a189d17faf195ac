"""Real counts: the stories of Reuters-21578 by topic and minute, with surges laid into them.

The set holds 26 February to 9 April 1987 nearly whole (the days of other months are single ones), and no day from which
surges would be known; what is told without one laid in may be news. Sentiment is not in it: every story counts as negative,
so that these are counts of topics. Days that are missing from the set are gaps, as an outage of a feed would be.
"""

import gzip
import json
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from sentiment_monitor.replay.history import HOUR, History, Surge, micros
from tests.benchmarks.surges import Drawn

__all__ = ["reuters", "with_surges"]

FIRST, LAST = datetime(1987, 2, 26, tzinfo=UTC), datetime(1987, 4, 10, tzinfo=UTC)
LEAST = 60  # stories of a topic in that time: about two on a day of work
LEARNT = timedelta(days=15)
EVERY, LENGTH = timedelta(days=6), timedelta(hours=12)
FACTORS = (1.5, 2.0, 3.0, 5.0)


def reuters() -> History:
    """Every topic with enough stories; seen as they were written. Needs HEADWATER_DATA."""
    folder = Path(os.environ["HEADWATER_DATA"]) / "reuters21578_modapte"
    told = []
    for split in ("train", "test"):
        with gzip.open(folder / f"{split}.jsonl.gz", "rt", encoding="utf-8") as stream:
            for row in map(json.loads, stream):
                at = datetime.strptime(row["date"].strip().split(".")[0], "%d-%b-%Y %H:%M:%S").replace(tzinfo=UTC)
                told += [(topic, micros(at), int(row["id"])) for topic in row["labels"] if FIRST <= at < LAST]
    counts = Counter(topic for topic, *_ in told)
    topics = sorted(topic for topic, count in counts.items() if count >= LEAST)
    kept = [(topics.index(topic), at, story) for topic, at, story in told if topic in topics]
    of, at, story = (np.array(column) for column in zip(*kept, strict=True))
    return History.of_columns([("topic", topic) for topic in topics], of, at, at, np.zeros(len(of)), story)


def with_surges(history: History, seed: int) -> Drawn:
    """One surge a topic every six days from the fifteenth on, in hours of work, of 12 hours.

    A surge adds stories at (factor - 1) times what the topic has at that hour of such a day on average, days without any
    story at all left out.
    """
    random = np.random.default_rng([seed, 21578])
    hour = (history.at - micros(FIRST)) // HOUR
    hours = int((LAST - FIRST) / timedelta(hours=1))
    held = np.bincount(hour // 24, minlength=hours // 24) > 0
    days = np.array([(FIRST + timedelta(days=int(day))).weekday() < 5 for day in range(hours // 24)])
    workdays = np.flatnonzero(held & days)
    shape = np.bincount(hour % 24, minlength=24) / len(hour)  # of a day, over all topics
    daily = np.bincount(history.of[np.isin(hour // 24, workdays)], minlength=len(history.series)) / len(workdays)
    surges, extra = [], []
    for topic, (dimension, value) in enumerate(history.series):
        slots = np.arange(LEARNT / timedelta(days=1), hours / 24 - 2, EVERY / timedelta(days=1))
        for begin in slots:
            fits = workdays[(workdays >= begin) & (workdays < begin + 3)]
            if not len(fits):
                continue
            factor = float(random.choice(FACTORS))
            start = int(random.choice(fits)) * 24 + int(random.integers(8, 13))
            span = np.arange(start, start + int(LENGTH / timedelta(hours=1)))
            counts = random.poisson((factor - 1) * daily[topic] * shape[span % 24])
            extra += [(topic, t) for t in np.repeat(span, counts) + random.random(counts.sum())]
            begins = FIRST + timedelta(hours=start)
            surges.append(Surge(dimension, value, begins, begins + LENGTH, factor))
    of, at = (
        np.array([topic for topic, _ in extra]),
        micros(FIRST) + (np.array([t for _, t in extra]) * HOUR).astype(int),
    )
    both = [np.concatenate(pair) for pair in ((history.of, of), (history.at, at))]
    story = np.concatenate([history.story, 1_000_000 + np.arange(len(of))])
    laid = History.of_columns(history.series, *both, both[1], np.zeros(len(story)), story)
    return Drawn(laid, tuple(surges), np.empty(0))
