"""A server as a process of its own on a tiny bundle whose every batch takes a while: its memory is its own, and so is its time."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from headwater.cli.dashboards import free_port
from tests.benchmarks.serve_load import running

__all__ = ["own_process"]

PROGRAM = """
import socket, sys, time
from pathlib import Path
from headwater.api.app import create_app
from headwater.api.logs import LogKind
from headwater.api.patience import Patient
from headwater.api.service import Limits
from headwater.bundle import open_bundle
from headwater.cli.server import run_server
from headwater.serving.model import open_model

folder, port, seconds, capacity, deadline, patience, buffer = sys.argv[1:]
made = Patient.connection_made
def small(self, transport):
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, int(buffer))
    made(self, transport)
if int(buffer):
    Patient.connection_made = small
model = open_model(open_bundle(Path(folder)), "int8", "cpu")
sound = model.run
def slow(arrays):
    time.sleep(float(seconds))
    return sound(arrays)
model.run = slow
limits = Limits(capacity=int(capacity), deadline=float(deadline), patience=float(patience))
run_server(create_app([model], limits, workers=1), "127.0.0.1", int(port), LogKind.off, patience=float(patience))
"""


@contextmanager
def own_process(
    folder: Path,
    seconds: float = 0.0,
    capacity: int = 65_536,
    deadline: float = 30.0,
    patience: float = 60.0,
    buffer: int = 0,
) -> Iterator[tuple[psutil.Process, int]]:
    """The process and its port; a batch takes `seconds`, and the rest is as in `headwater.api.service.Limits`.

    Of an answer the kernel takes some megabytes off the server, whoever reads it; with `buffer` only so many bytes.
    """
    port = free_port("127.0.0.1", random.randrange(20_000, 40_000))  # another process of tests looks for one too
    words = [folder, port, seconds, capacity, deadline, patience, buffer]
    with running([sys.executable, "-c", PROGRAM, *map(str, words)], port) as process:
        yield process, port
