"""News in the store, for those who write it: what arrives, what waits for the models, what they made of it."""

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.cleaning import clean_text
from headwater.store.database import insert_once
from headwater.store.news import NEWS_FEED, NEWS_ITEM, NEWS_STORY
from headwater.store.tables import SETTING, utc_now
from sentiment_monitor.news import Arrived, OpenStory, Placed, Rejected, Waiting
from sentiment_monitor.records import lease
from sentiment_monitor.records.arriving import add_items, add_rejects, locked_feed
from sentiment_monitor.records.rows import Feed, Intake
from sentiment_monitor.records.settling import settle

__all__ = ["News"]

CHUNK = 500  # stories a question
PUSHED = ("stream", "events")  # kinds of feeds that nobody fetches
FEED = [NEWS_FEED.c[name] for name in Feed.__dataclass_fields__]
TICK = "news.ticked"
TICKED = sa.select(SETTING.c.value).where(SETTING.c.name == TICK)
WAITS = NEWS_ITEM.c.scored.is_(None)
WAITING = sa.select(*(NEWS_ITEM.c[name] for name in Waiting.__dataclass_fields__)).where(WAITS)


class News:
    """The news of a store; threads and processes may share it. One at a time settles: whoever holds the lease.

    `seconds` is how long the lease holds without a settle; who is killed is waited for so long.
    """

    def __init__(self, store: Store, now: Callable[[], datetime] = utc_now, seconds: float = 60.0) -> None:
        self.store, self.now, self.seconds = store, now, seconds
        self.who = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"

    def feed(self, name: str, kind: str, address: str = "", options: dict[str, Any] | None = None) -> int:
        """Make a feed, or find the one of this name; return its id.

        Another address or other options take the place of those that stand there; with another address what the last
        fetch left (`state`) is forgotten. Raises InputError where the name belongs to a feed of another kind.
        """
        moment, options = self.now(), options or {}
        row = {
            "name": clean_text(name)[:255], "kind": kind, "address": clean_text(address), "options": options, "state": {},
            "paused": False, "due": None if kind in PUSHED else moment, "failures": 0, "created": moment,
        }  # fmt: skip
        with self.store.write() as connection:
            insert_once(connection, NEWS_FEED, row)
            found = connection.execute(sa.select(NEWS_FEED).where(NEWS_FEED.c.name == row["name"])).one()
            if found.kind != kind:
                raise InputError(
                    f"feed {name}: expected kind {found.kind}, which it has, got {kind}: take another name"
                )
            change: dict[str, Any] = {} if found.options == options else {"options": options}
            if found.address != row["address"]:
                change |= {"address": row["address"], "state": {}}
            if change:
                connection.execute(NEWS_FEED.update().where(NEWS_FEED.c.id == found.id).values(**change))
            return int(found.id)

    def feeds(self, due: datetime | None = None) -> list[Feed]:
        """All feeds by name; with `due`, those to be fetched at that moment, longest due first."""
        chosen = sa.select(*FEED)
        if due is None:
            chosen = chosen.order_by(NEWS_FEED.c.name)
        else:
            chosen = chosen.where(~NEWS_FEED.c.paused, NEWS_FEED.c.due <= due).order_by(NEWS_FEED.c.due, NEWS_FEED.c.id)
        with self.store.read() as connection:
            return [Feed(**row._mapping) for row in connection.execute(chosen)]

    def pause(self, feed: int, paused: bool = True) -> None:
        """Stop fetching a feed, or go on with it now."""
        change = {"paused": paused} if paused else {"paused": False, "failures": 0, "due": self._now_if_fetched()}
        with self.store.write() as connection:
            locked_feed(connection, feed)
            connection.execute(NEWS_FEED.update().where(NEWS_FEED.c.id == feed).values(**change))

    def _now_if_fetched(self) -> sa.ColumnElement[Any]:
        moment = sa.literal(self.now(), NEWS_FEED.c.due.type)
        return sa.case((NEWS_FEED.c.kind.in_(PUSHED), None), else_=moment)

    def arrive(
        self,
        feed: int,
        items: Sequence[Arrived],
        rejects: Sequence[Rejected] = (),
        state: dict[str, Any] | None = None,
        due: datetime | None = None,
        failed: str | None = None,
    ) -> Intake:
        """Write what a feed gave, unread, and where the feed stands now, in one transaction.

        An item whose key the feed gave before is left as it is. `state` and `due` stay as they are where None is given;
        `failed` says why the fetch failed, and counts it. Raises InputError for a feed that is not there.
        """
        moment = self.now()
        change: dict[str, Any] = {"tried": moment}
        if state is not None:
            change["state"] = state
        if due is not None:
            change["due"] = due
        with self.store.write() as connection:
            failures = locked_feed(connection, feed)
            intake = add_items(connection, feed, items)
            add_rejects(connection, feed, rejects, moment)
            if failed is None:
                change |= {"succeeded": moment, "failures": 0, "last_error": None}
            else:
                change |= {"failures": failures + 1, "last_error": clean_text(failed)[:2000]}
            connection.execute(NEWS_FEED.update().where(NEWS_FEED.c.id == feed).values(**change))
        return Intake(intake.new, intake.known, intake.rejected + len(rejects))

    def waiting(self, limit: int = 256) -> list[Waiting]:
        """Items that no model has read, in the order in which they were seen."""
        chosen = WAITING.order_by(NEWS_ITEM.c.seen, NEWS_ITEM.c.id).limit(limit)
        with self.store.read() as connection:
            return [Waiting(**row._mapping) for row in connection.execute(chosen)]

    def backlog(self) -> int:
        """How many items wait."""
        with self.store.read() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(NEWS_ITEM).where(WAITS)).scalar_one())

    def take(self) -> bool:
        """Take the worker's lease, or renew it; whether it is new: then the index of stories is to be built anew.

        Raises lease.WorkerBusy.
        """
        with self.store.write() as connection:
            return lease.hold(connection, self.who, self.now(), self.seconds)

    def release(self) -> None:
        """Give the lease back, so that another worker need not wait for its end."""
        with self.store.write() as connection:
            lease.release(connection, self.who)

    def settle(self, batch: Sequence[Placed], bundle: str) -> list[int | None]:
        """Write what the models said of a batch and where it stands, in one transaction; return the story of each.

        `bundle` is the digest of what read it. A story begins where `story` is None or its own place, -(index) - 1; an
        earlier place is the story that begins there. None is returned for what no model read. An item that has been
        scored is left alone. Raises lease.WorkerBusy, and InputError for what the store does not hold.
        """
        with self.store.write() as connection:
            moment = self.now()
            lease.hold(connection, self.who, moment, self.seconds)
            return settle(connection, batch, bundle, moment)

    def open_stories(self, since: datetime) -> Iterator[OpenStory]:
        """Stories that have an item of `since` or later, and their vector still, in the order in which they began."""
        after = 0
        while True:
            with self.store.read() as connection:
                stories = _open_after(connection, since, after)
            yield from stories
            if len(stories) < CHUNK:
                return
            after = stories[-1].id

    def newest(self) -> datetime | None:
        """`at` of the newest item that is in a story; None where there is none."""
        with self.store.read() as connection:
            return connection.execute(sa.select(sa.func.max(NEWS_STORY.c.latest))).scalar()

    def ticked(self) -> datetime | None:
        """The tick that alerts were last evaluated at."""
        with self.store.read() as connection:
            held = connection.execute(TICKED).scalar()
        return None if held is None else datetime.fromisoformat(held)

    def tick(self, moment: datetime) -> None:
        """Remember that alerts were evaluated at a tick."""
        with self.store.write() as connection:
            written = SETTING.update().where(SETTING.c.name == TICK).values(value=moment.isoformat())
            if not connection.execute(written).rowcount:
                insert_once(connection, SETTING, {"name": TICK, "value": moment.isoformat()})


def _open_after(connection: sa.Connection, since: datetime, after: int) -> list[OpenStory]:
    story, item = NEWS_STORY.c, NEWS_ITEM.c
    chosen = (
        sa.select(story.id, story.vector, story.latest)
        .where(story.latest >= since, story.vector.is_not(None), story.id > after)
        .order_by(story.id)
        .limit(CHUNK)
    )
    rows = connection.execute(chosen).all()
    titles: dict[int, list[str]] = {row.id: [] for row in rows}
    texts: dict[int, str] = {}
    first = sa.case((item.relation == "first", item.text))
    members = sa.select(item.story, item.title, first.label("text")).where(item.story.in_(list(titles)))
    for row in connection.execute(members.order_by(item.story, item.relation != "first", item.seen, item.id)):
        titles[row.story].append(row.title)
        texts.setdefault(row.story, row.text or row.title)
    return [
        OpenStory(row.id, texts[row.id], _unpacked(row.vector), row.latest, tuple(titles[row.id]))
        for row in rows
        if row.id in texts
    ]


def _unpacked(vector: bytes) -> np.ndarray:
    return np.frombuffer(vector, np.float16).astype(np.float32)
