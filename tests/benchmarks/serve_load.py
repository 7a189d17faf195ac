"""A server under load for ten minutes at 80 % of what it can: latency, errors, memory. Beside LitServe with the same bundle.

    python tests/benchmarks/serve_load.py [--json] [--minutes 10] [--peer-minutes 3]      (needs HEADWATER_DATA and `pip install litserve`; nothing else should run)

Capacity is what 32 clients get who ask one text at a time and wait for the answer, a minute for each server in turns. Then
requests come by a Poisson process at 80 % of Headwater's capacity, whether earlier ones are answered or not, and time
counts from when a request was due, not from when it could be sent: a server that falls behind cannot hide it. The peer is
given 80 % of its own capacity, and then Headwater's rate. Memory is the resident size of a server and its children, by the second; its slope is
fitted by least squares from the second minute on. The clients are one process on the same machine.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from headwater.cli.bench import SETS
from headwater.cli.bundles import bundle_folder
from headwater.cli.dashboards import free_port
from headwater.data.catalogue import named_rows
from headwater.serving.model import processors
from tests.benchmarks.api_load import CLIENTS, requests_of

__all__ = ["Asking", "slope"]

SHARE = 0.8  # of the capacity
SETTLED = 60.0  # seconds until memory is held to have settled
LATE = 30.0  # seconds after which an answer is a failure
IDLE = 4.0  # seconds after which a connection is not used again: servers close them after 5
MOST = 2000  # connections
PEER = Path(__file__).with_name("peer_litserve.py")


class Asking:
    """Connections that are kept, the statuses of their answers, and the milliseconds of those that were 200."""

    def __init__(self, port: int, requests: Sequence[bytes], seed: int) -> None:
        self.port, self.requests, self.draw = port, requests, random.Random(seed)
        self.free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []  # the latest used last
        self.statuses: Counter[str] = Counter()
        self.milliseconds: list[float] = []

    async def ask(self, due: float) -> None:
        """Ask once; `due` is when, in the loop's time, it should have been sent."""
        try:
            async with asyncio.timeout(LATE):
                reader, writer = await self._connection()
                writer.write(self.draw.choice(self.requests))
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))
        except (OSError, EOFError, TimeoutError) as fault:
            self.statuses[type(fault).__name__] += 1
            return
        self.statuses[head[9:12].decode()] += 1
        if head[9:12] == b"200":
            self.milliseconds.append(1000 * (asyncio.get_running_loop().time() - due))
        if b"connection: close" in head.lower():
            writer.close()
        else:
            self.free.append((asyncio.get_running_loop().time(), reader, writer))

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self.free:
            used, reader, writer = self.free.pop()
            if asyncio.get_running_loop().time() - used < IDLE:
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def closed(self, seconds: float) -> None:
        """CLIENTS of them, each with one request under way at a time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds

        async def one() -> None:
            while loop.time() < end:
                await self.ask(loop.time())

        await asyncio.gather(*(one() for _ in range(CLIENTS)))

    async def open(self, rate: float, seconds: float) -> None:
        """So many a second on average, whenever earlier ones are answered."""
        loop, asked = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        due = loop.time()
        end = due + seconds
        while (due := due + self.draw.expovariate(rate)) < end:
            await asyncio.sleep(max(0.0, due - loop.time()))
            if len(asked) >= MOST:
                self.statuses["not sent"] += 1  # as good as an error: nobody waits so long
                continue
            task = asyncio.ensure_future(self.ask(due))
            asked.add(task)
            task.add_done_callback(asked.discard)
        await asyncio.gather(*asked)

    def figures(self, seconds: float) -> dict[str, Any]:
        """Requests answered a second, milliseconds by percentile, and the answers by status."""
        points = np.percentile(self.milliseconds, [50, 95, 99]) if self.milliseconds else [float("nan")] * 3
        return {
            "answered_per_s": len(self.milliseconds) / seconds,
            **{name: float(value) for name, value in zip(("p50_ms", "p95_ms", "p99_ms"), points, strict=True)},
            "answers": dict(sorted(self.statuses.items())),
        }


@contextmanager
def running(words: Sequence[str], port: int) -> Iterator[psutil.Process]:
    """A server as a process of its own, from when it answers."""
    server = subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, "HEADWATER_API_KEYS": ""})  # fmt: skip
    try:
        end = time.monotonic() + 120
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            if server.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{' '.join(words)}: did not start: run it by hand")
            time.sleep(0.2)
        yield psutil.Process(server.pid)
    finally:
        for child in psutil.Process(server.pid).children(recursive=True) if server.poll() is None else []:
            child.terminate()
        server.terminate()
        server.wait()


async def weighed(process: psutil.Process, until: asyncio.Event) -> list[tuple[float, float]]:
    """(seconds, MB) of a process and its children, by the second."""
    began, found = time.monotonic(), []
    while not until.is_set():
        every = [process, *process.children(recursive=True)]
        found.append((time.monotonic() - began, sum(one.memory_info().rss for one in every) / 1e6))
        await asyncio.sleep(1)
    return found


def slope(weights: Sequence[tuple[float, float]], settled: float = SETTLED) -> float:
    """MB a minute, by least squares over what was weighed from `settled` seconds on.

    >>> slope([(0, 100.0), (60, 200.0), (120, 201.0), (180, 202.0)])
    1.0
    """
    later = np.array([pair for pair in weights if pair[0] >= settled])
    return round(60 * float(np.polyfit(later[:, 0], later[:, 1], 1)[0]), 4) if len(later) > 1 else float("nan")


def capacity(port: int, requests: Sequence[bytes], seconds: float) -> dict[str, Any]:
    asking = Asking(port, requests, 1)
    _run(asking.closed(seconds))
    return asking.figures(seconds)


def steady(process: psutil.Process, port: int, requests: Sequence[bytes], rate: float, seconds: float) -> dict[str, Any]:  # fmt: skip
    """Latency, errors and memory at a rate."""
    asking = Asking(port, requests, 2)

    async def both() -> list[tuple[float, float]]:
        ended = asyncio.Event()
        weighing = asyncio.ensure_future(weighed(process, ended))
        await asking.open(rate, seconds)
        ended.set()
        return await weighing

    weights = _run(both())
    memory = {
        "least_mb": min(w for _, w in weights),
        "most_mb": max(w for _, w in weights),
        "mb_per_minute": slope(weights),
        "mb_by_minute": [round(w, 1) for _, w in weights[::60]],
    }
    return {"asked_per_s": rate, "seconds": seconds, **asking.figures(seconds), **memory}


def _run(what: Any) -> Any:
    import uvloop

    return uvloop.run(what)


def report(folder: Path, minutes: float, peer_minutes: float, rows: int) -> dict[str, Any]:
    texts = [row.text for name in SETS for row in named_rows(name)[0][:rows]]
    requests = [body for body, _ in requests_of(texts, 1, folder.parent.name)]
    alone = [body for body, _ in requests_of(texts, 1, "")]
    lasting, found = {"headwater": 60 * minutes, "litserve": 60 * peer_minutes}, dict[str, Any]()
    ports = {"headwater": free_port("127.0.0.1", 18000), "litserve": free_port("127.0.0.1", 18100)}
    words = {
        "headwater": [sys.executable, "-m", "headwater", "serve", str(folder), "--port", str(ports["headwater"])],
        "litserve": [sys.executable, str(PEER), str(folder), str(ports["litserve"])],
    }
    sent = {"headwater": requests, "litserve": alone}
    for name, port in ports.items():
        seconds = lasting[name]
        with running(words[name], port) as process:
            capacity(port, sent[name], min(10.0, seconds))  # warm
            most = capacity(port, sent[name], min(60.0, seconds))
            rate = SHARE * most["answered_per_s"]
            found[name] = {"capacity": most, "steady": steady(process, port, sent[name], rate, seconds)}
            if name != "headwater":
                ours = found["headwater"]["steady"]["asked_per_s"]
                found[name]["at_our_rate"] = steady(process, port, sent[name], ours, min(60.0, seconds))
    return {"bundle": folder.parent.name, "processors": processors(), "clients": CLIENTS, **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bundle", default="support-intent")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--peer-minutes", type=float, default=3.0)
    parser.add_argument("--rows", type=int, default=1500, help="the first so many texts of each set")
    given = parser.parse_args()
    content = report(bundle_folder(given.bundle), given.minutes, given.peer_minutes, given.rows)
    print(json.dumps(content, indent=2) if given.json else "\n".join(f"{k}: {v}" for k, v in content.items()))


if __name__ == "__main__":
    main()
