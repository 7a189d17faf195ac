"""The body of a request -> a file, a megabyte at a time: as it is, or as the one file of a form."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread
from fastapi import HTTPException, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

__all__ = ["Received", "receive"]

BLOCK = 1 << 20  # bytes that are held before they are written
SECONDS = 900.0  # in which a file must have come
CLOSE = {"Connection": "close"}
# What the file says of itself -> how scoring reads it; what is not here is told by its first bytes.
KINDS = {
    "application/jsonl": "jsonl", "application/x-jsonlines": "jsonl", "application/x-ndjson": "jsonl", "application/ndjson": "jsonl",
    "text/csv": "csv", "text/tab-separated-values": "csv",
    "application/vnd.apache.parquet": "parquet", "application/x-parquet": "parquet",
}  # fmt: skip
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet"}


@dataclass(frozen=True)
class Received:
    """A file on the disk: its sha256, its bytes, and its format where that was said."""

    digest: str
    size: int
    format: str | None


class _File:
    """A file that is filled in a thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.digest, self.size, self.held = stream, hashlib.sha256(), 0, bytearray()

    def take(self, data: bytes) -> None:
        self.held += data

    async def flush(self, least: int = BLOCK) -> None:
        if len(self.held) >= least:
            data, self.held = bytes(self.held), bytearray()
            await anyio.to_thread.run_sync(self._write, data)

    def _write(self, data: bytes) -> None:
        self.stream.write(data)
        self.digest.update(data)
        self.size += len(data)

    def sync(self) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())


async def receive(request: Request, path: Path) -> Received:
    """Write the body to `path`. Raises HTTPException for a body that is none, a form without a file, or one too slow."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    coding = request.headers.get("content-encoding", "identity")
    if coding not in ("identity", "gzip") or (coding == "gzip" and kind == b"multipart/form-data"):
        raise HTTPException(
            415, f"expected a file as it is, or one in gzip, got the content encoding {coding[:40]!r}", CLOSE
        )
    with path.open("wb") as stream:
        file = _File(stream)
        form = _Form(options.get(b"boundary", b""), file.take) if kind == b"multipart/form-data" else None
        try:
            async with asyncio.timeout(SECONDS):
                async for piece in request.stream():
                    (form.write if form else file.take)(piece)
                    await file.flush()
        except TimeoutError as fault:
            raise HTTPException(408, f"expected the whole file within {SECONDS:.0f} s", CLOSE) from fault
        await file.flush(1)
        told = form.format() if form else KINDS.get(kind.decode("latin-1").lower())
        await anyio.to_thread.run_sync(file.sync)
    if not file.size:
        raise HTTPException(400, "expected a file of JSONL, CSV or Parquet in the body, got nothing")
    return Received(file.digest.hexdigest(), file.size, told)


class _Form:
    """A form of one file: what is in it goes to `take`."""

    def __init__(self, boundary: bytes, take: Callable[[bytes], None]) -> None:
        if not boundary:
            raise HTTPException(400, "expected a boundary in the Content-Type of a form", CLOSE)
        self.files, self.ended = 0, False
        self.headers: dict[bytes, bytes] = {}
        self.name, self.value = bytearray(), bytearray()
        self.about: dict[bytes, bytes] = {}
        try:
            self.parser = MultipartParser(boundary, {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self.name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self.value.extend(data[start:end]),
                "on_header_end": self._header,
                "on_headers_finished": self._known,
                "on_part_data": lambda data, start, end: take(data[start:end]),
                "on_end": self._end,
            })  # fmt: skip
        except FormParserError as fault:
            raise HTTPException(400, "expected a shorter boundary of a form", CLOSE) from fault

    def write(self, piece: bytes) -> None:
        try:
            if piece:
                self.parser.write(piece)
        except FormParserError as fault:
            raise HTTPException(400, "expected a form in multipart/form-data, got a broken one", CLOSE) from fault

    def format(self) -> str | None:
        """What the form says of its file. Raises HTTPException where it was cut off or held none."""
        if not self.ended or not self.files:
            raise HTTPException(
                400, f"expected a whole form with a file, got {'none' if self.ended else 'a part of one'}"
            )
        kind = parse_options_header(self.headers.get(b"content-type", b""))[0].decode("latin-1").lower()
        name = Path(self.about.get(b"filename", b"").decode("utf-8", "replace").lower().removesuffix(".gz"))
        return KINDS.get(kind) or ENDINGS.get(name.suffix)

    def _begin(self) -> None:
        self.headers = {}

    def _header(self) -> None:
        self.headers[bytes(self.name).lower()] = bytes(self.value)
        self.name, self.value = bytearray(), bytearray()

    def _known(self) -> None:
        self.about = parse_options_header(self.headers.get(b"content-disposition", b""))[1]
        self.files += 1
        if b"filename" not in self.about or self.files > 1:
            raise HTTPException(
                422, "expected a form of one file and nothing beside it: the rest goes into the query", CLOSE
            )

    def _end(self) -> None:
        self.ended = True
