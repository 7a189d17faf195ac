"""News over HTTP: POST /v1/events takes a JSON list, one JSON object, or JSONL, and answers when all of it is stored.

Mount it on the app of the models, whose keys, limits and metrics hold for it too:

    app = headwater.api.app.create_app(models, keys=keys)
    app.include_router(events_router(Inbox(News(store))))

An event is {"text": ..., "id": ..., "title": ..., "published": ..., "source": ..., "url": ...}; text or title must be
there. By its id, else its link, else all it says, one that comes again is known and changes nothing: who gets no answer
sends the same again. A 429 says when to come again: either more waits for the models than `backlog`, or more bytes of
requests are under way than `bytes`, so that memory holds whatever comes.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import orjson
from fastapi import APIRouter, HTTPException, Request, Response

from headwater.api.protocol import body_of, service_of
from headwater.errors import StoreError
from headwater.scoring.rows import Reject, Row, as_text, make_row
from headwater.scoring.textfiles import json_row
from sentiment_monitor.intake.items import Batch
from sentiment_monitor.records.news import News

__all__ = ["Inbox", "events_router"]

EVENTS = 10_000  # a request
TOLD = 100  # rejects of a request that are told one by one
LEAST = 65_536  # bytes that a request counts for at least: its headers, buffers and answer
SECONDS = 30.0  # in which a body must have come
FRESH = 0.5  # seconds for which a count of what waits is believed
SOONEST, LATEST = 1, 60  # seconds of a Retry-After
SCHEMA = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "title", "text", "published", "source", "url")},
}


class Inbox:
    """Where events go: a feed of the store, a bound on what waits for the models, a bound on what is under way."""

    def __init__(self, news: News, name: str = "events", backlog: int = 50_000, most: int = 64 * 2**20) -> None:
        self.news, self.name, self.backlog, self.most = news, name, backlog, most
        self.feed = news.feed(name, "events")
        self.under_way = 0  # bytes
        self._writer = anyio.CapacityLimiter(1)  # a store has one writer: others would hold threads and wait
        self._counting = asyncio.Lock()
        self._waits, self._counted, self._rate = 0, -math.inf, 0.0

    @asynccontextmanager
    async def room(self, size: int) -> AsyncIterator[None]:
        """Room for a request of so many bytes. Raises HTTPException 429 where there is none."""
        size = max(size, LEAST)
        if self.under_way + size > self.most:
            raise _busy(SOONEST, f"more than {self.most:,} bytes of requests are under way")
        self.under_way += size
        try:
            yield
        finally:
            self.under_way -= size

    async def check_backlog(self) -> None:
        """Raise HTTPException 429 where too much waits, with the time after which it is likely to be less."""
        async with self._counting:
            now = time.monotonic()
            if now - self._counted > FRESH:
                before, since = self._waits, now - self._counted
                self._waits = await anyio.to_thread.run_sync(self.news.backlog)
                self._rate, self._counted = max(before - self._waits, 0) / since, now
        if self._waits >= self.backlog:
            over = self._waits - 0.9 * self.backlog
            after = over / self._rate if self._rate else 5.0
            raise _busy(after, f"{self._waits:,} items wait to be read, of {self.backlog:,} at most")

    async def write(self, body: bytes) -> dict[str, Any]:
        """Store the events of a body; returns what became of them. It is not cancelled half-way."""
        with anyio.CancelScope(shield=True):
            answer = await anyio.to_thread.run_sync(self._write, body, limiter=self._writer)
            self._waits += answer["new"]
        return answer

    def _write(self, body: bytes) -> dict[str, Any]:
        batch, refused, seen = Batch(), [], self.news.now()
        for number, row in enumerate(_rows(body), 1):
            if number > EVENTS:
                raise HTTPException(413, f"expected at most {EVENTS:,} events in a request: send several")
            batch.take(row, seen, self.name)
            if isinstance(row, Reject):
                refused.append({"number": row.number, "id": row.id, "reason": row.reason})
        intake = self.news.arrive(self.feed, batch.items, batch.rejects)
        return {"new": intake.new, "known": intake.known, "rejected": len(refused), "rejects": refused[:TOLD]}


def events_router(inbox: Inbox) -> APIRouter:
    """The route that takes events."""
    router = APIRouter(tags=["news"])
    content = {
        "application/json": {"schema": {"type": "array", "items": SCHEMA}},
        "application/x-ndjson": {"schema": SCHEMA},
    }

    @router.post("/v1/events", openapi_extra={"requestBody": {"required": True, "content": content}})
    async def events(request: Request) -> Response:
        """Take news in: how many were new, known and rejected, and why. All of it is stored when this answers."""
        told = request.headers.get("content-length", "")
        try:
            await inbox.check_backlog()
            packed = request.headers.get("content-encoding", "identity") != "identity"
            most = service_of(request).limits.body
            async with inbox.room(int(told) if told.isdecimal() and not packed else most):
                async with asyncio.timeout(SECONDS):
                    body = await body_of(request)
                answer = await inbox.write(body)
        except TimeoutError as fault:
            raise HTTPException(
                408, f"expected the whole body within {SECONDS:.0f} s", {"Connection": "close"}
            ) from fault
        except StoreError as fault:
            raise HTTPException(503, str(fault), {"Retry-After": "5"}) from fault
        except HTTPException as fault:
            if fault.status_code == 429:
                await _drain(request)
            raise
        return Response(orjson.dumps(answer), media_type="application/json")

    return router


def _rows(body: bytes) -> Iterator[Row | Reject]:
    """The events of a body. Raises HTTPException 400 where it is neither JSON nor lines of it."""
    start = body[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start not in (b"[", b"{"):
        raise HTTPException(400, "expected a JSON list of events, an event, or events one a line")
    try:
        content = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as fault:
        if start == b"[":
            raise HTTPException(400, f"expected JSON: {fault}") from fault
        yield from _lines(body)
        return
    for number, event in enumerate(content if isinstance(content, list) else [content], 1):
        if isinstance(event, dict):
            yield make_row(number, event if "text" in event else {**event, "text": event.get("title")})
        else:
            yield Reject.of(number, f"expected a JSON object, got {type(event).__name__}", as_text(event)[:500])


def _lines(body: bytes) -> Iterator[Row | Reject]:
    number = 0
    for line in body.split(b"\n"):
        if written := line.decode("utf-8", "surrogateescape").strip("\ufeff \t\r"):
            number += 1
            row = json_row(number, written)
            yield json_row(number, written, "title") if isinstance(row, Reject) and "got none" in row.reason else row


def _busy(after: float, why: str) -> HTTPException:
    seconds = min(max(math.ceil(after), SOONEST), LATEST)
    return HTTPException(429, f"{why}: send it again in {seconds} s", {"Retry-After": str(seconds)})


async def _drain(request: Request) -> None:
    """Read a refused body and keep nothing of it: a client that still sends would not see the answer."""
    try:
        async with asyncio.timeout(SECONDS):
            async for _ in request.stream():
                pass
    except TimeoutError:
        return
