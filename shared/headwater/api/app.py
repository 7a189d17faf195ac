"""The app factory: models in, a FastAPI app out, on which an app may mount routes of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

import headwater
from headwater.api import endpoints, protocol, repository
from headwater.api.batcher import Closing, Expired, Gone, Overloaded, TooLong
from headwater.api.gate import Gate
from headwater.api.metrics import Metrics
from headwater.api.protocol import error
from headwater.api.service import Limits, Service, UnknownModel
from headwater.api.swapping import Swaps
from headwater.errors import HeadwaterError
from headwater.serving.model import Model, processors
from headwater.versions.shelf import resolve

__all__ = ["create_app"]

SHOWN = 20  # faults of one request that are told one by one
# What goes wrong -> its status. The first that fits.
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UnknownModel, 404),
    (Overloaded, 429),
    (TooLong, 413),
    (Closing, 503),
    (Expired, 504),
    (Gone, 499),  # nobody reads it; it is counted
    (ClientDisconnect, 499),
    (HeadwaterError, 400),
)


def create_app(
    models: Sequence[Model],
    limits: Limits | None = None,
    keys: Iterable[str] = (),
    workers: int | None = None,
    *,
    find: Callable[[str], Path] = resolve,
    variant: str | None = None,
    follow: float | None = None,
) -> FastAPI:
    """Serve opened models (`headwater.serving.model.open_model`) over HTTP; see `headwater serve`.

    `workers` threads run batches side by side (default: the processors this process may use; 1 where a model is on a
    GPU). The queue begins with the app and ends with its lifespan: one app, one process. `find` gives the folder that a
    name means now, for whoever loads it again; with `follow` the app looks by itself every so many seconds. Raises InputError.
    """
    limits, keys = limits or Limits(), keys if isinstance(keys, str) else tuple(keys)
    local = all(model.device == "cpu" for model in models)
    service = Service(models, limits, workers or (processors() if local else 1))
    swaps = Swaps(service, find, variant, models[0].device)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if follow is not None:
            swaps.follow(follow)
        yield
        await asyncio.to_thread(swaps.close)
        await asyncio.to_thread(service.batcher.close)

    app = FastAPI(title="Headwater", version=headwater.__version__, lifespan=lifespan)
    metrics = Metrics(service, swaps)
    app.state.service, app.state.swaps = service, swaps
    app.state.keyed = bool(keys)
    app.include_router(endpoints.router)  # first, since routes are tried in their order
    app.include_router(protocol.router)
    app.include_router(repository.router)
    app.add_middleware(Gate, keys=keys, most=limits.body, metrics=metrics)

    @app.get("/metrics", tags=["operations"])
    def prometheus() -> Response:
        """Counters and gauges for Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    for kind in (HeadwaterError, ValidationError, HTTPException, ClientDisconnect, Exception):
        app.add_exception_handler(kind, answer)
    return app


async def answer(request: Request, fault: Exception) -> Response:
    """An error as an answer: a sentence under "error", and for 429 when to come again."""
    if isinstance(fault, ValidationError):
        if fault.error_count() > SHOWN:
            return error(422, f"{fault.error_count():,} values are not as expected: /docs says what is")
        return error(422, "; ".join(_said(entry) for entry in fault.errors(include_input=False, include_url=False)))
    if isinstance(fault, HTTPException):
        return error(fault.status_code, str(fault.detail), dict(fault.headers or {}))
    status = next((status for kind, status in STATUS if isinstance(fault, kind)), 500)
    if status == 500:
        return error(500, "this server failed on the request; its log says why")
    headers = {"Retry-After": str(fault.retry_after)} if isinstance(fault, Overloaded) else {}
    return error(status, str(fault), headers)


def _said(entry: Mapping[str, Any]) -> str:
    place = ".".join(str(part)[:80] for part in entry["loc"])
    return f"{place or 'body'}: {entry['msg']}"
