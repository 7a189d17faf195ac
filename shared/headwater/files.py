"""Files that are there whole or not at all: written beside their place, synced, and renamed into it.

Whoever reads meanwhile, or after a kill, reads the old file or the new one.
"""

import errno
import os
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["no_room", "replacing", "sync", "whole", "write_whole"]

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk, the person's share of it, the greatest file
# SQLite has a word for a full disk, but none for a used-up share of it.
NO_ROOM_OF_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")


def no_room(fault: BaseException) -> bool:
    """Whether a fault of the operating system or of SQLite says that the disk is full."""
    if isinstance(fault, sqlite3.Error):
        return getattr(fault, "sqlite_errorname", None) in NO_ROOM_OF_SQLITE
    return isinstance(fault, OSError) and fault.errno in NO_ROOM


@contextmanager
def replacing(target: Path, *, alone: bool = False, private: bool = False) -> Iterator[Path]:
    """A file to fill, which becomes `target`, on the disk and in one step, when the block ends well; else nothing changes.

    Several may write at once, each has a file of its own and the last one stands; `alone`, where only one ever writes, takes
    the same name again, so that what a kill left is written over. `private` is a file that its owner alone can read.
    The folder is made. Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    mark = "" if alone else f".{uuid.uuid4().hex[:12]}"
    temporary = target.with_name(f".{target.name[:80]}{mark}.part")
    try:
        if alone:
            temporary.unlink(missing_ok=True)
        temporary.touch(0o600 if private else 0o666, exist_ok=False)
        yield temporary
        sync(temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and the rename is on the disk with the file
        sync(target.parent)


@contextmanager
def whole(target: Path, *, alone: bool = False, private: bool = False) -> Iterator[BinaryIO]:
    """A stream whose bytes become `target`, as `replacing` has it."""
    with replacing(target, alone=alone, private=private) as temporary, temporary.open("wb") as stream:
        yield stream


def write_whole(target: Path, pieces: Iterable[bytes], *, alone: bool = False, private: bool = False) -> None:
    """Write a file of these bytes, as `replacing` has it."""
    with whole(target, alone=alone, private=private) as stream:
        stream.writelines(pieces)


def sync(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
