"""The app factory: models in, a FastAPI app out, on which an app may mount routes of its own."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

import headwater
from headwater.api import endpoints, protocol, repository, scoring
from headwater.api.batcher import Overloaded
from headwater.api.faults import FAILED, status_of
from headwater.api.gate import Gate
from headwater.api.jobs import Crowded, Jobs, Unready
from headwater.api.keys import Keys
from headwater.api.metrics import Metrics
from headwater.api.protocol import error
from headwater.api.service import Limits, Service
from headwater.api.swapping import Swaps
from headwater.api.worker import Worker
from headwater.errors import HeadwaterError
from headwater.serving.model import Model, processors
from headwater.versions.shelf import resolve

if TYPE_CHECKING:
    from headwater.api.grpc_server import GrpcServer

__all__ = ["create_app"]

log = logging.getLogger("headwater.api")

SHOWN = 20  # faults of one request that are told one by one


def create_app(
    models: Sequence[Model],
    limits: Limits | None = None,
    keys: Keys | Iterable[str] = (),
    workers: int | None = None,
    *,
    grpc: str | None = None,
    jobs: Jobs | None = None,
    scopes: Mapping[str, str] | None = None,
    find: Callable[[str], Path] = resolve,
    variant: str | None = None,
    follow: float | None = None,
) -> FastAPI:
    """Serve opened models (`headwater.serving.model.open_model`) over HTTP; see `headwater serve`.

    `workers` threads run batches side by side (default: the processors this process may use; 1 where a model is on a
    GPU). The queue begins with the app and ends with its lifespan: one app, one process. `grpc` is an address, HOST:PORT,
    where the same models answer over gRPC while the app runs (port 0: a free one, see `app.state.grpc.port`). With `jobs`
    it takes files at /v1/score. `scopes` says what a key must be good for at the paths that an app mounts,
    {"/v1/chat": "chat"}; elsewhere that is predict. `find` gives the folder that a name means now, for whoever loads it
    again, in `variant` where one is named; with `follow` the app looks by itself every so many seconds. Raises InputError.
    """
    limits, book = limits or Limits(), Keys.of(keys)
    local = all(model.device == "cpu" for model in models)
    service = Service(models, limits, workers or (processors() if local else 1))
    swaps = Swaps(service, find, variant, models[0].device)
    metrics = Metrics(service, swaps, jobs)
    remote = _remote(grpc, service, metrics, book) if grpc else None

    app = FastAPI(
        title="Headwater", version=headwater.__version__, lifespan=_lifespan(service, swaps, jobs, remote, follow)
    )
    app.state.service, app.state.jobs, app.state.keys, app.state.grpc = service, jobs, book, remote
    app.state.swaps, app.state.keyed = swaps, bool(book)
    app.include_router(endpoints.router)  # first, since routes are tried in their order
    app.include_router(protocol.router)
    app.include_router(repository.router)
    sizes = {"/v1/score": (limits.upload, "--max-upload")} if jobs is not None else {}
    if jobs is not None:
        app.include_router(scoring.router)
    app.add_middleware(
        Gate, keys=book, most=limits.body, metrics=metrics, sizes=sizes, scopes=scopes, patience=limits.patience
    )

    @app.get("/metrics", tags=["operations"])
    def prometheus() -> Response:
        """Counters and gauges for Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    for kind in (HeadwaterError, ValidationError, RequestValidationError, HTTPException, ClientDisconnect, Exception):
        app.add_exception_handler(kind, answer)
    return app


def _lifespan(
    service: Service, swaps: Swaps, jobs: Jobs | None, remote: "GrpcServer | None", follow: float | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What begins and ends with the app; what has begun ends, too, where the rest cannot begin."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as ending:  # last in, first out
            ending.push_async_callback(asyncio.to_thread, service.batcher.close)
            if (worker := _begin(jobs, service)) is not None:
                ending.push_async_callback(asyncio.to_thread, worker.stop)
            ending.push_async_callback(asyncio.to_thread, swaps.close)
            if follow is not None:
                swaps.follow(follow)
            if remote is not None:
                await ending.enter_async_context(remote)
            yield

    return lifespan


def _remote(address: str, service: Service, metrics: Metrics, book: Keys) -> "GrpcServer":
    from headwater.api.grpc_server import GrpcServer  # an extra, imported where it is asked for

    return GrpcServer(address, service, metrics, book.admit)


def _begin(jobs: Jobs | None, service: Service) -> Worker | None:
    """Open the jobs and work on them; where another process does, the models are served all the same."""
    if jobs is None:
        return None
    try:
        jobs.open()
    except (Unready, OSError) as fault:
        if isinstance(fault, OSError):
            jobs.fault = "this server takes no files: their folder cannot be used, its log says why"
        log.error("no files are taken: %s", fault)
        return None
    worker = Worker(jobs, service)
    worker.start()
    return worker


async def answer(request: Request, fault: Exception) -> Response:
    """An error as an answer: a sentence under "error", and for 429 when to come again."""
    if isinstance(fault, ValidationError):
        if fault.error_count() > SHOWN:
            return error(422, f"{fault.error_count():,} values are not as expected: /docs says what is")
        return error(422, "; ".join(_said(entry) for entry in fault.errors(include_input=False, include_url=False)))
    if isinstance(fault, RequestValidationError):
        return error(422, "; ".join(_said(entry) for entry in fault.errors()[:SHOWN]))
    if isinstance(fault, HTTPException):
        return error(fault.status_code, str(fault.detail), dict(fault.headers or {}))
    status = status_of(fault)
    if status == 500:
        return error(500, FAILED)
    headers = {"Retry-After": str(fault.retry_after)} if isinstance(fault, Overloaded | Crowded) else {}
    return error(status, str(fault), headers)


def _said(entry: Mapping[str, Any]) -> str:
    place = ".".join(str(part)[:80] for part in entry["loc"])
    return f"{place or 'body'}: {entry['msg']}"
