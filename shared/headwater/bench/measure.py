"""Time engines in turns, so that what else the machine does meets them all; report medians."""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

__all__ = ["Engine", "Figures", "ceiling_gflops", "flop", "measure"]

Engine = Callable[[list[str]], object]  # texts -> whatever the engine answers, complete when it returns
# (m, k, n) of the products that give the ceiling: a square one, and the two that an encoder of width 384 spends most on.
SHAPES = ((1024, 1024, 1024), (1024, 384, 1536), (1024, 1536, 384))


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
    before: Callable[[], None] = lambda: None,
) -> dict[str, Figures]:
    """Figures by engine. A round runs every engine once over `texts`, then each of `alone` through every engine.

    Rounds start with another engine each, so that none is always first. Throughput is the median of the rounds;
    the percentiles are over all texts and rounds. `before` is called as a round begins.
    """
    names = list(engines)
    for name in names:
        engines[name](list(texts[:32]))  # the first call allocates and compiles
    seconds: dict[str, list[float]] = {name: [] for name in names}
    single: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        before()
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


def ceiling_gflops(threads: int, windows: int = 5, seconds: float = 0.2) -> float:
    """The GFLOP/s that the best single-precision matrix product keeps up here, on so many threads.

    The best of onnxruntime's kernels and, where it is installed, torch's, over SHAPES: one library alone can be far
    from what the processor gives (torch's takes no AVX-512 on some). Of each the median of `windows` of `seconds`: like
    the engines' figures it is what lasts, not the best moment.
    """
    best = 0.0
    for shape in SHAPES:
        for product in _products(shape, threads):
            product()  # the first call allocates
            rates = [_rate(product, seconds) for _ in range(windows)]
            best = max(best, statistics.median(rates) * 2 * math.prod(shape) / 1e9)
    return best


def _rate(call: Callable[[], object], seconds: float) -> float:
    """Calls a second, over a window of at least so many seconds."""
    calls, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        call()
        calls += 1
    return calls / spent


def _products(shape: tuple[int, int, int], threads: int) -> Iterator[Callable[[], object]]:
    """The product of (m, k) and (k, n), by each library that is here."""
    m, k, n = shape
    draw = np.random.default_rng(13)
    left, right = (draw.standard_normal(size, dtype=np.float32) for size in ((m, k), (k, n)))
    node = helper.make_node("MatMul", ["left", "right"], ["product"])
    given, made = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, size)
        for name, size in (("left", (m, k)), ("product", (m, n)))
    )
    graph = helper.make_graph([node], "product", [given], [made], [numpy_helper.from_array(right, "right")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    yield lambda: session.run(None, {"left": left})
    try:
        import torch
    except ModuleNotFoundError:
        return
    torch.set_num_threads(threads)
    one, other = torch.from_numpy(left), torch.from_numpy(right)
    yield lambda: one @ other


def flop(lengths: Sequence[int], hidden: int, intermediate: int, layers: int) -> float:
    """Floating-point operations of a BERT over texts of these lengths in tokens, padding not counted.

    A layer multiplies every token with four h x h and two h x i matrices, and every token with every other twice:
    2 n (4 h^2 + 2 h i) + 4 n^2 h. MiniLM-L6 over 18 tokens: 6 x 64.2 million = 385 million.

    >>> round(flop([18], 384, 1536, 6) / 1e6)
    385
    """
    tokens = np.asarray(lengths, dtype=np.float64)
    return float(layers * (2 * tokens * (4 * hidden**2 + 2 * hidden * intermediate) + 4 * tokens**2 * hidden).sum())
