"""What a feed gave -> rows, together with where the feed stands now: nothing is lost between the two, nothing doubled."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from headwater.errors import InputError
from headwater.store.cleaning import clean_text
from headwater.store.database import insert_once
from headwater.store.news import EPOCH, NEWS_FEED, NEWS_ITEM, NEWS_REJECT
from headwater.store.tables import SETTING
from sentiment_monitor.news import Arrived, Rejected, timing
from sentiment_monitor.records.rows import Intake

__all__ = ["EXPIRED", "add_items", "add_rejects", "horizon", "locked_feed", "raise_horizon"]

EXPIRED = "expired"  # why no model reads a row that only keeps its key
HORIZON = "news.horizon"
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
    """Write the items whose keys the feed has not given before; of two with one key the first stands.

    What is older than what is kept has been counted and forgotten, or comes too late to be kept: it is a reject.
    """
    distinct: dict[str, Arrived] = {}
    for item in items:
        distinct.setdefault(clean_text(item.key)[:64], item)
    known = _known(connection, NEWS_ITEM, feed, distinct)
    rows = [_row(feed, key, item) for key, item in distinct.items() if key not in known]
    begins = horizon(connection)
    old = [] if begins is None else [row for row in rows if row["at"] < begins]
    if old:
        why = f"published before {begins:%Y-%m-%d}, where what this store keeps begins"
        add_rejects(
            connection, feed, [Rejected(row["key"], why, row["title"]) for row in old], max(row["seen"] for row in old)
        )
        rows = [row for row in rows if row["at"] >= begins]
    if rows:
        connection.execute(ITEMS, rows)
    return Intake(len(rows), len(items) - len(rows) - len(old), len(old))


def horizon(connection: sa.Connection) -> datetime | None:
    """The moment before which items have expired; None where none have."""
    held = connection.execute(sa.select(SETTING.c.value).where(SETTING.c.name == HORIZON)).scalar()
    return None if held is None else datetime.fromisoformat(held)


def raise_horizon(connection: sa.Connection, before: datetime) -> None:
    """Items before this moment expire; it never goes back, whatever is kept from now on."""
    insert_once(connection, SETTING, {"name": HORIZON, "value": EPOCH.isoformat()})
    held = horizon(connection) or EPOCH
    this = SETTING.update().where(SETTING.c.name == HORIZON)
    connection.execute(this.values(value=max(held, before.astimezone(UTC)).isoformat()))


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
