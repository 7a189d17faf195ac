"""How long news is kept: vectors as long as their stories can be joined, texts so many days, counts for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from headwater.store import Store
from headwater.store.database import insert_once
from headwater.store.news import EPOCH, NEWS_ITEM, NEWS_MENTION, NEWS_REJECT, NEWS_STORY
from headwater.store.tables import SETTING
from sentiment_monitor.records.arriving import EXPIRED, raise_horizon

__all__ = ["Kept", "expire_daily", "expire_news"]

EMPTIED = [column.name for column in NEWS_ITEM.c if column.nullable and column.name not in ("scored", "published")]
ITEM, STORY = NEWS_ITEM.c, NEWS_STORY.c
ONCE = 5000  # stories a transaction: a worker that settles waits no longer
DUE = "news.expire"  # of the table `setting`: when news is to be expired next
DAILY, AGAIN = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Kept:
    """Days: `vectors` after a story's newest item, as long as the index of stories looks back; `items` and `rejects`."""

    vectors: float = 7
    items: float | None = 730
    rejects: float | None = 90


def expire_news(store: Store, kept: Kept, now: datetime) -> dict[str, int]:
    """Forget what is older than its days; return how many vectors, stories, items and rejects went.

    A story goes whole, so many days after its newest item, with its items, mentions and labels; what was counted stays
    counted, and a moment of those days is shown to the hour. What a feed gives again of those days is a reject
    (`arriving.horizon`); of an item without a date of its own the key stays, in an emptied row.
    """
    gone = {"vectors": _drop_vectors(store, kept.vectors), "stories": 0, "items": 0, "rejects": 0}
    if kept.items is not None:
        before = now - timedelta(days=kept.items)
        with store.write() as connection:
            raise_horizon(connection, before)
        while stories := _old_stories(store, before):
            gone["items"] += _drop_stories(store, stories)
            gone["stories"] += len(stories)
        lone = (ITEM.story.is_(None), ITEM.scored.is_not(None), ITEM.at < before)
        with store.write() as connection:
            gone["items"] += _drop_items(connection, sa.and_(*lone))
    if kept.rejects is not None:
        old = NEWS_REJECT.c.seen < now - timedelta(days=kept.rejects)
        with store.write() as connection:
            gone["rejects"] = connection.execute(NEWS_REJECT.delete().where(old)).rowcount
    return gone


def expire_daily(store: Store, kept: Kept, now: datetime) -> dict[str, int] | None:
    """`expire_news` where the last was a day ago, by whichever process comes first; None where it is not due.

    Who is killed at it, or fails, is followed an hour later by another, which goes on with what is left.
    """
    this = SETTING.c.name == DUE
    with store.write() as connection:
        insert_once(connection, SETTING, {"name": DUE, "value": EPOCH.isoformat()})
        due = connection.execute(sa.select(SETTING.c.value).where(this).with_for_update()).scalar_one()
        if datetime.fromisoformat(due) > now:
            return None
        connection.execute(SETTING.update().where(this).values(value=(now + AGAIN).isoformat()))
    gone = expire_news(store, kept, now)
    with store.write() as connection:
        connection.execute(SETTING.update().where(this).values(value=(now + DAILY).isoformat()))
    return gone


def _drop_vectors(store: Store, days: float) -> int:
    """Of stories that nothing can join any more: so many days before the newest of all, whatever the clock says."""
    with store.write() as connection:
        newest = connection.execute(sa.select(sa.func.max(STORY.latest))).scalar()
        if newest is None:
            return 0
        old = sa.and_(STORY.latest < newest - timedelta(days=days), STORY.vector.is_not(None))
        return connection.execute(NEWS_STORY.update().where(old).values(vector=None)).rowcount


def _old_stories(store: Store, before: datetime) -> list[int]:
    with store.read() as connection:
        return list(connection.scalars(sa.select(STORY.id).where(STORY.latest < before).limit(ONCE)))


def _drop_stories(store: Store, stories: list[int]) -> int:
    with store.write() as connection:
        items = _drop_items(connection, ITEM.story.in_(stories))
        connection.execute(NEWS_STORY.delete().where(STORY.id.in_(stories)))
        return items


def _drop_items(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    """Delete items, or empty those without a date of their own; how many."""
    dated = ITEM.timing.in_(("given", "late"))
    left = sa.and_(which, ~dated, sa.or_(ITEM.skipped.is_(None), ITEM.skipped != EXPIRED))
    gone = connection.execute(NEWS_ITEM.delete().where(which, dated)).rowcount
    connection.execute(NEWS_MENTION.delete().where(NEWS_MENTION.c.item.in_(sa.select(ITEM.id).where(left))))
    empty = dict.fromkeys(EMPTIED, None) | {"title": "", "text": "", "skipped": EXPIRED}
    return gone + connection.execute(NEWS_ITEM.update().where(left).values(empty)).rowcount
