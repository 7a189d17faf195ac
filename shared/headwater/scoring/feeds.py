"""Rows of RSS and Atom feeds: plain text out of HTML, dates in UTC, only links that are safe to click."""

import calendar
import io
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.sax import SAXException

import feedparser

from headwater.errors import DataError
from headwater.scoring.rows import Reject, Row, make_row

__all__ = ["MAX_FEED", "plain_text", "read_feed"]

MAX_FEED = 32_000_000  # bytes: a feed is parsed as a whole, at some ten times its size in memory
DECLARED = re.compile(rb"<\?xml[^>]*\bencoding\b|\A(\xff\xfe|\xfe\xff|<\x00|\x00<)")
BELIED = re.compile(
    rb"""(<\?xml[^>]{0,80}?)(\s+encoding=["'](?:utf-?16|utf-?32|ucs-?[24])[a-z-]*["'])([^>]*>)""", re.IGNORECASE
)
REFERENCE = re.compile(rb"&#([xX][0-9a-fA-F]+|[0-9]+);?")
SILENT = {"script", "style", "template", "noscript"}
BLOCKS = {"p", "br", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}


def read_feed(
    content: bytes, where: str | Path = "feed", text_column: str = "text", charset: str | None = None
) -> Iterator[Row | Reject]:
    """One item for each entry of a feed given as bytes; `number` counts from 1.

    The text is the title with the summary under it, or one of them where `text_column` is "title" or "summary". Where
    `where` is a URL, links are relative to it; `charset` is what the server says, for a feed that names none itself.
    A feed that is not well-formed gives its readable entries and, last, one Reject that says so. Raises DataError
    where it is no feed at all.
    """
    if len(content) > MAX_FEED:
        raise DataError(f"{where}: the feed has {len(content):,} bytes; at most {MAX_FEED:,} are read")
    if text_column not in ("text", "title", "summary"):
        raise DataError(f"{where}: a feed has the text columns text, title and summary, not {text_column!r}")
    feed = _parsed(content, where, charset)
    if not feed.get("version") and not feed.entries:
        raise DataError(f"{where}: expected an RSS or Atom feed, got {content[:60]!r}")
    publisher = plain_text(feed.feed.get("title", ""))
    number = 0
    for number, entry in enumerate(feed.entries, 1):
        try:
            yield make_row(number, _fields(entry, publisher, text_column, str(where)))
        except (
            AttributeError,
            TypeError,
            ValueError,
            AssertionError,
            RecursionError,
        ) as fault:  # shapes that no feed has
            yield Reject.of(number, f"the entry cannot be read: {type(fault).__name__}: {fault}", str(entry)[:500])
    torn = feed.get("bozo_exception")
    if isinstance(torn, SAXException):
        yield Reject.of(number + 1, f"the feed is not well-formed, entries may be missing: {torn}", "")


def _parsed(content: bytes, where: str | Path, charset: str | None) -> Any:
    content, headers = _sane(content), {}
    if charset and not DECLARED.search(content[:200]):
        headers["content-type"] = f"application/xml; charset={charset}"
    try:
        return feedparser.parse(io.BytesIO(content), response_headers=headers)
    except Exception:  # noqa: BLE001 - a parser of anything meets anything; mostly references to what is no character
        content = REFERENCE.sub(lambda found: found[0] if _legal(found[1]) else b"&#xFFFD;", content)
    try:
        return feedparser.parse(io.BytesIO(content), response_headers=headers)
    except Exception as fault:
        raise DataError(f"{where}: the feed cannot be parsed: {type(fault).__name__}: {fault}") from fault


def _sane(content: bytes) -> bytes:
    """UTF-16 without its mark as UTF-8, and without a declaration that the bytes belie."""
    for mark, encoding in ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")):
        if content.startswith(mark):
            content = content.decode(encoding, "replace").encode()
    return BELIED.sub(rb"\1\3", content, count=1) if content.startswith(b"<?xml") else content


def _legal(number: bytes) -> bool:
    value = int(number[1:], 16) if number[:1] in b"xX" else int(number[:20])
    return value < 0xD800 or 0xDFFF < value < 0x110000


def _fields(entry: Any, publisher: str, text_column: str, where: str) -> dict[str, Any]:
    title = plain_text(entry.get("title", ""))
    body = entry.get("summary") or next((part.get("value", "") for part in entry.get("content", ())), "")
    summary = plain_text(body)
    # Many feeds begin the summary with the title, or repeat it whole.
    both = summary if summary.startswith(title) else f"{title}\n{summary}".strip()
    # Past feedparser's own get, which answers for one date with another.
    dates = [dict.get(entry, name) for name in ("published_parsed", "updated_parsed", "published", "updated")]
    return {
        "title": title,
        "text": {"text": both, "title": title, "summary": summary}[text_column],
        "id": entry.get("id") or entry.get("link"),
        "published": _moment(dates[0]) or _moment(dates[1]) or dates[2] or dates[3],
        "source": plain_text(entry.get("source", {}).get("title", "")) or publisher,
        "url": _link(entry, where),
    }


def _link(entry: Any, where: str) -> str | None:
    """Relative to the feed's URL by hand: the parser, told of it, would make URLs of ids, other ones once a feed moves."""
    link = entry.get("link")
    if not link or link == entry.get("id") or not where.startswith(("http://", "https://")):
        return link
    try:
        return urljoin(where, link)
    except ValueError:  # half an IPv6 address
        return link


def _moment(parsed: time.struct_time | None) -> datetime | None:
    """Read the UTC struct_time that feedparser gives; impossible ones (year 0) count as unreadable."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.silent += tag in SILENT
        if tag in BLOCKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT and self.silent > 0
        if tag in BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def plain_text(markup: str) -> str:
    """The words of a piece of HTML, white space run together.

    >>> plain_text("<p>Shares <b>fell</b> 3&nbsp;%</p><script>x()</script>")
    'Shares fell 3 %'
    """
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return " ".join("".join(parser.parts).split())
