"""Files on other machines, by URL (s3://, gs://, az://, sftp://, file:// ...): fetched whole, delivered whole.

A run reads and writes local files alone, so that its journal holds whatever the storage promises; only its first
step fetches and its last one delivers. fsspec knows the storages, each by its own package (s3fs for S3, gcsfs for
Google's), and takes addresses and keys from their usual settings.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headwater.errors import DataError, InputError
from headwater.files import no_room

__all__ = ["check", "download", "is_remote", "upload"]

PIECE = 8 << 20  # bytes; S3 takes parts of 5 MB and more


def is_remote(given: str) -> bool:
    """Whether a name is a URL for fsspec: none of the web, which `headwater.scoring.web` guards, and no table.

    >>> is_remote("s3://news/feed.jsonl"), is_remote("https://example.org/feed"), is_remote("sqlite:///a.db#t")
    (True, False, False)
    """
    return "://" in given and "#" not in given and not given.lower().startswith(("http://", "https://"))


def check(url: str) -> None:
    """Raise InputError where a URL's storage is not known here, before any work is done for it."""
    _opened(url)


def download(url: str, path: Path) -> None:
    """Fetch the file at a URL into a local one. Raises InputError or DataError."""
    system, name = _opened(url)
    with _told(url, "fetched"), system.open(name, "rb") as stream, path.open("wb") as out:
        shutil.copyfileobj(stream, out, PIECE)


def upload(path: Path, url: str) -> None:
    """Put a local file at a URL, as a whole: nothing stands there, or what stood there before, until all bytes came.

    On object storage that is one upload in parts, completed at the end; on files a temporary one that is moved. Raises
    InputError or DataError; then the same run delivers again.
    """
    system, name = _opened(url)
    with _told(url, "written"):
        with system.transaction, path.open("rb") as stream, system.open(name, "wb") as out:
            shutil.copyfileobj(stream, out, PIECE)
        system.invalidate_cache()
        there, sent = system.size(name), path.stat().st_size
    if there != sent:
        raise DataError(f"{url} holds {there} bytes after {sent:,} were sent: run again")


def _opened(url: str) -> tuple[Any, str]:
    """The storage, and the file's name there."""
    import fsspec  # of the extra scale; files of this machine need none

    with _told(url, "opened"):
        system, name = fsspec.core.url_to_fs(url)
        return system, str(name)


@contextmanager
def _told(url: str, what: str) -> Iterator[None]:
    try:
        yield
    except (ImportError, ValueError) as fault:  # no package for the storage; no such storage
        raise InputError(f"{url} cannot be {what}: {fault}") from fault
    except OSError as fault:
        if no_room(fault):
            raise  # the run says what a full disk means
        raise DataError(f"{url} could not be {what}: {fault or type(fault).__name__}") from fault
