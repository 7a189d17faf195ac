"""What corrections gain: a labelled set plays the people, and the queue's order is held against random order.

Each round a model learns from all that was corrected, is measured on the test sentences, and has the next `step` sentences
corrected: the first of its own queue, or a draw. Both begin from the same sentences; the learner is given, for what serves
does not train (tests/benchmarks/correcting.py has one).
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from entity_extractor.learning.doubts import Opinion
from entity_extractor.learning.queue import Embeds, ordered
from entity_extractor.mentions import Annotated
from headwater.comparison import paired_difference
from headwater.errors import InputError
from headwater.intervals import Interval, bootstrap
from headwater.metrics import Counts, micro_f1
from headwater.span_metrics import span_counts

__all__ = ["ORDERS", "Gain", "Point", "gains", "simulated"]

ORDERS = ("queue", "random")
Reader = Callable[[Sequence[str]], Sequence[Opinion]]
Learner = Callable[[Sequence[Annotated]], Reader]


@dataclass(frozen=True)
class Point:
    """F1 of spans on the test sentences after so many corrected ones, beside those that it began with."""

    corrected: int
    f1: Interval
    counts: Counts


@dataclass(frozen=True)
class Gain:
    """After so many corrected sentences: F1 gained for each hundred in either order, and queue - random, paired by sentence."""

    corrected: int
    queue: float
    random: float
    difference: Interval


def simulated(
    start: Sequence[Annotated],
    pool: Sequence[Annotated],
    test: Sequence[Annotated],
    learner: Learner,
    embedder: Embeds,
    order: str = "queue",
    *,
    step: int = 100,
    rounds: int = 5,
    seed: int = 13,
) -> Iterator[Point]:
    """A Point before any correction and one after each round, as each is measured; fewer where the pool is used up.

    Raises InputError for an order that is none, and for no test sentences.
    """
    if order not in ORDERS or not test:
        raise InputError(f"expected an order of {', '.join(ORDERS)} and test sentences, got {order!r} and {len(test)}")
    draw, vectors = random.Random(seed), embedder.predict([one.text for one in (*start, *pool)])
    first, later = vectors[: len(start)], vectors[len(start) :]
    taken: list[int] = []
    for _ in range(rounds + 1):
        read = learner([*start, *(pool[row] for row in taken)])
        yield _point(read, test, len(taken))
        left = sorted(set(range(len(pool))) - set(taken))
        if not left:
            return
        if order == "random":
            taken += draw.sample(left, min(step, len(left)))
            continue
        doubts = [one.doubt for one in read([pool[row].text for row in left])]
        before = np.concatenate([first, later[taken]])
        taken += [left[row] for row, _ in ordered(doubts, later[left], before, step)]


def gains(points: Mapping[str, Sequence[Point]]) -> list[Gain]:
    """What each order gained, at every number of corrections that both reached. `points` by order, as `simulated` gives them."""
    found = []
    for queue, other in zip(points["queue"][1:], points["random"][1:], strict=False):
        if queue.corrected == other.corrected:
            rate = [
                100 * (now.f1.value - points[name][0].f1.value) / now.corrected
                for name, now in zip(ORDERS, (queue, other), strict=True)
            ]
            found.append(Gain(queue.corrected, rate[0], rate[1], _apart(other.counts, queue.counts)))
    return found


def _point(read: Reader, test: Sequence[Annotated], corrected: int) -> Point:
    gold = [[mention.span for mention in one.mentions] for one in test]
    counts = span_counts(gold, [one.spans for one in read([one.text for one in test])])
    sums = {"spans": counts.values.sum(axis=1)[:, None]}
    return Point(corrected, bootstrap(sums, {"f1": lambda drawn: micro_f1(drawn["spans"])})["f1"], counts)


def _apart(reference: Counts, candidate: Counts) -> Interval:
    value, low = paired_difference(reference, candidate, alpha=0.025)
    high = -paired_difference(candidate, reference, alpha=0.025)[1]
    return Interval(value, low, high)
