"""One process at a time: a lock on a file beside what it guards, which falls with its holder, kill -9 or not."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["alone", "lock", "unlock"]

if sys.platform == "win32":
    import msvcrt

    def lock(file: IO[bytes], *, wait: bool) -> None:
        """Lock an open file until it is closed. Raises OSError where another holds it and `wait` is False."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

    def unlock(file: IO[bytes]) -> None:
        """Let go at once, also where a child process still has the file."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def lock(file: IO[bytes], *, wait: bool) -> None:
        """Lock an open file until it is closed. Raises OSError where another holds it and `wait` is False."""
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    def unlock(file: IO[bytes]) -> None:
        """Let go at once, also where a child process still has the file."""
        fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def alone(file: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock for the block; the file and its folder are made, and stay: who removed it would part the next two.

    Raises BlockingIOError where another holds it and `wait` is False, and OSError where the file cannot be made.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as stream:
        try:
            lock(stream, wait=wait)
        except OSError as fault:
            raise BlockingIOError(f"{file} is held by another process") from fault
        try:
            yield
        finally:
            unlock(stream)
