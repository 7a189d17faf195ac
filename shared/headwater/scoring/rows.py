"""A record of any input -> a row that can be scored, or a reject that says why not."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headwater.scoring.dates import to_utc
from headwater.text import clean

__all__ = ["MAX_TEXT", "Reject", "Row", "as_text", "make_row", "safe_link"]

MAX_TEXT = 1_000_000  # characters; some 1,000 windows of a model, the work of a second or more for one text
EXCERPT = 500  # characters of a bad record that are kept beside the reason
NOT_UTF8 = re.compile("[\udc80-\udcff]")  # how `surrogateescape` carries a byte that could not be decoded
LINK = re.compile(r"https?://[^\s\x00-\x20\x7f]+", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One text to score. `number` counts from 1 in the input: lines of JSONL, records of CSV, Parquet and feeds.

    `published` is ISO 8601 in UTC; a date that cannot be read stands in `published_original` as it came. `title` is
    for who shows it; what is scored is the text.
    """

    number: int
    text: str
    id: str | None = None
    published: str | None = None
    published_original: str | None = None
    source: str | None = None
    url: str | None = None
    title: str | None = None

    def size(self) -> int:
        """Characters in all fields."""
        return sum(len(value) for value in (self.text, self.id, self.source, self.url, self.title) if value)


@dataclass(frozen=True)
class Reject:
    """A record that was not scored, the reason in one sentence, and the beginning of what came."""

    number: int
    reason: str
    id: str | None = None
    raw: str = ""

    @classmethod
    def of(cls, number: int, reason: str, raw: str, name: str | None = None) -> "Reject":
        return cls(number, reason, name, legible(raw[:EXCERPT]))

    def size(self) -> int:
        return len(self.raw)


def legible(text: str) -> str:
    """Text that every output can hold: NUL and lone surrogates become U+FFFD; the length stays, so offsets hold."""
    return clean(text).replace("\0", "\ufffd")


def safe_link(value: Any) -> str | None:
    """The link if it is http or https and holds no blanks or control signs; anything else (`javascript:`) is dropped.

    >>> safe_link(" https://example.org/a "), safe_link("javascript:alert(1)")
    ('https://example.org/a', None)
    """
    link = value.strip() if isinstance(value, str) else ""
    return legible(link) if LINK.fullmatch(link) else None


def make_row(number: int, fields: Mapping[str, Any], text_column: str = "text", id_column: str = "id") -> Row | Reject:
    """Check and tidy one record. Strings may carry undecodable bytes as `surrogateescape` leaves them."""
    text, name = fields.get(text_column), _plain(fields.get(id_column))
    if not isinstance(text, str):
        found = "none" if text is None else type(text).__name__
        return Reject.of(number, f"expected a text in {text_column!r}, got {found}", as_text(fields), name)
    if fault := _fault(text):
        return Reject.of(number, fault, text, name)
    published = fields.get("published")
    moment = to_utc(published)
    return Row(
        number,
        legible(text),
        id=name,
        published=moment,
        published_original=None if moment else _plain(published),
        source=_plain(fields.get("source")),
        url=safe_link(fields.get("url")),
        title=_plain(fields.get("title")),
    )


def _fault(text: str) -> str | None:
    if len(text) > MAX_TEXT:
        return f"the text has {len(text):,} characters; at most {MAX_TEXT:,} are scored"
    if bad := NOT_UTF8.search(text):
        return f"the text is not UTF-8: byte 0x{ord(bad[0]) - 0xDC00:02x} at character {bad.start()}"
    # NUL and the byte order mark are no blanks to Python, and a text of nothing else says nothing.
    return None if text.replace("\0", " ").replace("\ufeff", " ").strip() else "the text is empty"


def _plain(value: Any) -> str | None:
    """A field beside the text as a string, None where there is nothing in it."""
    if value is None or value == "":
        return None
    return legible(value if isinstance(value, str) else as_text(value))


def as_text(value: Any) -> str:
    """A value of JSON as it may be kept; one of a thousand levels only by its kind, since it cannot be written again."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return f"<{type(value).__name__} of too many levels>"
