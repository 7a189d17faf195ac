"""What is scored: a file of some format, with its digest, its rows and how far they were read."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from headwater.bundle import file_digest
from headwater.errors import DataError, InputError, ScoringError
from headwater.scoring.feeds import MAX_FEED, read_feed
from headwater.scoring.parquet import ParquetFile
from headwater.scoring.remote import download, is_remote
from headwater.scoring.rows import Reject, Row
from headwater.scoring.textfiles import TextFile, read_csv, read_jsonl
from headwater.scoring.web import fetch

__all__ = ["FORMATS", "Source", "open_source"]

FORMATS = ("csv", "feed", "jsonl", "parquet")
SUFFIXES = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".xml": "feed", ".rss": "feed", ".atom": "feed",
}  # fmt: skip


class Source:
    """An input file as it stood when the run began.

    `digest` is the sha256 of its bytes: a gigabyte costs a second, the scoring of its texts hours. `share()` is
    how much of it was read, 0 to 1.
    """

    def __init__(self, path: Path, input_format: str, text_column: str = "text") -> None:
        if not path.is_file():
            raise InputError(f"{path}: expected a file or an http(s) URL, found neither")
        self.path, self.format, self.text_column = path, input_format, text_column
        self._stamp = self._look()
        self.digest = file_digest(path)
        self.share: Callable[[], float] = float  # 0.0 until rows are read

    def _look(self) -> tuple[int, int, int]:
        state = self.path.stat()
        return state.st_size, state.st_mtime_ns, state.st_ino

    def check_unchanged(self) -> None:
        """Raise ScoringError where the file is no longer what it was when the run began."""
        try:
            now = self._look()
        except OSError as fault:
            raise ScoringError(
                f"{self.path} went away while it was scored ({fault}): put it back and run again"
            ) from fault
        if now != self._stamp:
            raise ScoringError(
                f"{self.path} changed while it was scored ({self._stamp[0]:,} bytes at the start, {now[0]:,} now): "
                "score a copy of a file that is still written to, with --restart"
            )

    def rows(self) -> Iterator[Row | Reject]:
        """Every record of the input in order. Raises DataError where the file itself cannot be read."""
        if self.format == "parquet":
            with ParquetFile(self.path, self.text_column) as file:
                self.share = file.share
                yield from file.rows()
        elif self.format == "feed":
            yield from read_feed(_feed_bytes(self.path), self.path, self.text_column)
        else:
            with TextFile(self.path) as file:
                self.share = file.share
                yield from (read_csv if self.format == "csv" else read_jsonl)(file, self.text_column)
        self.share = lambda: 1.0


def open_source(given: str, work: Path, input_format: str | None = None, text_column: str = "text") -> Source:
    """Open a file or fetch a URL (http, or s3 and whatever fsspec opens).

    What was fetched stays in `work`, so that a resumed run scores the same feed.
    """
    if input_format is not None and input_format not in FORMATS:
        raise InputError(f"expected an input format of {', '.join(FORMATS)}, got {input_format!r}")
    path = Path(given)
    if "://" in given:
        path = work / f"input-{hashlib.sha256(given.encode()).hexdigest()[:16]}"
        if not path.exists():
            temporary = path.with_suffix(".tmp")
            if is_remote(given):
                download(given, temporary)
            else:
                temporary.write_bytes(fetch(given))
            temporary.replace(path)
    if not path.is_file():
        raise InputError(f"{given}: expected a file or a URL, found neither")
    return Source(path, input_format or _format(given, path), text_column)


def _format(given: str, path: Path) -> str:
    """By the name's ending, else by the first bytes."""
    name = given.partition("?")[0].lower().removesuffix(".gz")
    if found := SUFFIXES.get(Path(name).suffix):
        return found
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith(b"\x1f\x8b"):
        with closing(gzip.open(path)) as stream:
            head = _quietly(lambda: stream.read(512))
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
    for mark, found in ((b"PAR1", "parquet"), (b"<", "feed"), (b"{", "jsonl")):
        if start.startswith(mark):
            return found
    raise InputError(
        f"{given}: the format cannot be told from its name or beginning: give --format, one of {', '.join(FORMATS)}"
    )


def _quietly(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except (OSError, EOFError, zlib.error):
        return b""  # the reader of the format will say what is wrong


def _feed_bytes(path: Path) -> bytes:
    """At most one byte more than a feed may have: the reader refuses it, and memory holds."""
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            return stream.read(MAX_FEED + 1)
    except (OSError, EOFError, zlib.error) as fault:
        raise DataError(f"{path}: cannot be read: {fault}") from fault
