"""Outcomes as CSV, a row a conversation, that a spreadsheet shows and does not run."""

import csv
import io
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from support_chatbot.records.outcomes import Counted

__all__ = ["cell", "to_csv"]

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV injection"), in full width too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> Any:
    """A value as a cell: a text that could be a formula has an apostrophe before it; numbers stay numbers.

    >>> cell("=1+1"), cell(-1.5), cell(" =1+1")
    ("'=1+1", -1.5, "' =1+1")
    """
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str) and value.lstrip(" \u00a0\u3000").startswith(FORMULA):
        return f"'{value}"
    return round(value, 4) if isinstance(value, float) else value


def to_csv(each: Iterable[Counted]) -> bytes:
    """A row a conversation, with a byte order mark, by which spreadsheets know UTF-8."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [field.name for field in fields(Counted)]
    writer.writerow(names)
    writer.writerows([cell(getattr(row, name)) for name in names] for row in each)
    return stream.getvalue().encode("utf-8-sig")
