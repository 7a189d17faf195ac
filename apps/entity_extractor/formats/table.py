"""CSV: a row a mention, that a spreadsheet shows and does not run."""

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from entity_extractor.formats.options import Writing
from entity_extractor.mentions import Annotated
from headwater import spreadsheet

__all__ = ["COLUMNS", "cell", "write_csv"]

COLUMNS = ("document", "start", "end", "label", "text", "probability", "source", "value", "link")


def cell(value: object) -> object:
    """A value as a cell: a text that could be a formula has an apostrophe before it; numbers stay numbers, rounded."""
    return round(value, 4) if isinstance(value, float) else spreadsheet.cell(value)


def write_csv(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing) -> None:
    """Write a row a mention, with a byte order mark, by which spreadsheets know UTF-8."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    try:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        for one in annotated:
            for m in one.mentions:
                rows.writerow(map(cell, (one.id, *(getattr(m, column) for column in COLUMNS[1:]))))
    finally:
        text.detach()  # the stream is the caller's to close
