"""A look at a feed by URL: asked only for what is new, believed only as far as it can be read.

State: `etag` and `modified` go back with the next request; `digest` tells a body that is the same from servers
without either; `address` is where permanent redirects have led.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.message import Message
from typing import Any

from headwater.errors import DataError, InputError
from headwater.scoring.web import Page, visit
from sentiment_monitor.intake.documents import read_document
from sentiment_monitor.intake.feedlist import EVERY
from sentiment_monitor.intake.look import Look
from sentiment_monitor.intake.schedule import next_look, retry_after
from sentiment_monitor.records.rows import Feed

__all__ = ["look_at_url"]

LARGEST, SECONDS = 8_000_000, 30.0  # of a document that is parsed as a whole, some ten times its size in memory
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
MARK = 500  # characters of an ETag or a date that are kept
SAID = {"etag": ("etag", "If-None-Match"), "modified": ("last-modified", "If-Modified-Since")}


def look_at_url(feed: Feed, now: Callable[[], datetime]) -> Iterator[Look]:
    """Fetch a feed and read it: one Look. What goes wrong is told in it."""
    address = feed.state.get("address") or feed.address
    try:
        page = visit(
            address, _asking(feed.state), max_bytes=LARGEST, seconds=SECONDS, private=bool(feed.options.get("private"))
        )
        yield _read(feed, address, page, now())
    except (DataError, InputError) as fault:
        yield _failed(feed, now(), str(fault))


def _asking(state: Mapping[str, Any]) -> dict[str, str]:
    return {"Accept": ACCEPT} | {header: state[name] for name, (_, header) in SAID.items() if state.get(name)}


def _read(feed: Feed, address: str, page: Page, now: datetime) -> Look:
    every = feed.options.get("every", EVERY["url"])
    if page.status == 304:
        return Look(state=feed.state, due=next_look(feed.name, now, every))
    if page.status == 410 and address == feed.address:
        return Look(failed="410 Gone: the server says that this feed will not come back", gone=True)
    if not 200 <= page.status < 300:
        asked = retry_after(page.headers.get("retry-after"), now) if page.status in (429, 503) else None
        return _failed(feed, now, f"{address}: expected status 200, got {page.status}", asked)
    state, digest = _state(feed, address, page), hashlib.sha256(page.body).hexdigest()
    if digest == feed.state.get("digest"):
        return Look(state=state | {"digest": digest}, due=next_look(feed.name, now, every))
    batch = read_document(page.body, page.moved or address, now, feed.options.get("source"), _charset(page))
    return Look(batch, state | {"digest": digest}, next_look(feed.name, now, every))


def _state(feed: Feed, address: str, page: Page) -> dict[str, Any]:
    said = {name: page.headers.get(header, "")[:MARK] for name, (header, _) in SAID.items()}
    moved = page.moved or address
    return {name: value for name, value in said.items() if value} | (
        {"address": moved} if moved != feed.address else {}
    )


def _failed(feed: Feed, now: datetime, why: str, asked: Any = None) -> Look:
    """After a failure the address is the given one again: where it had moved may be what failed."""
    state = {name: value for name, value in feed.state.items() if name != "address"}
    every = feed.options.get("every", EVERY["url"])
    return Look(state=state, due=next_look(feed.name, now, every, feed.failures + 1, asked), failed=why[:1000])


def _charset(page: Page) -> str | None:
    message = Message()
    message["content-type"] = page.headers.get("content-type", "")
    return message.get_content_charset()
