"""What stands before every endpoint: request ids, keys, the size of a body, the counting and logging of answers.

Plain ASGI rather than FastAPI's own middleware, which wraps every body in streams and costs a tenth of the throughput.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headwater.api import logs
from headwater.api.faults import FAILED
from headwater.api.keys import Forbidden, Keys, RateLimited, Unauthorized, token_of
from headwater.api.metrics import Metrics
from headwater.api.protocol import error
from headwater.errors import HeadwaterError

__all__ = ["Gate", "refusal"]

OPEN = (
    "/health",
    "/v2/health/live",
    "/v2/health/ready",
    "/docs",
    "/openapi.json",
)  # probes, and what says what to send
# Paths, and what lies under them; everything else is predict.
SCOPES = {"/metrics": "metrics", "/v1/score": "score", "/v2/repository/models": "admin"}
CLOSE = {"Connection": "close"}  # what is left of the body is not read

log = logging.getLogger("headwater.api")


class Gate:
    """`most` is the size of a body in bytes, `sizes` that of a path of its own; `scopes` what routes of apps ask for.

    A body must have come within `patience` seconds; a path with a size of its own keeps a time of its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: Keys,
        most: int,
        metrics: Metrics,
        sizes: Mapping[str, tuple[int, str]] | None = None,
        scopes: Mapping[str, str] | None = None,
        patience: float = 60.0,
    ) -> None:
        self.app, self.keys, self.metrics = app, keys, metrics
        self.most, self.sizes = (most, "--max-body"), dict(sizes or {})
        self.scopes, self.patience = {**SCOPES, **(scopes or {})}, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500
        entry = logs.Entry(logs.request_id(_header(scope, b"x-request-id")))
        logs.enter(entry)  # for this task, which answers this request and no other
        if scope["type"] == "websocket":  # of a route that an app has mounted
            if self._refused(scope, entry) is not None:
                await send({"type": "websocket.close", "code": 1008})
            else:
                await self.app(scope, receive, send)
            return
        begun, mark = False, (b"x-request-id", entry.request.encode())

        async def sending(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                message["headers"] = [*message.get("headers", ()), mark]
            await send(message)

        try:
            await self._pass(scope, receive, sending, entry)
        except Exception:
            if begun:
                raise  # the connection has to be cut: half an answer must not look like one
            log.exception("a request failed")
            await error(500, FAILED)(scope, receive, sending)
        finally:
            route, seconds = getattr(scope.get("route"), "path", "other"), time.perf_counter() - began
            self.metrics.answered(route, status, seconds)
            logs.write(entry, scope["method"], route, status, seconds)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, entry: logs.Entry) -> None:
        if (refused := self._refused(scope, entry)) is not None:
            await refused(scope, receive, send)
            return
        most, option = self.sizes.get(scope["path"], self.most)
        large = f"expected a body of at most {most:,} bytes: send several requests, or raise {option}"
        told = _header(scope, b"content-length") or "0"
        if told.isdecimal() and int(told) > most:
            await error(413, large, CLOSE)(scope, receive, send)
            return
        read, end = 0, None if scope["path"] in self.sizes else asyncio.get_running_loop().time() + self.patience

        async def counting() -> MutableMapping[str, Any]:
            nonlocal read, end
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError as fault:
                raise HTTPException(408, f"expected the whole body within {self.patience:g} s", CLOSE) from fault
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, large, CLOSE)
            if not message.get("more_body", False):
                end = None  # what is waited for now is that the client leaves
            return message

        await self.app(scope, counting, send)

    def _refused(self, scope: Scope, entry: logs.Entry) -> Response | None:
        """Why a request goes no further; the caller of one that does stands in its scope."""
        path = scope["path"]
        if path in OPEN:
            return None
        given = token_of(_header(scope, b"authorization"), _header(scope, b"x-api-key"))
        try:
            caller = self.keys.admit(given, self._scope(path))
        except (Unauthorized, Forbidden, RateLimited) as fault:
            return refusal(fault)
        scope["headwater.caller"], entry.key = caller, caller.name
        return None

    def _scope(self, path: str) -> str:
        return next((s for begin, s in self.scopes.items() if path == begin or path.startswith(begin + "/")), "predict")


def refusal(fault: HeadwaterError) -> Response:
    """The answer to a caller whom the keys refuse."""
    if isinstance(fault, RateLimited):
        return error(429, str(fault), {"Retry-After": str(fault.retry_after)})
    if isinstance(fault, Forbidden):
        return error(403, str(fault))
    return error(401, str(fault), {"WWW-Authenticate": "Bearer"})


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
