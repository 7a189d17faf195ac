"""Files as jobs: POST /v1/score takes one, and answers 202 with a job that outlives the connection and the server.

GET /v1/score, /v1/score/ID, /v1/score/ID/result, /v1/score/ID/rejects; DELETE /v1/score/ID. The bytes of the result are those of
`headwater score` with the same models. A caller sees the jobs of its own key; one whose key is for admin sees all.
"""

import hashlib
import re
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from headwater.api import logs
from headwater.api.job import Asked, Job
from headwater.api.jobs import Jobs
from headwater.api.keys import ANYBODY, Caller
from headwater.api.protocol import service_of
from headwater.api.uploads import KINDS, receive
from headwater.api.worker import scorer_of
from headwater.files import no_room

__all__ = ["router"]

router = APIRouter(prefix="/v1/score", tags=["files"])
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')  # a string of RFC 9651, whose quotes people leave out
FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
FORM: dict[str, Any] = {"schema": {"type": "object", "required": ["file"], "properties": {"file": FILE["schema"]}}}
BODY: dict[str, Any] = {
    "required": True,
    "content": {**dict.fromkeys(KINDS, FILE), "application/octet-stream": FILE, "multipart/form-data": FORM},
}


@router.post("", status_code=202, openapi_extra={"requestBody": BODY})
async def take(
    request: Request,
    model: Annotated[
        list[str] | None, Query(max_length=16, description="One or more; may be left out where one is served.")
    ] = None,
    risk: Annotated[
        float | None, Query(gt=0, lt=1, description="Abstain, so that at most this share is wrong.")
    ] = None,
    format: Annotated[Literal["csv", "jsonl", "parquet"], Query(description="The result's.")] = "jsonl",  # noqa: A002 - its name in the query
    text_column: Annotated[str, Query(min_length=1, max_length=255, description="Where the text is.")] = "text",
) -> Response:
    """Take a file of JSONL, CSV or Parquet, as the body or as a form. With an Idempotency-Key the same file sent again
    is the same job, and another under that key is refused (422).
    """
    jobs, caller, service = jobs_of(request), caller_of(request), service_of(request)
    mark = _mark(request.headers.get("idempotency-key"))
    named: list[str | None] = [*model] if model else [None]
    names = tuple(service.model(name).bundle.manifest.name for name in named)
    logs.note("+".join(names))
    scorer = scorer_of(service, names, risk)  # what could not be scored is refused before it is sent
    jobs.check_room()
    try:
        with jobs.upload() as folder:
            got = await receive(request, folder / "input")
            asked = Asked(names, format, risk, text_column, got.format)
            job = Job(
                "", caller.name, logs.current() or "", "", asked, tuple(scorer.identity), got.digest, got.size, mark
            )
            made, known = await anyio.to_thread.run_sync(jobs.add, folder, job)
    except OSError as fault:
        if not no_room(fault):
            raise
        raise HTTPException(507, "this server's disk is full: try again later", {"Connection": "close"}) from fault
    headers = {"Location": f"/v1/score/{made.id}"} | ({"Idempotent-Replayed": "true"} if known else {})
    return JSONResponse(told(made), 202, headers)


@router.get("")
async def listed(request: Request) -> Response:
    """The caller's jobs, the newest first."""
    return JSONResponse({"jobs": [told(job) for job in jobs_of(request).listed(_owner(request))]})


@router.get("/{job}")
async def state(request: Request, job: str) -> Response:
    """How a job stands: read = scored + rejected, and the share of the file that was read."""
    return JSONResponse(told(_job(request, job)))


@router.get("/{job}/result")
async def result(request: Request, job: str) -> Response:
    """The rows of a job that is done, in the bytes of `headwater score`."""
    found = _done(request, job)
    kind = found.asked.output
    path = jobs_of(request).place(found.id) / f"result.{kind}"
    return FileResponse(path, media_type=TYPES[kind], filename=f"{found.id}.{kind}")


@router.get("/{job}/rejects")
async def rejects(request: Request, job: str) -> Response:
    """The rows that were not scored, with their reasons, as JSONL."""
    found = _done(request, job)
    path = jobs_of(request).place(found.id) / f"result.{found.asked.output}.rejects.jsonl"
    return FileResponse(path, media_type=TYPES["jsonl"], filename=f"{found.id}.rejects.jsonl")


@router.delete("/{job}", status_code=204)
async def delete(request: Request, job: str) -> Response:
    """Delete a job and all its files; one that runs ends after its shard."""
    await anyio.to_thread.run_sync(jobs_of(request).delete, _job(request, job))
    return Response(status_code=204)


def jobs_of(request: Request) -> Jobs:
    """The jobs of the app that a request came to."""
    return request.app.state.jobs  # type: ignore[no-any-return]


def caller_of(request: Request) -> Caller:
    """Who asks, as the gate has found."""
    return request.scope.get("headwater.caller", ANYBODY)  # type: ignore[no-any-return]


def told(job: Job) -> dict[str, Any]:
    """A job as callers see it."""
    asked = job.asked
    return {
        "id": job.id, "state": job.state, "error": job.error, "read": job.read, "scored": job.scored, "rejected": job.rejected,
        "share": job.share, "created": job.created, "finished": job.finished, "models": list(job.bundles), "risk": asked.risk,
        "format": asked.output, "text_column": asked.text_column, "bytes": job.size, "sha256": job.digest,
        "left_out": list(job.left_out),
    }  # fmt: skip


def _owner(request: Request) -> str | None:
    """Whose jobs the caller sees; None for everybody's."""
    caller = caller_of(request)
    return None if caller.may("admin") else caller.name


def _job(request: Request, identity: str) -> Job:
    return jobs_of(request).get(identity, _owner(request))


def _done(request: Request, identity: str) -> Job:
    job = _job(request, identity)
    if job.state != "done":
        why = f"it failed: {job.error}" if job.state == "failed" else f"it is {job.state}: ask again"
        raise HTTPException(409, f"expected a job that is done; {why}")
    return job


def _mark(given: str | None) -> str | None:
    """The digest of an Idempotency-Key. Raises HTTPException."""
    if given is None:
        return None
    if not (found := KEY.fullmatch(given.strip())):
        raise HTTPException(400, "expected an Idempotency-Key of 1 to 255 visible characters")
    return hashlib.sha256(found[1].encode()).hexdigest()
