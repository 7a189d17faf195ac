"""The feeds that are known: asked for by name, and each looked at by one process at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.news import NEWS_FEED
from sentiment_monitor.records.news import News
from sentiment_monitor.records.rows import Feed

__all__ = ["Wanted", "claim", "declare", "named"]


@dataclass(frozen=True)
class Wanted:
    """A feed that someone asks for; `kind` is url or folder, `options` as in FEEDS.toml."""

    name: str
    kind: str
    address: str
    options: Mapping[str, Any]


def declare(news: News, wanted: Iterable[Wanted]) -> list[int]:
    """Add feeds, or bring those of the same names up to date; their ids. One that is paused stays so."""
    return [news.feed(feed.name, feed.kind, feed.address, dict(feed.options)) for feed in wanted]


def named(news: News, name: str) -> Feed:
    """The feed of that name. Raises InputError with the names there are."""
    feeds = news.feeds()
    found = next((feed for feed in feeds if feed.name == name), None)
    if found is None:
        names = ", ".join(feed.name for feed in feeds[:20])
        raise InputError(f"expected the name of a feed ({names or 'none is known'}), got {name!r}")
    return found


def claim(store: Store, feed: Feed, now: datetime, until: datetime) -> bool:
    """Take a due feed for the time of one look; False where another process has it, or it was paused meanwhile.

    Who dies at it leaves it due again at `until`, and not at once: it may be what killed him.
    """
    mine = sa.and_(NEWS_FEED.c.id == feed.id, NEWS_FEED.c.due <= now, sa.not_(NEWS_FEED.c.paused))
    with store.write() as connection:
        return connection.execute(NEWS_FEED.update().where(mine).values(due=until, tried=now)).rowcount == 1
