"""A file as it was given: on disk, or as bytes of an upload, an attachment or an answer of the web."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from entity_extractor.documents.limits import Limits

__all__ = ["Given", "Refused"]


@dataclass(frozen=True)
class Refused:
    """A file, row or address that was not read, and why, in a sentence that says what to do."""

    name: str
    why: str


@dataclass(frozen=True)
class Given:
    """`name` becomes the document's id; `content_type` is what a server or a mail says of it, "" for nothing."""

    name: str
    content: bytes | Path
    content_type: str = ""

    def stream(self) -> BinaryIO:
        return self.content.open("rb") if isinstance(self.content, Path) else io.BytesIO(self.content)

    def head(self, count: int = 4096) -> bytes:
        with self.stream() as stream:
            return stream.read(count)

    def size(self) -> int:
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)

    def whole(self, limits: Limits) -> bytes:
        """Every byte. Raises DataError for more than `limits.size`."""
        limits.check("bytes", self.size(), limits.size)
        return self.content.read_bytes() if isinstance(self.content, Path) else self.content

    @contextmanager
    def on_disk(self, limits: Limits) -> Iterator[Path]:
        """Its path; bytes lie in a folder of their own meanwhile, under no name that came from outside.

        Raises DataError for more bytes than `limits.size`; a file on disk may have any size.
        """
        if isinstance(self.content, Path):
            yield self.content
            return
        limits.check("bytes", len(self.content), limits.size)
        with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
            path = Path(folder) / "given"
            path.write_bytes(self.content)
            yield path
