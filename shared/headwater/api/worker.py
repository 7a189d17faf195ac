"""The thread that scores files, one at a time, with the models of the server, and gives way to the requests of people.

Between two batches of a file it waits while any request waits or runs, for a quarter of a second at most: so a request
meets one batch of it, and a file goes on under any load. Its batches are cut as `headwater score` cuts them, so the bytes are
the same.
"""

import copy
import logging
import re
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from headwater.api import logs
from headwater.api.batcher import Batcher
from headwater.api.job import Job
from headwater.api.jobs import Jobs
from headwater.api.service import Service
from headwater.errors import HeadwaterError, ScoringError
from headwater.files import no_room
from headwater.scoring.run import Report, score_file
from headwater.scoring.scorer import Outcome, Scorer
from headwater.serving.model import Model
from headwater.serving.predictor import Predictor

__all__ = ["Worker", "scorer_of"]

PATIENCE = 0.25  # seconds that a batch of a file waits for requests at most
TYPES = ("text/csv", "application/x-ndjson", "application/vnd.apache.parquet")  # of headwater.api.uploads.KINDS
LOOK = 0.003  # seconds between two looks whether one is there

log = logging.getLogger("headwater.jobs")


class Worker:
    """Works on the jobs of a service, from `start` to `stop`."""

    def __init__(self, jobs: Jobs, service: Service) -> None:
        self.jobs, self.service = jobs, service
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="headwater-jobs", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 8.0) -> None:
        """End after the shard that is being scored; one that takes longer is scored again at the next start."""
        self.jobs.close()
        if self._thread is not None:
            self._thread.join(seconds)
            if self._thread.is_alive():
                return  # it still writes: the folder stays held until the process ends
        self.jobs.release()

    def _work(self) -> None:
        try:
            while (job := self.jobs.take()) is not None:
                logs.enter(logs.Entry(job.request))
                self._try(job)
                if self.jobs.deleted(job.id):  # perhaps at its last moment
                    self._remove(job)
        except Exception:
            log.exception("the thread that scores files has ended")
            self.jobs.give_up()

    def _try(self, job: Job) -> None:
        try:
            self._run(job)
        except _Left:
            pass
        except HeadwaterError as fault:
            self._fail(job, self._said(job, str(fault)))
        except Exception as fault:
            log.exception("job %s failed", job.id)
            full = "the server's disk is full: send the file again when the server has room"
            self._fail(job, full if no_room(fault) else "this server failed on the file; its log says why")

    def _remove(self, job: Job) -> None:
        try:
            self.jobs.remove(job.id)
        except OSError as fault:
            log.error("job %s cannot be deleted: %s", job.id, fault.strerror)

    def _run(self, job: Job) -> None:
        scorer = scorer_of(self.service, job.asked.models, job.asked.risk, polite=True)
        _check_same(job, scorer)
        folder = self.jobs.place(job.id)

        def engine(shards: Iterable[list[str]]) -> Iterator[list[Outcome]]:
            for texts in shards:
                self._check(job)
                yield scorer.score(texts)

        def progress(report: Report) -> None:
            self.jobs.put(_counted(job, report), kept=False)

        report = score_file(
            scorer, folder / "input", folder / f"result.{job.asked.output}", text_column=job.asked.text_column,
            input_format=job.asked.input_format, engine=engine, progress=progress,
        )  # fmt: skip
        self._check_deleted(job)
        self.jobs.end(_counted(job, report), "done")
        log.info("job %s is done: %d rows, %d rejected", job.id, report.read, report.rejected)

    def _check(self, job: Job) -> None:
        """Leave between two shards where the server stops or the job was deleted; the journal knows what is done."""
        if self.jobs.closing:
            raise _Left
        self._check_deleted(job)

    def _check_deleted(self, job: Job) -> None:
        if self.jobs.deleted(job.id):
            raise _Left

    def _fail(self, job: Job, error: str) -> None:
        log.warning("job %s has failed", job.id)
        self.jobs.end(job, "failed", error)

    def _said(self, job: Job, message: str) -> str:
        """A message for a caller who knows no path and gives no options."""
        told = message.replace(str(self.jobs.place(job.id) / "input"), "the file").replace(
            f"{self.jobs.place(job.id)}/", ""
        )
        told = told.replace("--text-column", "text_column")
        told = re.sub(r"give --format, one of .*", f"send a Content-Type of {', '.join(TYPES)}", told)
        told = re.sub(r": make room on the disk.*", ": send the file again when the server has room", told)
        return re.sub(r"(: |, )(run again|score a copy).*--restart.*", ": send the file again", told)


class _Left(Exception):
    """The job is left where it stands."""


def scorer_of(service: Service, names: Iterable[str], risk: float | None, polite: bool = False) -> Scorer:
    """The server's models as one scorer. Raises UnknownModel, and InputError as Scorer does."""
    models = [service.model(name) for name in names]
    return Scorer([_polite(model, service.batcher) for model in models] if polite else models, risk)


def _polite(model: Model, batcher: Batcher) -> Model:
    """The same model on one thread, whose batches let requests go first."""

    def run(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        end = time.monotonic() + PATIENCE
        while batcher.queue.tokens and time.monotonic() < end:
            time.sleep(LOOK)
        return model.session(arrays)

    own = copy.copy(model)
    own.predictor = Predictor(model.predictor.encoder, model.heads, run, model.predictor.budget)
    return own


def _check_same(job: Job, scorer: Scorer) -> None:
    """Raise ScoringError where a model is not the one that the file was taken for."""
    for was, now in zip(job.bundles, scorer.identity, strict=True):
        changed = [f"{name} {was.get(name)} then, {now[name]} now" for name in now if was.get(name) != now[name]]
        if changed:
            raise ScoringError(
                f"the model {now['name']} is not the one that this file was taken for ({', '.join(changed)}): send the file again"
            )


def _counted(job: Job, report: Report) -> Job:
    return replace(
        job, read=report.read, scored=report.scored, rejected=report.rejected, share=round(report.share, 4), left_out=report.left_out
    )  # fmt: skip
