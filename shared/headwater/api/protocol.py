"""The Open Inference Protocol, version 2, over REST: what Triton and KServe speak, so that their clients work here.

GET /v2, /v2/health/live, /v2/health/ready, /v2/models/NAME, /v2/models/NAME/ready, /v2/models/NAME/config;
POST /v2/models/NAME/infer; /v2/repository stands in headwater.api.repository. Bodies are read by hand: `tritonclient.http` sends no Content-Type, and
may compress them.
"""

import zlib
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from headwater.api import logs
from headwater.api import metadata as told
from headwater.api.service import Service
from headwater.api.tensors import HEADER, check_outputs, decode, encode

__all__ = ["router"]

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])
LARGE = 200_000  # bytes that are read and written in a thread of their own
EITHER = 32 + zlib.MAX_WBITS  # zlib's sign for "gzip or zlib, as the header says"


def service_of(request: Request) -> Service:
    """The service of the app that a request came to."""
    return request.app.state.service  # type: ignore[no-any-return]


@router.get("")
async def server() -> dict[str, Any]:
    """The server and its extensions."""
    content = told.server()
    return content | {"extensions": [*content["extensions"], "model_repository"]}


@router.get("/health/live")
async def live() -> dict[str, bool]:
    """200 while the process answers."""
    return {"live": True}


@router.get("/health/ready")
async def ready(request: Request) -> Response:
    """200 while requests are worked on, else 503."""
    well = not service_of(request).faults()
    return JSONResponse({"ready": well}, 200 if well else 503)


@router.get("/models/{name}/ready")
@router.get("/models/{name}/versions/{version}/ready")
async def model_ready(request: Request, name: str, version: str | None = None) -> Response:
    """200 where the model is held and works."""
    told.model_of(service_of(request), name, version)
    well = not service_of(request).faults()
    return JSONResponse({"name": name, "ready": well}, 200 if well else 503)


@router.get("/models/{name}")
@router.get("/models/{name}/versions/{version}")
async def metadata(request: Request, name: str, version: str | None = None) -> dict[str, Any]:
    """Inputs and outputs, as the graph has them."""
    return told.metadata(told.model_of(service_of(request), name, version))


@router.get("/models/{name}/config")
@router.get("/models/{name}/versions/{version}/config")
async def config(request: Request, name: str, version: str | None = None) -> dict[str, Any]:
    """As much of Triton's model configuration as a client can use: which bundle, as in our Triton repository."""
    service = service_of(request)
    return told.config(service, told.model_of(service, name, version))


@router.post("/models/{name}/infer")
@router.post("/models/{name}/versions/{version}/infer")
async def infer(request: Request, name: str, version: str | None = None) -> Response:
    """Tensors in, tensors out, in JSON or in bytes; `parameters.timeout` is the deadline in microseconds."""
    service = service_of(request)
    model = told.model_of(service, name, version)
    logs.note(name)
    body = await body_of(request)
    large = len(body) > LARGE
    asked = await service.run(large, decode, body, request.headers.get(HEADER))
    told.check_bundle(model, asked.parameters)
    check_outputs(asked, [head.output for head in model.heads])
    deadline = service.deadline(told.seconds_of(asked.parameters))
    outputs = await service.infer(model, asked.inputs, deadline, request.is_disconnected)
    answer, headers = await service.run(large, encode, name, model.bundle.manifest.version, asked, outputs)
    return Response(answer, headers=headers)


async def body_of(request: Request) -> bytes:
    """The body of a request, inflated where it is compressed; no larger than the limit in either form."""
    body, coding = await request.body(), request.headers.get("content-encoding", "identity")
    if coding == "identity":
        return body
    if coding not in ("gzip", "deflate"):
        raise HTTPException(415, f"expected a content encoding of gzip or deflate, got {coding[:40]!r}")
    most = service_of(request).limits.body
    inflater = zlib.decompressobj(EITHER)
    try:
        plain = inflater.decompress(body, most + 1)
    except zlib.error as fault:
        raise HTTPException(400, f"expected a body in {coding}: {fault}") from fault
    if len(plain) > most:
        raise HTTPException(413, f"expected a body of at most {most:,} bytes when it is inflated")
    return plain


def described_by(kind: type[BaseModel]) -> dict[str, Any]:
    """A body for the documentation. It is parsed by hand: in one step, and a third faster than as an argument."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": kind.model_json_schema()}}}}


def error(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error in the protocol's form, which all endpoints here share."""
    return JSONResponse({"error": message}, status, headers)
