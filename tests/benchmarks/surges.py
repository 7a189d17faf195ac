"""A made history of news with known surges, of another family than the detector that is tried on it.

    python tests/benchmarks/surges.py [--seed 1] > labels.jsonl      (one label a line; the surges on standard error)

Stories come as a log-Gaussian Cox process (Moller et al. 1998): the logarithm of the rate is the sum of a season, a slow
drift, an AR(1) of the topic and an AR(1) that all topics share. The season is no product of hour and weekday: weekends are
flat and low, mornings and New York's opening are peaks of weekdays alone. Over-dispersion is by mixture, on two scales:
some hours are busy for no reason, and some stories bring others within the hour (Neyman & Scott 1958). The detector knows a
negative binomial with factors of hour and weekday, and none of this.

A surge multiplies the rate of negative stories over its length by 1.5, 2, 3 or 5: further stories are laid upon the same
background, so that a history with surges and one without differ in nothing else. The numbers in `Parameters` were
committed before any threshold of the detector was chosen; changing one of them voids every figure that rests on them.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.replay.history import HOUR, History, Surge, micros, moment

__all__ = ["Drawn", "Parameters", "draw"]


@dataclass(frozen=True)
class Parameters:
    """The generator's numbers; times in hours, rates in negative stories an hour, spreads of logarithms."""

    days: int = 180
    topics: int = 12
    least_rate: float = 0.15
    most_rate: float = 6.0  # topics lie between, equally far apart in logarithms
    own_memory: float = 0.92  # an excursion halves in 8 h
    own_spread: float = 0.30
    common_memory: float = 0.97
    common_spread: float = 0.15
    drift_spread: float = 0.25  # of a yearless wave of 70 to 130 days
    busy_share: float = 0.015  # of hours
    busy_factor: float = 2.5
    cluster_share: float = 0.12  # of stories that bring others
    cluster_mean: float = 2.0  # others that one brings
    cluster_hours: float = 0.4  # mean wait for one of them
    neutral: float = 1.6  # neutral stories to a negative one
    positive: float = 1.0
    late_share: float = 0.03  # seen hours after, the rest after minutes
    warm_up: int = 28  # days without a surge, from which to learn
    every: float = 7.5  # days from one surge of a topic to the next, on average
    apart: float = 3.0  # days at least from the end of one to the start of the next
    factors: tuple[float, ...] = (1.5, 2.0, 3.0, 5.0)
    lengths: tuple[float, ...] = (6.0, 12.0, 24.0)


@dataclass(frozen=True)
class Drawn:
    """A history, the surges laid into it, and the background's rate: float (topics, hours), negative stories an hour."""

    history: History
    surges: tuple[Surge, ...]
    rate: np.ndarray


START = datetime(2025, 1, 6, tzinfo=UTC)  # a Monday


def season(hours: int) -> np.ndarray:
    """Factor of each hour from a Monday midnight, of mean 1: float (hours,)."""
    hour, weekday = np.arange(hours) % 24, np.arange(hours) // 24 % 7 < 5
    morning = 1.6 * np.exp(-((hour - 7.5) ** 2) / 8)
    opening = 1.3 * np.exp(-((hour - 14.0) ** 2) / 12)
    shape = np.where(weekday, 0.25 + morning + opening, 0.32)
    return shape / shape[: 7 * 24].mean()


def autoregression(random: np.random.Generator, hours: int, memory: float, spread: float) -> np.ndarray:
    """A stationary AR(1): x[t] = memory x[t-1] + noise, of this standard deviation: float (hours,)."""
    noise = random.normal(0, spread * np.sqrt(1 - memory**2), hours)
    noise[0] = random.normal(0, spread)
    out = np.empty(hours)
    level = 0.0
    for t, step in enumerate(noise):
        level = memory * level + step
        out[t] = level
    return out


def rates(random: np.random.Generator, p: Parameters) -> np.ndarray:
    """Rate of negative stories by topic and hour: float (topics, hours)."""
    hours = p.days * 24
    common = autoregression(random, hours, p.common_memory, p.common_spread)
    shape, out = season(hours), np.empty((p.topics, hours))
    for topic, base in enumerate(np.geomspace(p.least_rate, p.most_rate, p.topics)):
        length, phase = random.uniform(70, 130) * 24, random.uniform(0, 2 * np.pi)
        drift = p.drift_spread * np.sin(2 * np.pi * np.arange(hours) / length + phase)
        own = autoregression(random, hours, p.own_memory, p.own_spread)
        busy = np.where(random.random(hours) < p.busy_share, p.busy_factor, 1.0)
        out[topic] = base * shape * np.exp(drift + own + common) * busy
    return out


def arrivals(random: np.random.Generator, rate: np.ndarray, p: Parameters) -> np.ndarray:
    """Hours from the start at which stories come at this rate an hour, those that others bring among them, sorted."""
    first = rate / (1 + p.cluster_share * p.cluster_mean)
    counts = random.poisson(first)
    times = np.repeat(np.arange(len(rate)), counts) + random.random(counts.sum())
    bring = np.where(random.random(len(times)) < p.cluster_share, random.poisson(p.cluster_mean, len(times)), 0)
    brought = np.repeat(times, bring) + random.exponential(p.cluster_hours, bring.sum())
    every = np.sort(np.concatenate([times, brought]))
    return every[every < len(rate)]


def planned(random: np.random.Generator, topic: str, p: Parameters) -> list[Surge]:
    """Surges of one topic, each factor as often as the others, in an order and at times drawn."""
    count = int((p.days - p.warm_up) / p.every)
    factors = random.permutation(np.resize(p.factors, count))
    slot = (p.days - p.warm_up) / count
    found = []
    for number, factor in enumerate(factors):
        length = float(random.choice(p.lengths))
        start = p.warm_up + number * slot + random.uniform(0, slot - p.apart - length / 24)
        begin = START + timedelta(minutes=round(start * 24 * 60))
        found.append(Surge("topic", topic, begin, begin + timedelta(hours=length), float(factor)))
    return found


def surging(random: np.random.Generator, rate: np.ndarray, surge: Surge, p: Parameters) -> np.ndarray:
    """What one surge lays upon the background: hours from the start of the history, sorted."""
    assert surge.factor is not None
    begin, end = ((when - START) / timedelta(hours=1) for when in (surge.start, surge.end))
    extra = np.zeros_like(rate)
    extra[int(begin) : int(np.ceil(end))] = (surge.factor - 1) * rate[int(begin) : int(np.ceil(end))]
    times = arrivals(random, extra, p)
    return times[(times >= begin) & (times < end)]


def waits(random: np.random.Generator, count: int, p: Parameters) -> np.ndarray:
    """Hours from when each story is written until it is seen: minutes for most, hours for some."""
    late = random.random(count) < p.late_share
    return np.where(late, random.gamma(2, 2.0, count), random.exponential(1 / 20, count))


def draw(seed: int, surges: bool = True, p: Parameters | None = None) -> Drawn:
    """A history of topics t00, t01, ... from this seed, the rarest first; the background is the same with and without surges."""
    p = p or Parameters()
    random, rest, laid = (np.random.default_rng([seed, part]) for part in range(3))
    rate = rates(random, p)
    names = [f"t{topic:02}" for topic in range(p.topics)]
    plan = [planned(laid, name, p) for name in names]
    parts: list[tuple[int, int, np.ndarray, np.ndarray]] = []  # topic, sentiment, times, hours until it was seen
    for topic in range(p.topics):
        times = arrivals(random, rate[topic], p)
        parts.append((topic, SENTIMENTS.index("negative"), times, waits(rest, len(times), p)))
        for sentiment, share in (("neutral", p.neutral), ("positive", p.positive)):
            other = np.exp(autoregression(rest, rate.shape[1], p.own_memory, p.own_spread))
            times = arrivals(rest, rate[topic].mean() * share * season(rate.shape[1]) * other, p)
            parts.append((topic, SENTIMENTS.index(sentiment), times, waits(rest, len(times), p)))
        for surge in plan[topic] if surges else ():
            times = surging(laid, rate[topic], surge, p)
            parts.append((topic, SENTIMENTS.index("negative"), times, waits(laid, len(times), p)))
    at = micros(START) + (np.concatenate([times for _, _, times, _ in parts]) * HOUR).astype(np.int64)
    history = History.of_columns(
        [("topic", name) for name in names],
        np.concatenate([np.full(len(times), topic) for topic, _, times, _ in parts]),
        at,
        at + (np.concatenate([wait for *_, wait in parts]) * HOUR).astype(np.int64),
        np.concatenate([np.full(len(times), sentiment) for _, sentiment, times, _ in parts]),
        np.arange(len(at)),
    )
    return Drawn(history, tuple(surge for each in plan for surge in each) if surges else (), rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    drawn = draw(parser.parse_args().seed)
    history = drawn.history
    for row in range(len(history)):
        dimension, value = history.series[history.of[row]]
        at, seen = moment(history.at[row]).isoformat(), moment(history.seen[row]).isoformat()
        sentiment = SENTIMENTS[history.sentiment[row]]
        label = {"at": at, "seen": seen, "dimension": dimension, "value": value, "sentiment": sentiment}
        sys.stdout.write(json.dumps(label | {"story": int(history.story[row])}) + "\n")
    for surge in drawn.surges:
        sys.stderr.write(
            json.dumps({**vars(surge), "start": surge.start.isoformat(), "end": surge.end.isoformat()}) + "\n"
        )


if __name__ == "__main__":
    main()
