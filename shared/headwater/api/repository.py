"""Triton's model repository extension: what is held, and load and unload while the server runs.

POST /v2/repository/index, /v2/repository/models/NAME/load, /v2/repository/models/NAME/unload. Loading a name serves the
version of it that is live now (`headwater models promote`); Triton's clients know these routes.
"""

import ipaddress
import json
from dataclasses import asdict
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Request

from headwater.api.protocol import body_of, service_of
from headwater.api.swapping import Swaps
from headwater.errors import InputError

__all__ = ["administers", "router"]

router = APIRouter(prefix="/v2/repository", tags=["Open Inference Protocol"])
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")  # a proxy's neighbour is not the caller
BROWSER = ("origin", "sec-fetch-site")  # a page on this machine's browser may be anybody's


def administers(request: Request) -> None:
    """Who may change what is served: a caller with a key, or, on a server without keys, one on this very machine.

    Keys are looked at before any route is reached (headwater.api.gate). Raises HTTPException 403.
    """
    if request.app.state.keyed:
        return
    headers = request.headers
    if request.client is None or any(name in headers for name in (*FORWARDED, *BROWSER)) or not _here(request):
        raise HTTPException(
            403,
            "models are changed with an API key (`headwater serve --keys FILE`), or by a program on the same machine",
        )


def _here(request: Request) -> bool:
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


@router.post("/index")
async def index(request: Request) -> list[dict[str, str]]:
    """The models that are held; `reason` says why another version of one could not take its place."""
    service, swaps = service_of(request), _swaps(request)
    faults = {name: swap.fault or "" for name, swap in swaps.last.items()}
    return [
        {"name": name, "version": model.bundle.manifest.version, "state": "READY", "reason": faults.get(name, "")}
        for name, model in service.models.items()
    ]


@router.post("/models/{name}/load", tags=["admin"], dependencies=[Depends(administers)])
async def load(request: Request, name: str) -> dict[str, Any]:
    """Serve the live version of a model; requests that have begun end with the old one, which stays where this fails."""
    if await _parameters(request):
        raise InputError("expected no parameters: what is loaded is the live version (`headwater models promote`)")
    return asdict(await anyio.to_thread.run_sync(_swaps(request).load, name))


@router.post("/models/{name}/unload", tags=["admin"], dependencies=[Depends(administers)])
async def unload(request: Request, name: str) -> dict[str, Any]:
    """Serve a model no more; requests that have begun end with it."""
    await _parameters(request)
    return asdict(await anyio.to_thread.run_sync(_swaps(request).unload, name))


def _swaps(request: Request) -> Swaps:
    return request.app.state.swaps  # type: ignore[no-any-return]


async def _parameters(request: Request) -> dict[str, Any]:
    body = await body_of(request)
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError) as fault:  # the second of a body of a thousand levels
        raise InputError(f"expected a body of JSON, or none: {fault}") from fault
    found = content.get("parameters", {}) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise InputError("expected an object, with parameters or without")
    return found
