"""Texts a second and latency by batch size, engine by engine, on one device; with the device's peak and memory."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headwater.bench.measure import Engine, ceiling_gflops

__all__ = ["SIZES", "Point", "curve", "memory_mb", "peak_gflops", "product_gflops"]

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
SIDE = 8192  # of the square product that keeps a card busy; its three matrices are 400 MB in fp16
LEAST_CALLS = 3


@dataclass(frozen=True)
class Point:
    """One engine at one batch size: texts a second at the median call, and milliseconds of a call."""

    batch: int
    texts_per_s: float
    p50_ms: float
    p99_ms: float
    calls: int


def curve(
    engines: Mapping[str, Engine],
    texts: Sequence[str],
    sizes: Sequence[int],
    seconds: float,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, list[Point]]:
    """Points by engine, in the order of `sizes`. Engines take turns, call by call, on the same texts.

    Each size goes on for `seconds` an engine, and for 3 calls at least. A first round at each size is not counted: it
    plans memory, compiles and builds.
    """
    points: dict[str, list[Point]] = {name: [] for name in engines}
    for size in sizes:
        say(f"batches of {size}")
        batches = _batches(texts, size)
        spent: dict[str, list[float]] = {name: [] for name in engines}
        first = next(batches)
        for engine in engines.values():
            engine(first)
        end = time.perf_counter() + seconds * len(engines)
        while time.perf_counter() < end or min(map(len, spent.values())) < LEAST_CALLS:
            batch = next(batches)
            for name, engine in engines.items():
                start = time.perf_counter()
                engine(batch)
                spent[name].append(time.perf_counter() - start)
        for name, times in spent.items():
            points[name].append(_point(size, times))
    return points


def _batches(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    """Batches of `size` texts without end, from the first text on."""
    place = 0
    while True:
        yield [texts[(place + step) % len(texts)] for step in range(size)]
        place += size


def _point(size: int, times: Sequence[float]) -> Point:
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    return Point(size, size / statistics.median(times), float(p50), float(p99), len(times))


def peak_gflops(device: str, threads: int) -> float:
    """GFLOP/s of the best matrix product on a device: fp32 on a CPU (see `ceiling_gflops`), fp16 on a card.

    A card's is the median of torch's products of two squares of 8,192; nan where torch sees no card.
    """
    if device == "cpu":
        return ceiling_gflops(threads)
    import torch

    return product_gflops("cuda", torch.float16, SIDE) if torch.cuda.is_available() else float("nan")


def product_gflops(place: str, precision: Any, side: int, rounds: int = 10) -> float:
    """GFLOP/s of torch's square product in a precision, the median of so many rounds."""
    import torch

    left, right = (torch.randn(side, side, device=place).to(precision) for _ in range(2))
    spent = []
    for _ in range(rounds + 1):  # the first one chooses a kernel
        start = time.perf_counter()
        left @ right
        if place == "cuda":
            torch.cuda.synchronize()
        spent.append(time.perf_counter() - start)
    return 2 * side**3 / statistics.median(spent[1:]) / 1e9


def memory_mb(device: str) -> float | None:
    """Megabytes in use: of this process on a CPU, of the whole first card on a GPU; None where nothing tells."""
    if device == "cpu":
        status = Path("/proc/self/statm")
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if status.exists() else None
    words = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"]
    try:
        told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout
        return float(told.split()[0]) * 1.048576  # MiB
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
