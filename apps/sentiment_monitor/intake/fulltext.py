"""The article behind an item: fetched under the rules of every fetch, and never from the own network.

For feeds with `full_text = true`, and only of items that are new. What cannot be had is logged, and the item keeps what
its feed says of it: news that is late is worse than news that is short.
"""

import importlib.util
import logging
import time
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from headwater.errors import DataError, InputError
from headwater.scoring.rows import MAX_TEXT, legible
from headwater.scoring.web import visit
from headwater.store import Store
from headwater.store.news import NEWS_ITEM
from sentiment_monitor.intake.items import Batch
from sentiment_monitor.news import Arrived

__all__ = ["article", "check_installed", "with_articles"]

LOG = logging.getLogger("sentiment_monitor.watch")
PAGES, ALL = 20, 60.0  # pages of one look, and seconds for all of them
LARGEST, SECONDS, PAUSE = 2_000_000, 15.0, 1.0  # bytes and seconds of a page; seconds between two
ACCEPT = {"Accept": "text/html, application/xhtml+xml"}


def check_installed() -> None:
    """Raise InputError where the extra is missing: better told at once than with each item."""
    if importlib.util.find_spec("trafilatura") is None:
        raise InputError("full_text: this needs headwater[fulltext]: pip install 'headwater[fulltext]'")


def with_articles(
    store: Store, feed: int, batch: Batch, fetch: Callable[[str], str] | None = None, pause: float = PAUSE
) -> Batch:
    """The batch, its new items with the texts of their pages where these can be had and say more; 20 a look at most."""
    fetch, items, asked = fetch or article, list(batch.items), 0
    known, end = _known(store, feed, batch), time.monotonic() + ALL
    for place, item in enumerate(items):
        if item.url is None or item.key in known or asked >= PAGES or time.monotonic() > end:
            continue
        if asked:
            time.sleep(pause)  # mostly they are at one host
        asked += 1
        try:
            items[place] = _longer(item, fetch(item.url))
        except (DataError, InputError) as fault:
            LOG.info("no full text: %s", fault)
    return Batch(items, batch.rejects)


def article(url: str) -> str:
    """The words of the article at a URL, without menus and comments. Raises DataError, and InputError for a private address."""
    import trafilatura

    page = visit(url, ACCEPT, max_bytes=LARGEST, seconds=SECONDS)
    if page.status != 200 or "html" not in page.headers.get("content-type", "html"):
        raise DataError(f"{url}: expected a page, got status {page.status} {page.headers.get('content-type', '')[:80]}")
    try:
        found = trafilatura.extract(page.body, url=url, include_comments=False, include_tables=False)
    except Exception as fault:
        raise DataError(f"{url}: the page cannot be read: {type(fault).__name__}: {fault}") from fault
    if not found or not found.strip():
        raise DataError(f"{url}: the page has no article")
    return found


def _longer(item: Arrived, found: str) -> Arrived:
    """What the feed says may be longer than what an unfriendly page shows."""
    found = legible(found.strip())[: MAX_TEXT - len(item.title) - 1]
    text = found if found.startswith(item.title) else f"{item.title}\n{found}"
    return replace(item, text=text) if len(text) > len(item.text) else item


def _known(store: Store, feed: int, batch: Batch) -> set[str]:
    keys = [item.key for item in batch.items]
    known: set[str] = set()
    with store.read() as connection:
        for start in range(0, len(keys), 500):
            of_these = NEWS_ITEM.c.key.in_(keys[start : start + 500])
            known.update(connection.scalars(sa.select(NEWS_ITEM.c.key).where(NEWS_ITEM.c.feed == feed, of_these)))
    return known
