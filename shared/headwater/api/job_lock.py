"""One process at a time works on a folder of jobs: a lock that falls with its holder, kill -9 or not."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

__all__ = ["hold"]


def hold(folder: Path) -> Callable[[], None]:
    """Hold the folder until the returned function is called. Raises BlockingIOError where another holds it."""
    stream = (folder / ".lock").open("ab")
    try:
        _lock(stream)
    except OSError as fault:
        stream.close()
        raise BlockingIOError(f"{folder} is held by another process") from fault
    return stream.close


def _lock(stream: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
