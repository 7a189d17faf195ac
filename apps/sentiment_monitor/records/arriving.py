"""What a feed gave -> rows, together with where the feed stands now: nothing is lost between the two, nothing doubled."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from headwater.errors import InputError
from headwater.store.cleaning import clean_text
from headwater.store.news import NEWS_FEED, NEWS_ITEM, NEWS_REJECT
from sentiment_monitor.news import Arrived, Rejected, timing
from sentiment_monitor.records.rows import Intake

__all__ = ["add_items", "add_rejects", "locked_feed"]

CHUNK = 500  # keys a question
RAW = 2000  # characters of what was rejected
ITEMS, FEED_LOCKED = NEWS_ITEM.insert(), sa.select(NEWS_FEED.c.failures).with_for_update()


def locked_feed(connection: sa.Connection, feed: int) -> int:
    """Lock a feed's row, so that of two who write its items the second sees what the first wrote; how often it failed.

    Raises InputError for a feed that is not there.
    """
    failures = connection.execute(FEED_LOCKED.where(NEWS_FEED.c.id == feed)).scalar()
    if failures is None:
        raise InputError(f"expected the id of a feed of this store, got {feed}: make it with News.feed first")
    return int(failures)


def add_items(connection: sa.Connection, feed: int, items: Sequence[Arrived]) -> Intake:
    """Write the items whose keys the feed has not given before; of two with one key the first stands."""
    distinct: dict[str, Arrived] = {}
    for item in items:
        distinct.setdefault(clean_text(item.key)[:64], item)
    known = _known(connection, NEWS_ITEM, feed, distinct)
    rows = [_row(feed, key, item) for key, item in distinct.items() if key not in known]
    if rows:
        connection.execute(ITEMS, rows)
    return Intake(len(rows), len(items) - len(rows), 0)


def _known(connection: sa.Connection, table: sa.Table, feed: int, keys: Iterable[str]) -> set[str]:
    wanted, found = list(keys), set[str]()
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        found.update(connection.scalars(sa.select(table.c.key).where(table.c.feed == feed, table.c.key.in_(part))))
    return found


def _row(feed: int, key: str, item: Arrived) -> dict[str, Any]:
    at, rule = timing(item.published, item.seen)
    original = item.published_original
    return {
        "feed": feed, "key": key, "source": clean_text(item.source)[:255], "url": item.url and clean_text(item.url),
        "title": clean_text(item.title), "text": clean_text(item.text), "published": item.published,
        "published_original": original and clean_text(original), "seen": item.seen, "at": at, "timing": rule,
    }  # fmt: skip


def add_rejects(connection: sa.Connection, feed: int, rejects: Sequence[Rejected], seen: datetime) -> None:
    """Write each once, however often the feed gives it."""
    rows = {
        (key := clean_text(reject.key)[:64]): {
            "feed": feed, "key": key, "seen": seen, "reason": clean_text(reject.reason), "raw": clean_text(reject.raw[:RAW]),
        }
        for reject in rejects
    }  # fmt: skip
    if rows:
        insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[connection.dialect.name]
        connection.execute(insert(NEWS_REJECT).on_conflict_do_nothing(), list(rows.values()))
