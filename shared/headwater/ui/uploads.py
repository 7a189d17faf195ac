"""An uploaded file as a file on disk, which is what the readers of the core take."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

__all__ = ["Upload", "on_disk"]


class Upload(Protocol):
    """What Streamlit hands over: a name, and the bytes in memory."""

    name: str

    def getvalue(self) -> bytes: ...


@contextmanager
def on_disk(upload: Upload) -> Iterator[Path]:
    """The upload in a folder of its own, which goes away afterwards.

    Only the ending of its name is kept: the rest comes from outside and names no path here.
    """
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        path = Path(folder) / f"upload{Path(upload.name).suffix.lower()}"
        path.write_bytes(upload.getvalue())
        yield path
