"""CSV, TSV, JSONL and Parquet -> a Document a row, read as a stream by the readers of batch scoring."""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from entity_extractor.documents.given import Given, Refused
from entity_extractor.documents.limits import Limits
from entity_extractor.documents.writing import of_text
from entity_extractor.mentions import Document
from headwater.errors import DataError
from headwater.scoring.parquet import ParquetFile
from headwater.scoring.rows import Reject, Row
from headwater.scoring.textfiles import TextFile, read_csv, read_jsonl

__all__ = ["GUESSES", "columns_of", "read_table"]

GUESSES = ("text", "body", "content", "title")  # what the column of the texts is called, the likeliest first
DELIMITERS = ",;\t|"
PACKED = 100  # times; tables of text pack 3 to 30 times
SMALL = 50_000_000  # bytes that are read in a second, however they were packed


def read_table(
    given: Given, kind: str, limits: Limits, column: str | None = None, id_column: str | None = None
) -> Iterator[Document | Refused]:
    """A Document for each row with a text in `column` (guessed by its name), a Refused for each without.

    The id is what `id_column` holds, else "file.csv:17", the 17th record under the header (JSONL: line 17). An id that
    came before gets that place too. Raises DataError naming the columns where the one that was asked for is not there.
    """
    with given.on_disk(limits) as path:
        try:
            yield from _documents(given.name, path, kind, limits, column, id_column)
        except DataError as fault:  # a reader names the path, which for an upload is nobody's
            why = re.sub(rf"^{re.escape(str(path))}[:,]? ", "", str(fault))
            raise DataError(why.replace(str(path), given.name)) from fault


def _documents(
    name: str, path: Path, kind: str, limits: Limits, column: str | None, id_column: str | None
) -> Iterator[Document | Refused]:
    _check_packed(path)
    names = columns_of(path, kind)
    chosen = _chosen(names, column)
    if id_column is not None and id_column not in names:
        raise DataError(f"expected a column {id_column!r} for the ids, got {_listed(names)}: name one of them")
    seen: set[int] = set()
    for count, row in enumerate(_rows(path, kind, chosen, id_column or "")):
        if count == limits.rows:
            yield Refused(name, f"expected at most {limits.rows:,} rows, got more: {limits.advice}")
            return
        yield _document(name, kind, row, limits, seen)


def _check_packed(path: Path) -> None:
    """Blank lines are no rows, and gzip packs them 1 : 1,000: a file of them would be read for hours."""
    with path.open("rb") as raw:
        if raw.read(2) != b"\x1f\x8b":
            return
        size, most = 0, max(PACKED * path.stat().st_size, SMALL)
        try:
            with gzip.open(path) as stream:
                while piece := stream.read(1 << 20):
                    size += len(piece)
                    if size > most:
                        raise DataError(
                            f"expected a table packed at most {PACKED} times, got one packed more: unpack it"
                        )
        except (OSError, EOFError, zlib.error) as fault:
            raise DataError(
                f"expected a whole gzip file, got a damaged one ({fault}): fetch or write it again"
            ) from fault


def columns_of(path: Path, kind: str) -> list[str]:
    """The names of a table's columns: of its header, its first object, or its schema (strings alone)."""
    if kind == "parquet":
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as fault:
            raise DataError(f"expected Parquet, got what cannot be read as it ({fault}): write it anew") from fault
        return list(schema.names)
    with TextFile(path) as file:
        lines = file.lines()
        first = _first(lines)
    if kind == "csv":
        return max((_cells(first, delimiter) for delimiter in DELIMITERS), key=len)
    try:
        fields = json.loads(first)
    except (ValueError, RecursionError) as fault:
        raise DataError(f"line 1: expected a JSON object a line, got {first[:80]!r}: save the file as JSONL") from fault
    if not isinstance(fields, dict):
        raise DataError(f"line 1: expected a JSON object a line, got a {type(fields).__name__}: save the file as JSONL")
    return list(fields)


def _first(lines: Iterator[str]) -> str:
    """The first line that is not blank."""
    try:
        return next((line for line in (line.strip("\ufeff\r\n ") for line in lines) if line), "")
    except Exception as fault:
        if isinstance(fault, DataError):
            raise
        raise DataError(f"line 1: expected a line of a table, got one that cannot be read ({fault})") from fault


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error as fault:
        raise DataError(f"line 1: expected names of columns, got what is no CSV ({fault}): save it anew") from fault


def _chosen(names: list[str], column: str | None) -> str:
    if column is not None:
        if column not in names:
            raise DataError(f"expected a column {column!r} of texts, got {_listed(names)}: name one of them")
        return column
    lower = {name.lower(): name for name in reversed(names)}
    found = next((lower[guess] for guess in GUESSES if guess in lower), None)
    if found is None:
        raise DataError(
            f"expected a column of texts named {', '.join(GUESSES)}, got {_listed(names)}: say which one holds the texts"
        )
    return found


def _listed(names: list[str]) -> str:
    told = ", ".join(repr(name[:40]) for name in names[:30])
    return f"the columns {told}{' ...' if len(names) > 30 else ''}" if names else "none"


def _rows(path: Path, kind: str, column: str, id_column: str) -> Iterator[Row | Reject]:
    with ExitStack() as stack:
        if kind == "parquet":
            yield from stack.enter_context(ParquetFile(path, column, id_column)).rows()
        else:
            file = stack.enter_context(TextFile(path))
            yield from (read_csv if kind == "csv" else read_jsonl)(file, column, id_column)


def _document(name: str, kind: str, row: Row | Reject, limits: Limits, seen: set[int]) -> Document | Refused:
    place = f"{name}:{row.number}"
    if isinstance(row, Reject):
        return Refused(place, row.reason)
    own = place if row.id is None else f"{row.id} ({place})" if hash(row.id) in seen else row.id
    seen.add(hash(own))
    try:
        return of_text(own, kind, row.text, limits)
    except DataError as fault:
        return Refused(place, str(fault))
