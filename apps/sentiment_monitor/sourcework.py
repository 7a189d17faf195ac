"""The health of what the news come from: each feed, the worker that reads, what waits; and a file that is taken in."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import sqlalchemy as sa

from headwater.scoring.source import open_source
from headwater.store import Store
from headwater.store.tables import SETTING
from sentiment_monitor.intake.feedlist import wanted_folder, wanted_url
from sentiment_monitor.intake.items import Batch, batches
from sentiment_monitor.intake.register import declare
from sentiment_monitor.records import FeedHealth, Intake, News

__all__ = ["STATES", "Worker", "add_feed", "read_waiting", "state_of", "take_file", "worker", "worst"]

STATES = ("failing", "overdue", "new", "paused", "well")  # the worst first
OVERDUE = timedelta(minutes=15)  # after it was due; no watch runs then, or it cannot keep up
LEASE = "news.worker"


@dataclass(frozen=True)
class Worker:
    """Who reads: `active` while its lease holds; `ticked` is when alerts were last evaluated, `waiting` how many items wait."""

    active: bool
    who: str
    ticked: datetime | None
    waiting: int


class Pipeline(Protocol):
    """What reads, places and settles what waits."""

    def run_waiting(self, report: Callable[[int], None]) -> int: ...


def state_of(health: FeedHealth, now: datetime) -> str:
    """One of STATES; "new" is a feed that nobody has looked at yet."""
    feed = health.feed
    if feed.paused:
        return "paused"
    if feed.failures:
        return "failing"
    if feed.due is not None and now - feed.due > OVERDUE:
        return "overdue"
    return "new" if feed.due is not None and feed.tried is None else "well"


def worker(store: Store, now: datetime) -> Worker:
    """How the reading stands."""
    news = News(store)
    with store.read() as connection:
        held = connection.execute(sa.select(SETTING.c.value).where(SETTING.c.name == LEASE)).scalar()
    lease = json.loads(held) if held else {}
    active = bool(lease) and datetime.fromisoformat(lease["until"]) > now
    return Worker(active, str(lease.get("who", "")), news.ticked(), news.backlog())


def add_feed(store: Store, name: str, address: str, every: str = "") -> None:
    """Add a feed by URL or folder, or change the one of this name. Raises InputError saying what is wrong with it."""
    asked = every.strip() or None
    wanted = (
        wanted_url(name, address.strip(), every=asked)
        if "://" in address
        else wanted_folder(name, Path(address.strip()), every=asked)
    )
    declare(News(store), [wanted])


def take_file(store: Store, path: Path, name: str) -> Intake:
    """Write the items of a file, unread, under the feed of this name, all of them or none; what came before is known.

    An upload is small (20 MB): some seconds' write at most. What is larger goes by `sentiment-monitor ingest`, part by
    part. Raises InputError, DataError; then nothing was written.
    """
    news, found = News(store), Batch()
    with TemporaryDirectory(prefix="headwater-") as work:
        for batch in batches(open_source(str(path), Path(work)).rows(), news.now, name):
            found.items.extend(batch.items)
            found.rejects.extend(batch.rejects)
    return news.arrive(news.feed(name, "stream", name), found.items, found.rejects)


def read_waiting(
    store: Store, opened: Callable[[News], Pipeline], report: Callable[[float], None] = lambda done: None
) -> int:
    """Let the models read what waits, here and now, if no watch does; report the share that is done. Raises WorkerBusy."""
    news = News(store)
    all_of = max(1, news.backlog())
    try:
        return opened(news).run_waiting(lambda done: report(min(1.0, done / all_of)))
    finally:
        news.release()


def worst(health: Sequence[FeedHealth], now: datetime) -> list[FeedHealth]:
    """Feeds by their state, the worst first, then by name."""
    return sorted(health, key=lambda one: (STATES.index(state_of(one, now)), one.feed.name))
