"""One process at a time works on a folder of jobs: a lock that falls with its holder, kill -9 or not."""

from collections.abc import Callable
from pathlib import Path

from headwater.locks import lock

__all__ = ["hold"]


def hold(folder: Path) -> Callable[[], None]:
    """Hold the folder until the returned function is called. Raises BlockingIOError where another holds it."""
    stream = (folder / ".lock").open("ab")
    try:
        lock(stream, wait=False)
    except OSError as fault:
        stream.close()
        raise BlockingIOError(f"{folder} is held by another process") from fault
    return stream.close
