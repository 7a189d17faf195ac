"""Time engines in turns, so that what else the machine does meets them all; report medians."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Engine", "Figures", "ceiling_gflops", "flop", "measure"]

Engine = Callable[[list[str]], object]  # texts -> whatever the engine answers, complete when it returns
SIDE = 1024  # of the square matrices whose product gives the ceiling: large enough that start-up costs vanish


@dataclass(frozen=True)
class Figures:
    """What was measured of one engine: texts a second over the whole set, milliseconds of one text alone."""

    texts_per_s: float
    p50_ms: float
    p99_ms: float


def measure(
    engines: Mapping[str, Engine],
    texts: Sequence[str],
    alone: Sequence[str],
    rounds: int,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Figures]:
    """Figures by engine. A round runs every engine once over `texts`, then each of `alone` through every engine.

    Rounds start with another engine each, so that none is always first. Throughput is the median of the rounds;
    the percentiles are over all texts and rounds.
    """
    names = list(engines)
    for name in names:
        engines[name](list(texts[:32]))  # the first call allocates and compiles
    seconds: dict[str, list[float]] = {name: [] for name in names}
    single: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        order = names[first:] + names[:first]
        for name in order:
            say(f"round {number + 1} of {rounds}: {name}")
            seconds[name].append(_timed(engines[name], list(texts)))
        for text in alone:
            for name in order:
                single[name].append(_timed(engines[name], [text]))
    return {name: _figures(len(texts), seconds[name], single[name]) for name in names}


def _timed(engine: Engine, texts: list[str]) -> float:
    start = time.perf_counter()
    engine(texts)
    return time.perf_counter() - start


def _figures(texts: int, seconds: Sequence[float], single: Sequence[float]) -> Figures:
    p50, p99 = np.percentile(single, [50, 99]) * 1000 if single else (float("nan"), float("nan"))
    return Figures(texts / statistics.median(seconds), float(p50), float(p99))


def ceiling_gflops(threads: int, tries: int = 15) -> float:
    """The most GFLOP/s that a single-precision matrix product reached here with that many threads.

    By torch where there is one, for it obeys `threads`; by numpy otherwise, with the threads that its BLAS takes.
    """
    try:
        import torch
    except ModuleNotFoundError:
        matrix = np.random.default_rng(13).standard_normal((SIDE, SIDE), dtype=np.float32)
        best = min(_timed(lambda _: matrix @ matrix, []) for _ in range(tries))
    else:
        torch.set_num_threads(threads)
        tensor = torch.randn(SIDE, SIDE, generator=torch.Generator().manual_seed(13))
        best = min(_timed(lambda _: tensor @ tensor, []) for _ in range(tries))
    return 2 * SIDE**3 / best / 1e9


def flop(lengths: Sequence[int], hidden: int, intermediate: int, layers: int) -> float:
    """Floating-point operations of a BERT over texts of these lengths in tokens, padding not counted.

    A layer multiplies every token with four h x h and two h x i matrices, and every token with every other twice:
    2 n (4 h^2 + 2 h i) + 4 n^2 h. MiniLM-L6 over 18 tokens: 6 x 64.2 million = 385 million.

    >>> round(flop([18], 384, 1536, 6) / 1e6)
    385
    """
    tokens = np.asarray(lengths, dtype=np.float64)
    return float(layers * (2 * tokens * (4 * hidden**2 + 2 * hidden * intermediate) + 4 * tokens**2 * hidden).sum())
