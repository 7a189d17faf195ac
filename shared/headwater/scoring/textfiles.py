"""Rows of JSONL and CSV files, read as a stream: any encoding with a mark, gzip, lines of any length."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from headwater.errors import DataError
from headwater.scoring.rows import NOT_UTF8, Reject, Row, make_row

__all__ = ["MAX_LINE", "TextFile", "json_row", "read_csv", "read_jsonl"]

MAX_LINE = 8_000_000  # characters: a text of MAX_TEXT with every character written as \uXXXX, and room beside it
DELIMITERS = ",;\t|"


class TextFile:
    """A text file, perhaps gzipped, whose `share` tells how much of it was read (0 to 1).

    UTF-16 and UTF-32 are recognised by their mark or by the NULs of their first characters; everything else is
    read as UTF-8, and a byte that is not is carried as a lone surrogate (PEP 383), so that only its row is lost.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.size = path, max(path.stat().st_size, 1)
        self.raw = path.open("rb")
        packed = self.raw.read(2) == b"\x1f\x8b"
        self.raw.seek(0)
        stream = io.BufferedReader(gzip.GzipFile(fileobj=self.raw)) if packed else self.raw  # type: ignore[type-var]
        try:
            encoding = json.detect_encoding(stream.peek(4)[:4])
        except (OSError, EOFError, zlib.error) as fault:
            raise DataError(f"{path}: the gzip stream is damaged ({fault}): fetch or write the file again") from fault
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        # Universal newlines would cut a JSON line or a cell at a lone carriage return.
        self.stream = io.TextIOWrapper(stream, encoding, errors, newline="\n")

    def share(self) -> float:
        return min(self.raw.tell() / self.size, 1.0)

    def __enter__(self) -> "TextFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self.raw.close()

    def lines(self) -> "_Lines":
        return _Lines(self)


class _TooLongError(Exception):
    """A line over the limit; its argument is the line's beginning."""


class _Lines(Iterator[str]):
    """Lines with their newline. One over the limit is skipped without being held, and raises _TooLongError."""

    def __init__(self, file: TextFile) -> None:
        self.stream: TextIO = file.stream
        self.path, self.number = file.path, 0

    def __next__(self) -> str:
        line = self._read()
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) <= MAX_LINE:
            return line
        piece = line
        while piece and not piece.endswith("\n"):
            piece = self._read()
        raise _TooLongError(line[:1000])

    def _read(self) -> str:
        try:
            return self.stream.readline(MAX_LINE + 1)
        except (OSError, EOFError, zlib.error) as fault:
            raise DataError(f"{self.path}: cannot be read after line {self.number}: {fault}") from fault


def read_jsonl(file: TextFile, text_column: str = "text", id_column: str = "id") -> Iterator[Row | Reject]:
    """One item for each line that is not blank; `number` is the line's."""
    lines = file.lines()
    while True:
        try:
            line = next(lines).strip("\ufeff \t\r\n")
        except StopIteration:
            return
        except _TooLongError as fault:
            yield Reject.of(lines.number, f"the line is longer than {MAX_LINE:,} characters", fault.args[0])
            continue
        if line:
            yield json_row(lines.number, line, text_column, id_column)


def json_row(number: int, line: str, text_column: str = "text", id_column: str = "id") -> Row | Reject:
    """The row of one line; bytes that are no UTF-8 are in it as `surrogateescape` leaves them."""
    if bad := NOT_UTF8.search(line):
        return Reject.of(number, f"not UTF-8: byte 0x{ord(bad[0]) - 0xDC00:02x} at character {bad.start()}", line)
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as fault:
        return Reject.of(number, f"not JSON: {fault}", line)
    if not isinstance(fields, dict):
        return Reject.of(number, f"expected a JSON object, got {type(fields).__name__}", line)
    return _escaped(number, fields, text_column, id_column)


def _escaped(number: int, fields: dict, text_column: str, id_column: str) -> Row | Reject:
    r"""A surrogate that JSON itself wrote (\udc80) is not an undecodable byte: the mark goes before the check."""
    text = fields.get(text_column)
    if isinstance(text, str):
        fields = {**fields, text_column: NOT_UTF8.sub("\ufffd", text)}
    return make_row(number, fields, text_column, id_column)


def read_csv(file: TextFile, text_column: str = "text", id_column: str = "id") -> Iterator[Row | Reject]:
    """One item for each record under the header; `number` counts records from 1.

    The delimiter is the first of comma, semicolon, tab and bar under which the header holds the text column.
    Raises DataError where none does.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
    lines = file.lines()
    header, delimiter = _header(file.path, lines, text_column)
    # Strict: a stray quote is an error of its record, not a cell that swallows the records after it.
    records, number = csv.reader(lines, delimiter=delimiter, strict=True), 0
    while True:
        first = lines.number + 1
        try:
            cells = next(records)
        except StopIteration:
            return
        except (_TooLongError, csv.Error) as fault:
            number += 1
            reason = "a line is too long" if isinstance(fault, _TooLongError) else str(fault)
            yield Reject.of(number, f"lines {first} to {lines.number}: {reason}", "")
            continue
        if cells:
            number += 1
            yield _csv_row(number, header, cells, first, (text_column, id_column))


def _csv_row(number: int, header: list[str], cells: list[str], line: int, columns: tuple[str, str]) -> Row | Reject:
    if len(cells) != len(header):
        reason = f"line {line}: expected {len(header)} cells, got {len(cells)}"
        return Reject.of(number, reason, " | ".join(cells))
    return make_row(number, dict(zip(header, cells, strict=True)), *columns)


def _header(path: Path, lines: _Lines, text_column: str) -> tuple[list[str], str]:
    try:
        line = next(lines, "").lstrip("\ufeff")
    except _TooLongError:
        line = ""
    for delimiter in DELIMITERS:
        header = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        if header.count(text_column) == 1:
            return header, delimiter
    raise DataError(
        f"{path}, line 1: expected a header with one column {text_column!r}, got {line[:200].strip()!r}: "
        "name the column of the texts with --text-column"
    )
