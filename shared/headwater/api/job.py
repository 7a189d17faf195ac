"""The record of one file that is scored as a job."""

import json
import logging
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from headwater.files import write_whole

__all__ = ["Asked", "Job", "read_job", "write_job"]

NAME = re.compile(r"[0-9a-f]{24}")

log = logging.getLogger("headwater.jobs")


@dataclass(frozen=True)
class Asked:
    """What `headwater score` would be given. `input_format` is None where the first bytes have to tell."""

    models: tuple[str, ...]
    output: str
    risk: float | None = None
    text_column: str = "text"
    input_format: str | None = None


@dataclass(frozen=True)
class Job:
    """One file. `bundles` is `Scorer.identity` when it was taken, `digest` the sha256 of the file, `mark` of the
    Idempotency-Key; times are ISO 8601 in UTC. `state` is queued, running, done, failed or deleted; `starts` is how often it
    was begun, without what a server broke off that was stopped in order.
    """

    id: str
    owner: str
    request: str
    created: str
    asked: Asked
    bundles: tuple[dict[str, Any], ...]
    digest: str
    size: int
    mark: str | None = None
    state: str = "queued"
    finished: str | None = None
    read: int = 0
    scored: int = 0
    rejected: int = 0
    share: float = 0.0
    error: str | None = None
    left_out: tuple[str, ...] = ()
    starts: int = 0


def write_job(path: Path, job: Job) -> None:
    """Write a record so that it appears whole."""
    write_whole(path, [json.dumps(asdict(job), ensure_ascii=False).encode()])


def read_job(path: Path) -> Job | None:
    """A job's record; one that is not ours is left alone, and told."""
    try:
        content = json.loads(path.read_bytes())
        asked = Asked(**{**content["asked"], "models": tuple(content["asked"]["models"])})
        job = Job(
            **{**content, "asked": asked, "bundles": tuple(content["bundles"]), "left_out": tuple(content["left_out"])}
        )
    except (OSError, ValueError, TypeError, KeyError) as fault:
        log.error("%s is no record of a job (%s): it is left alone", path, type(fault).__name__)
        return None
    return job if NAME.fullmatch(job.id) and path.parent.name == job.id else None
