"""A file that is there whole or not at all, and streams that may be gzipped."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from headwater.errors import DataError, InputError
from headwater.files import whole

__all__ = ["reading", "writing"]


@contextmanager
def writing(target: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become `target` when the block ends well; else what was there stays as it was.

    Raises InputError where the place cannot be written to.
    """
    try:
        with whole(target) as stream:
            yield stream
    except OSError as fault:
        raise InputError(f"{target}: cannot be written ({fault.strerror}): name another file") from fault


@contextmanager
def reading(file: Path) -> Iterator[io.TextIOBase]:
    """The text of a file in UTF-8, plain or gzipped, its line ends as they are. Raises DataError where it is not that."""
    try:
        with file.open("rb") as plain:
            zipped = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            raw = gzip.GzipFile(fileobj=plain) if zipped else plain
            with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as stream:  # type: ignore[type-var]
                yield stream
    except UnicodeDecodeError as fault:
        wrong = fault.object[fault.start]
        raise DataError(f"{file}: expected UTF-8, got the byte 0x{wrong:02x}: save it as UTF-8") from fault
    except (EOFError, OSError, zlib.error) as fault:
        raise DataError(f"{file}: expected a file that can be read whole ({fault}): copy it again") from fault
