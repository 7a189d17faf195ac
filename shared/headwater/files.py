"""Files that are there whole or not at all: written beside their place, synced, and renamed into it."""

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["replacing", "sync", "whole", "write_whole"]


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """The name of a file to fill; it becomes `target`, on the disk and in one step, when the block ends well.

    Else what was there stays as it was. Each caller has a name of its own, so that several may write at once: the last one wins.
    The folder is made. Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name[:80]}.{uuid.uuid4().hex[:12]}.part")
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and the rename is on the disk with the file
        sync(target.parent)


@contextmanager
def whole(target: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become `target`, as `replacing` has it."""
    with replacing(target) as temporary, temporary.open("xb") as stream:
        yield stream


def write_whole(target: Path, pieces: Iterable[bytes]) -> None:
    """Write a file of these bytes, as `replacing` has it; a str's bytes are `[text.encode()]`."""
    with whole(target) as stream:
        stream.writelines(pieces)


def sync(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
