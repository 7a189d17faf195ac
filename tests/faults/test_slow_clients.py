"""Clients that send and take a byte a second: others do not feel them, and they are cut off in the end."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from tests.faults.conftest import many
from tests.faults.own_process import own_process
from tests.tiny import tiny_bundle

LARGE = json.dumps({"texts": ["oil"] * 1500}).encode()  # its answer has 250 KB
# A process of its own, or it would wait for the 600 clients that share its loop, and not for the server.
PROBE = """
import sys, time, httpx
with httpx.Client(base_url=sys.argv[1], timeout=30) as client:
    while True:
        began = time.perf_counter()
        client.get("/health").raise_for_status()
        print(time.perf_counter() - began, flush=True)
        time.sleep(0.1)
"""
HEAD = b"POST /v1/embed HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_clients_of_a_byte_a_second_hold_up_nobody_and_are_cut(
    tmp_path: Path, told: Callable[[str, str, str], None]
) -> None:
    clients, patience = many(200, 8), many(60, 4)
    tiny_bundle(tmp_path / "news", "vector")
    with own_process(tmp_path / "news", capacity=10**7, deadline=300, patience=patience, buffer=4096) as (
        process,
        port,
    ):
        before = process.memory_info().rss
        found = asyncio.run(_crowd(process, port, clients, patience))
        waits, lasted, grown = found["waits"], found["lasted"], found["rss"] - before
        assert len(lasted) == 3 * clients, "each was cut"
        assert max(lasted) < 2 * patience + many(30, 10), "the answers take a while to be made"
        assert len(waits) > 10
        p99 = 1000 * float(np.percentile(waits, 99))
        assert p99 <= many(100, 1000), "milliseconds; a machine that runs other tests is slower"
        assert httpx.get(f"http://127.0.0.1:{port}/health").json()["queue"]["waiting_tokens"] == 0
    told(
        "200 clients send a byte a second of a body, 200 of a head, 200 take a byte a second of an answer",
        f"/health within 100 ms (p99), and each is cut off after {patience} s",
        f"p99 {p99:.0f} ms; all cut, the last after {max(lasted):.0f} s; {grown / 2**20:.0f} MB held at most",
    )


async def _crowd(process: psutil.Process, port: int, clients: int, patience: float) -> dict:
    """How long /health took meanwhile, how long each slow client lasted, and the memory at its most."""
    rss = [0]
    probe = subprocess.Popen(
        [sys.executable, "-c", PROBE, f"http://127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True
    )
    try:
        tasks = [
            asyncio.ensure_future(kind(port))
            for kind, number in ((_sends_head, clients), (_sends_body, clients), (_takes, clients))
            for _ in range(number)
        ]
        while not all(task.done() for task in tasks):
            assert probe.poll() is None, "/health did not answer"
            rss.append(process.memory_info().rss)
            await asyncio.sleep(0.1)
    finally:
        probe.terminate()
    waits = [float(line) for line in probe.communicate()[0].splitlines()]
    return {"waits": waits, "lasted": [task.result() for task in tasks], "rss": max(rss)}


async def _sends_head(port: int) -> float:
    return await _dribbles(port, b"GET /health HTTP/1.1\r\nX-Slow: ")


async def _sends_body(port: int) -> float:
    return await _dribbles(port, HEAD % 10_000 + b'{"texts": ["')


async def _dribbles(port: int, beginning: bytes) -> float:
    """Seconds until the server has ended the connection."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(beginning)
    reading = asyncio.ensure_future(reader.read())
    while not reading.done():
        writer.write(b"x")
        await asyncio.wait([reading], timeout=1.0)
    reading.exception()  # that of a connection that was reset
    writer.close()
    return time.monotonic() - began


async def _takes(port: int) -> float:
    """Seconds until the server has given up an answer of which a byte a second is taken."""
    loop, began = asyncio.get_running_loop(), time.monotonic()
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await loop.sock_connect(plain, ("127.0.0.1", port))
    await loop.sock_sendall(plain, HEAD % len(LARGE) + LARGE)
    try:
        # What had come before the reset can still be read: the socket itself says that there was one.
        while await loop.sock_recv(plain, 1) and not plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            await asyncio.sleep(1.0)
    except OSError:
        pass
    finally:
        plain.close()
    return time.monotonic() - began
