"""The rows of JSON files, one at a time: an object a line, or the items of one long array."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entity_extractor.formats.whole_file import reading
from headwater.errors import DataError

__all__ = ["json_items", "json_lines", "text_in"]

CHUNK = 1 << 20  # characters
BETWEEN = re.compile(r"[ \t\r\n,]*")


def json_lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file:line, object) of each line that is not blank. Raises DataError with line and column."""
    with reading(file) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as fault:
                raise DataError(
                    f"{file}:{number}:{fault.colno}: expected one JSON object a line: {fault.msg}"
                ) from fault
            except RecursionError as fault:
                raise DataError(
                    f"{file}:{number}: expected JSON that a reader can hold, got too many levels"
                ) from fault
            if not isinstance(row, dict):
                raise DataError(f"{file}:{number}:1: expected a JSON object, got {type(row).__name__}")
            yield f"{file}:{number}", row


def json_items(file: Path) -> Iterator[tuple[str, Any]]:
    """(file: item n, value) of each item of the array in a file, or of the one object that it is.

    Only one item is held at a time, whatever the file's size. Raises DataError naming the item that is no JSON.
    """
    decoder, at, number, opened = json.JSONDecoder(), 0, 1, False
    with reading(file) as stream:
        buffer = stream.read(CHUNK)
        while True:
            at = BETWEEN.match(buffer, at).end()  # type: ignore[union-attr]
            if not opened and buffer[at : at + 1] == "[":
                opened, at = True, at + 1
                continue
            if opened and buffer[at : at + 1] == "]":
                return
            try:
                value, at = decoder.raw_decode(buffer, at)
            except (json.JSONDecodeError, RecursionError) as fault:
                more = stream.read(max(CHUNK, len(buffer) - at))  # twice as much each time: never the square
                if not more:
                    raise DataError(f"{file}: item {number}: expected JSON that goes on to its end: {fault}") from fault
                buffer, at = buffer[at:] + more, 0
                continue
            yield f"{file}: item {number}", value
            number += 1
            if not opened:
                return


def text_in(row: Any, key: str, where: str) -> str:
    """A row's text. Raises DataError that begins with `where`."""
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, str):
        keys = ", ".join(map(str, row)) if isinstance(row, dict) else type(row).__name__
        raise DataError(f"{where}: expected a text under {key!r}, got {keys or 'nothing'}")
    return value
