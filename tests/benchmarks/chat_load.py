"""Two hundred customers at once with the shipped bot: nothing is lost, nothing is mixed up, and how long a turn then takes.

    python tests/benchmarks/chat_load.py [--json]      (two minutes)

`support-chatbot serve` runs as a process of its own with a store of its own. The shipped dialogues are held with it twice: one
customer after another, and 200 at once, each with another dialogue under a session of its own. Every answer must be the same, and
every session's transcript must hold its own words in their order and nothing else. Milliseconds are a client's, who shares the
processors with the server.
"""

import argparse
import asyncio
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx

from support_chatbot.content.folder import NORTHMERE
from support_chatbot.testing.cases import read_cases
from tests.benchmarks.chat_turn import percentiles

__all__ = ["measure"]

SESSIONS = 200
Talk = Sequence[tuple[str, str | None]]


def talks() -> list[Talk]:
    """What 200 customers say: the shipped dialogues, and again from the first; "" is nothing that can be posted."""
    held = [
        [(turn.said, turn.picked) for turn in case.turns if turn.said] for case in read_cases(NORTHMERE / "dialogues")
    ]
    return list(islice(cycle([talk for talk in held if talk]), SESSIONS))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The bot's server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = "from support_chatbot.cli import app; app()"
    words = [sys.executable, "-c", command, "serve", "--port", str(port), "--store", str(folder / "store.sqlite")]
    process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{url}/health").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


async def hold(client: httpx.AsyncClient, session: str, talk: Talk) -> tuple[list[list[str]], list[float]]:
    """One conversation: the texts of each answer, and its milliseconds. Raises where an answer or the transcript is not right."""
    answers, times = [], []
    for number, (text, picked) in enumerate(talk):
        began = time.perf_counter()
        content = {"text": text, "session": session} | ({"picked": picked} if picked else {})
        answer = await client.post("/v1/chat", json=content, headers={"Idempotency-Key": f"turn-{number}"})
        times.append(1000 * (time.perf_counter() - began))
        answer.raise_for_status()
        answers.append([part["text"] for part in answer.json()["parts"]])
    kept = (await client.get(f"/v1/chat/{session}")).json()["turns"]
    customer = [turn for turn in kept if turn["speaker"] == "customer"]
    assert len(customer) == len(talk), f"{session}: {len(customer)} of {len(talk)} messages are in its transcript"
    return answers, times


async def rounds(url: str) -> tuple[int, list[float], list[float]]:
    """Sessions whose answers differ between the two rounds; milliseconds alone, and of 200 at once."""
    limits = httpx.Limits(max_connections=SESSIONS + 10)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        every = talks()
        alone = [await hold(client, f"one-by-one-{number:06}", talk) for number, talk in enumerate(every)]
        beside = await asyncio.gather(*(hold(client, f"all-at-once-{n:06}", talk) for n, talk in enumerate(every)))
    differing = [first for first, (one, other) in enumerate(zip(alone, beside, strict=True)) if one[0] != other[0]]
    for number in differing:
        sys.stderr.write(f"{number}: {alone[number][0]}\n  at once: {beside[number][0]}\n")
    return len(differing), *([ms for _, times in found for ms in times] for found in (alone, beside))


def measure() -> dict[str, Any]:
    """What both rounds gave."""
    with tempfile.TemporaryDirectory(prefix="headwater-chat-load-") as folder, served(Path(folder)) as url:
        differing, alone, beside = asyncio.run(rounds(url))
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load": round(os.getloadavg()[0], 1),
        "sessions": SESSIONS,
        "turns": len(beside),
        "sessions answered otherwise": differing,
        "alone": percentiles(alone),
        "at once": percentiles(beside),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given, found = parser.parse_args(), measure()
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if given.json else f"{found}\n")


if __name__ == "__main__":
    main()
