"""Standard input as a feed: JSONL, a line as soon as it comes, some together where they come fast."""

import io
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO

from headwater.scoring.rows import Reject, Row
from headwater.scoring.textfiles import MAX_LINE, json_row
from sentiment_monitor.intake.items import CHARACTERS, Batch

__all__ = ["read_stream", "standard_input"]

ROWS = 500  # of a batch at most
PATIENCE = 0.5  # seconds that a row waits for others


def read_stream(
    stream: BinaryIO, now: Callable[[], datetime], source: str, patience: float = PATIENCE
) -> Iterator[Batch]:
    """Rows of a stream that may pause; each batch is to be written before the next is asked for.

    At most a batch waits in memory while another is written: whoever writes to the pipe then waits too.
    """
    waiting: queue.Queue[Row | Reject | None] = queue.Queue(ROWS)
    threading.Thread(target=_read, args=(stream, waiting), daemon=True, name="stream").start()
    row = waiting.get()
    while row is not None:
        batch, held, seen, end = Batch(), 0, now(), time.monotonic() + patience
        while row is not None and len(batch) < ROWS and held < CHARACTERS:
            batch.take(row, seen, source)
            held += row.size()
            try:
                row = waiting.get(timeout=max(end - time.monotonic(), 0.0))
            except queue.Empty:
                break
        else:
            yield batch
            continue
        yield batch
        row = waiting.get()


def standard_input() -> BinaryIO:
    """Standard input by a door of its own: Python, as it ends, would wait for the lock of the thread that reads sys.stdin."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except (OSError, io.UnsupportedOperation):  # something else stands in for it
        return sys.stdin.buffer


def _read(stream: BinaryIO, waiting: "queue.Queue[Row | Reject | None]") -> None:
    try:
        for number, raw in enumerate(iter(lambda: stream.readline(MAX_LINE + 1), b""), 1):
            if len(raw) > MAX_LINE and not raw.endswith(b"\n"):
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(MAX_LINE)
                waiting.put(Reject.of(number, f"the line is longer than {MAX_LINE:,} bytes", ""))
            elif line := raw.decode("utf-8", "surrogateescape").strip("\ufeff \t\r\n"):
                waiting.put(json_row(number, line))
    finally:
        waiting.put(None)
