"""Outcomes as CSV, a row a conversation, that a spreadsheet shows and does not run."""

import csv
import io
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from headwater import spreadsheet
from support_chatbot.records.outcomes import Counted

__all__ = ["cell", "to_csv"]


def cell(value: Any) -> Any:
    """A value as a cell: a text that could be a formula has an apostrophe before it; numbers stay numbers, rounded."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return round(value, 4) if isinstance(value, float) else spreadsheet.cell(value)


def to_csv(each: Iterable[Counted]) -> bytes:
    """A row a conversation, with a byte order mark, by which spreadsheets know UTF-8."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [field.name for field in fields(Counted)]
    writer.writerow(names)
    writer.writerows([cell(getattr(row, name)) for name in names] for row in each)
    return stream.getvalue().encode("utf-8-sig")
