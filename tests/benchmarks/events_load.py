"""News posted over HTTP: 2,000 items a second for a minute, and what happens where nobody reads them.

    python tests/benchmarks/events_load.py [--json] [--rate 2000] [--seconds 60] [--together 20] [--store URL]

The server is `sentiment-monitor serve` as a process of its own, on a new SQLite file unless --store names another empty
store. Posts are due at fixed times, whether or not the last ones were answered (an open loop), from one more process on
the same machine. First the bound on the backlog is out of reach; then it is a fourth of what comes, so that most posts
must be refused. Of both: posts by status, items stored a second, milliseconds of an answer, the server's peak memory, and
whether the store holds what the server said it had taken, no more and no less.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from headwater.cli.dashboards import free_port
from headwater.store import open_store
from sentiment_monitor.records.news import News

__all__ = ["Load", "post_all"]

MAIN = "import sys; from sentiment_monitor.cli import app; app(sys.argv[1:], prog_name='sentiment-monitor')"
TEXT = "Kilbride Homes cut its forecast for the year for the third time, blaming dearer bricks and buyers who wait."


@dataclass
class Load:
    """What the clients met; `without` counts 429s that did not say when to come again, `again` posts that got no answer
    and were sent once more, as a client would.
    """

    new: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    without: int = 0
    again: int = 0
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0


async def post_all(url: str, rate: float, seconds: float, together: int) -> Load:
    """Post `rate` items a second in lists of `together`, each post at its time."""
    load, began = Load(), time.monotonic()
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200, keepalive_expiry=3)
    async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as client, asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds / together)):
            await asyncio.sleep(max(began + number * together / rate - time.monotonic(), 0))
            tasks.create_task(_post(client, url, number * together, together, load))
    load.seconds = time.monotonic() - began
    return load


async def _post(client: httpx.AsyncClient, url: str, first: int, together: int, load: Load) -> None:
    items = [{"id": f"e{n}", "text": f"{n}: {TEXT}", "source": "Wire"} for n in range(first, first + together)]
    began = time.monotonic()
    try:
        answer = await client.post(url, json=items)
    except httpx.TransportError:  # a connection that was idle for long is closed just as it is taken up again
        load.again += 1
        answer = await client.post(url, json=items)
    load.milliseconds.append(1000 * (time.monotonic() - began))
    load.statuses[answer.status_code] += 1
    if answer.status_code == 200:
        load.new += answer.json()["new"]
    load.without += answer.status_code == 429 and not 1 <= int(answer.headers.get("retry-after", 0)) <= 60


def measure(store: str, backlog: int, rate: float, seconds: float, together: int) -> dict[str, Any]:
    """One server, one load. `store` must hold no items."""
    port = free_port("127.0.0.1", 28901)
    words = [sys.executable, "-c", MAIN, "serve", "--port", str(port), "--backlog", str(backlog), "--store", store]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            before = _ready(server, port)
            load = asyncio.run(post_all(f"http://127.0.0.1:{port}/v1/events", rate, seconds, together))
            after = _peak(server.pid)
        finally:
            server.terminate()
    with open_store(store) as opened:
        held = News(opened).backlog()
    p50, p99 = np.percentile(load.milliseconds, [50, 99])
    return {
        "backlog": backlog, "posts": {str(status): count for status, count in sorted(load.statuses.items())},
        "items_per_s": load.new / load.seconds, "seconds": load.seconds, "p50_ms": float(p50), "p99_ms": float(p99),
        "refused_without_a_time": load.without, "sent_again": load.again, "taken": load.new, "stored": held, "idle_mb": before, "peak_mb": after,
    }  # fmt: skip


def _ready(server: "subprocess.Popen[bytes]", port: int) -> float:
    """Wait for the server; megabytes that it has taken by then."""
    end = time.monotonic() + 120
    while time.monotonic() < end and server.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).raise_for_status()
            return _peak(server.pid)
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def _peak(pid: int) -> float:
    """Megabytes that a process held at most (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=2000.0, help="items a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--together", type=int, default=20, help="items of a post")
    parser.add_argument("--store", help="an empty store, for the first of the two loads alone")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asked = int(given.rate * given.seconds)
    with tempfile.TemporaryDirectory() as folder:
        bounds = {"taken": 2 * asked} if given.store else {"taken": 2 * asked, "refused": asked // 4}
        figures = {
            name: measure(given.store or f"{folder}/{name}.sqlite", bound, given.rate, given.seconds, given.together)
            for name, bound in bounds.items()
        }
    print(json.dumps(figures, indent=None if given.json else 2))


if __name__ == "__main__":
    main()
