"""A fetched document -> items and rejects: RSS, Atom and JSON Feed, told apart by how they begin."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from headwater.scoring.feeds import read_feed
from sentiment_monitor.intake.items import Batch, gather, told_apart
from sentiment_monitor.intake.jsonfeed import read_json_feed

__all__ = ["read_document"]

BLANK = b"\xef\xbb\xbf \t\r\n"


def read_document(
    content: bytes, where: str, seen: datetime, source: str | None = None, charset: str | None = None
) -> Batch:
    """What a feed at the URL `where` says; `source` is the name of all its items, else each entry's, the feed's or the
    host's. Raises DataError where it is no feed.
    """
    if content[:100].lstrip(BLANK).startswith(b"{"):
        rows = read_json_feed(content, where)
    else:
        rows = read_feed(content, where, charset=charset)
    batch = told_apart(gather(rows, seen, urlsplit(where).hostname or where))
    if source is None:
        return batch
    return Batch([replace(item, source=source[:255]) for item in batch.items], batch.rejects)
