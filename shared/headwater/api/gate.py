"""What stands before every endpoint: keys, the size of a body, and the counting of answers.

Plain ASGI rather than FastAPI's own middleware, which wraps every body in streams and costs a tenth of the throughput.
"""

import time
from collections.abc import MutableMapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headwater.api.admission import Unauthorised, listed, token_of
from headwater.api.metrics import Metrics
from headwater.api.protocol import error

__all__ = ["Gate"]

OPEN = (
    "/health",
    "/v2/health/live",
    "/v2/health/ready",
    "/docs",
    "/openapi.json",
)  # probes, and what says what to send
CLOSE = {"Connection": "close"}  # what is left of the body is not read


class Gate:
    """`keys` are API keys, none for a server that anybody may use; `most` is the size of a body in bytes."""

    def __init__(self, app: ASGIApp, keys: Sequence[str], most: int, metrics: Metrics) -> None:
        self.app, self.most, self.metrics = app, most, metrics
        self.large = f"expected a body of at most {most:,} bytes: send several requests, or raise --max-body"
        self.admit = listed(keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":  # of a route that an app has mounted
            try:
                self._admit(_headers(scope))
            except Unauthorised:
                await send({"type": "websocket.close", "code": 1008})
                return
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._pass(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.answered(route, status, time.perf_counter() - began)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        try:
            if scope["path"] not in OPEN:
                self._admit(headers)
        except Unauthorised as fault:
            await error(401, str(fault), {"WWW-Authenticate": "Bearer"})(scope, receive, send)
            return
        told = headers.get("content-length", "0")
        if told.isdecimal() and int(told) > self.most:
            await error(413, self.large, CLOSE)(scope, receive, send)
            return
        read = 0

        async def counting() -> MutableMapping[str, Any]:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise HTTPException(413, self.large, CLOSE)
            return message

        await self.app(scope, counting, send)

    def _admit(self, headers: dict[str, str]) -> None:
        """Raise Unauthorised for a caller without a key, where one is asked for."""
        if self.admit is not None:
            self.admit(token_of(headers), "predict")


def _headers(scope: Scope) -> dict[str, str]:
    return {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
