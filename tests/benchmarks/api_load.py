"""The API beside the runtime that it wraps: texts a second at 32 clients, and what ten times as many get.

    python tests/benchmarks/api_load.py [--json] [--bundle NAME]      (needs HEADWATER_DATA; nothing else should run)

The runtime alone is onnxruntime on ready tensors: the same texts, tokenised, sorted and cut into the same batches before
the clock starts, one thread a processor. The server is `headwater serve` as a process of its own; the clients are one more
process on the same machine, whose share of the processors is reported, since it is taken from the server. Runtime and
server are measured in turns and the medians reported.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

import headwater
from headwater.cli.bench import SETS
from headwater.cli.bundles import bundle_folder
from headwater.cli.dashboards import free_port
from headwater.data.catalogue import named_rows
from headwater.serving.batching import token_batches
from headwater.serving.model import Model, processors

__all__ = ["Load", "requests_of"]

ROOT = Path(__file__).resolve().parents[2]
CLIENTS, TIMES = 32, 10
PATIENCE = 0.02  # seconds after which a refused client comes again: far sooner than it is bidden to


@dataclass
class Load:
    """What clients met: texts answered, answers by status, milliseconds of those that were 200, seconds in all."""

    texts: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0  # seconds that the clients' own process took

    def figures(self) -> dict[str, Any]:
        p50, p99 = np.percentile(self.milliseconds, [50, 99])
        return {
            "texts_per_s": self.texts / self.seconds,
            "p50_ms": float(p50),
            "p99_ms": float(p99),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "clients_processors": self.processor / self.seconds,
        }


def requests_of(texts: Sequence[str], together: int, model: str) -> list[tuple[bytes, int]]:
    """The bytes of one HTTP request for every `together` texts, and how many texts are in it."""
    made = []
    for start in range(0, len(texts), together):
        part = list(texts[start : start + together])
        body = json.dumps({"texts": part, "model": model}).encode()
        head = f"POST /v1/classify HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        made.append((head.encode() + body, len(part)))
    return made


async def client(port: int, mine: Sequence[tuple[bytes, int]], load: Load) -> None:
    """One connection, one request after the other; a refused one is sent again. Bare, so that it takes little time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request, texts in mine:
        status = 429
        while status == 429:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            load.statuses[status] += 1
            if status == 200:
                load.texts += texts
                load.milliseconds.append(1000 * (time.perf_counter() - began))
            elif status == 429:
                await asyncio.sleep(PATIENCE)
            else:
                raise SystemExit(f"expected answers of 200 and 429, got {status}")
    writer.close()


def measure(port: int, texts: Sequence[str], together: int, clients: int, model: str) -> Load:
    """All texts once, shared out among the clients."""
    import uvloop

    made, load = requests_of(texts, together, model), Load()

    async def all_of_them() -> None:
        await asyncio.gather(*(client(port, made[i::clients], load) for i in range(clients)))

    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    uvloop.run(all_of_them())
    load.seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    load.processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return load


def runtime(model: Model, texts: Sequence[str]) -> float:
    """Texts a second of onnxruntime alone, on batches that are ready."""
    encoder = model.predictor.encoder
    windows = encoder.encode(texts)
    cuts = token_batches([len(window) for window in windows], model.predictor.budget)
    batches = [encoder.batch([windows[i] for i in cut]) for cut in cuts]
    with ThreadPoolExecutor(processors()) as pool:
        list(pool.map(model.session, batches[:2]))
        began = time.perf_counter()
        list(pool.map(model.session, batches))
        return len(texts) / (time.perf_counter() - began)


def served(folder: Path, variant: str, *options: str) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port("127.0.0.1", 18000)
    words = [
        sys.executable,
        "-m",
        "headwater",
        "serve",
        str(folder),
        "--port",
        str(port),
        "--variant",
        variant,
        *options,
    ]
    server = subprocess.Popen(words, stderr=subprocess.DEVNULL, env={**os.environ, "HEADWATER_API_KEYS": ""})
    end = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < end:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health")
            return server, port
        except httpx.TransportError:
            time.sleep(0.1)
    server.kill()
    raise SystemExit("the server did not start: run headwater serve by hand")


def report(folder: Path, rounds: int, rows: int) -> dict[str, Any]:
    texts = [row.text for name in SETS for row in named_rows(name)[0][:rows]]
    content: dict[str, Any] = {"texts": len(texts), "clients": CLIENTS, "processors": processors(), "rounds": rounds}
    for variant in ("int8", "fp32"):
        model = headwater.load(folder, variant=variant).model
        name = model.bundle.manifest.name
        server, port = served(folder, variant)
        try:
            alone: list[float] = []
            found: dict[int, list[dict[str, Any]]] = {1: [], 8: [], 32: []}
            for _ in range(rounds):
                alone.append(runtime(model, texts))
                for together, rest in found.items():
                    rest.append(measure(port, texts, together, CLIENTS, name).figures())
            if variant == "int8":
                content["overload"] = overload(port, texts, name)
        finally:
            server.terminate()
            server.wait()
        raw = statistics.median(alone)
        content[variant] = {"runtime_texts_per_s": raw} | {
            str(together): middle(rest) | {"of_runtime": middle(rest)["texts_per_s"] / raw}
            for together, rest in found.items()
        }
    return content


def overload(port: int, texts: Sequence[str], model: str) -> dict[str, Any]:
    """Ten times the clients with 32 texts in each request: more than the queue holds."""
    return measure(port, list(texts) * 4, 32, TIMES * CLIENTS, model).figures()


def middle(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The run of median throughput."""
    return sorted(runs, key=lambda run: run["texts_per_s"])[len(runs) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bundle", default="support-intent")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1500, help="the first so many texts of each set")
    given = parser.parse_args()
    content = report(bundle_folder(given.bundle), given.rounds, given.rows)
    sys.stdout.write(
        json.dumps(content, indent=2) + "\n" if given.json else "".join(f"{k}: {v}\n" for k, v in content.items())
    )


if __name__ == "__main__":
    main()
