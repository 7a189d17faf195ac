"""Files that were sent to be scored, as jobs: one folder each, whose record appears whole or not at all.

    jobs/<id>/job.json      what was asked for and what became of it; written anew at each change of state
    jobs/<id>/input         the file as it came
    jobs/<id>/result.csv    what `headwater score` would have written, and result.csv.rejects.jsonl beside it
    jobs/.upload-<id>       and .gone-<id>: what is being uploaded or deleted; cleared away at the next start

A server that was killed finds here what it had promised: what was queued or running is queued again, in its order; a file on
which it ended three times has failed.
"""

import logging
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from headwater.api.job import Job, read_job, write_job
from headwater.api.job_lock import hold
from headwater.errors import HeadwaterError

__all__ = ["Crowded", "Jobs", "OtherBody", "UnknownJob", "Unready"]

ENDED = ("done", "failed")
REST = re.compile(r"\.(upload|gone)-[0-9a-f]{24}")  # what an end of the process left half done; nothing else is ours
SWEEP = 600.0  # seconds between two looks for jobs that have expired
STARTS = 3  # of a job, after which it is taken to be what ends the server
AGAIN = 30  # seconds after which a caller is asked to come again where too many jobs wait

log = logging.getLogger("headwater.jobs")


class UnknownJob(HeadwaterError):
    """No such job, or one of somebody else."""


class Crowded(HeadwaterError):
    """Too many jobs wait; `retry_after` is in whole seconds."""

    def __init__(self, most: int) -> None:
        self.retry_after = AGAIN
        super().__init__(f"{most} files wait to be scored, which is all that may: try again in {AGAIN} s")


class OtherBody(HeadwaterError):
    """An Idempotency-Key that came with another file, or other parameters, before."""


class Unready(HeadwaterError):
    """This server takes no files."""


class Jobs:
    """The jobs of one server. `most` may wait; one that has ended is kept for `days`.

    Nothing is touched before `open`, which raises Unready where another process works on the folder.
    """

    def __init__(
        self, folder: Path, most: int = 16, days: float = 7.0, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.folder, self.most, self.days, self.now = folder, most, days, now
        self.fault: str | None = "this server is not ready for files yet"
        self._jobs: dict[str, Job] = {}  # in the order in which they came
        self._uploads, self._given_up = 0, False
        self._changed = threading.Condition(threading.RLock())
        self._closed = False
        self._release: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Take up what is there."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it will hold other people's texts
        try:
            self._release = hold(self.folder)
        except BlockingIOError:
            self.fault = "this server takes no files: another process works on its folder (--jobs gives it another)"
            raise Unready(f"{self.folder}: {self.fault}") from None
        for rest in self.folder.iterdir():
            if REST.fullmatch(rest.name):
                shutil.rmtree(rest, ignore_errors=True)
        found = [job for path in self.folder.glob("*/job.json") if (job := read_job(path)) is not None]
        with self._changed:
            self._closed, self._given_up, self.fault = False, False, None
            self._jobs = {job.id: job for job in sorted(found, key=lambda job: (job.created, job.id))}
            for job in found:
                if job.state == "running" and job.starts >= STARTS:
                    log.error("job %s has failed: the server ended %d times on it", job.id, STARTS)
                    self.end(job, "failed", "the server ended three times on this file: send it in parts")
                elif job.state == "running":
                    self.put(replace(job, state="queued"))
        for job in found:
            if job.state == "deleted":
                self.remove(job.id)

    def close(self) -> None:
        """Take nothing more, and let nobody wait. What runs now may not come to its end, which is not held against it."""
        with self._changed:
            self._closed, self.fault = True, "this server is being stopped: try again in a while"
            for job in list(self._jobs.values()):
                if job.state == "running":
                    self.put(replace(job, starts=job.starts - 1))
            self._changed.notify_all()

    def give_up(self) -> None:
        """Take nothing more, because nobody works on the jobs any longer."""
        with self._changed:
            self._given_up = True
            self.fault = "this server takes no files: the thread that scores them has ended, its log says why"

    def faults(self) -> list[str]:
        """Why jobs that were promised are not worked on; nothing where all is well."""
        with self._changed:
            return [self.fault] if self._given_up and self.fault else []

    def release(self) -> None:
        """Leave the folder to others, once nobody works on it."""
        self._release()

    @property
    def closing(self) -> bool:
        return self._closed

    def place(self, identity: str) -> Path:
        """The folder of a job."""
        return self.folder / identity

    def check_room(self) -> None:
        """Raise Crowded or Unready where a file would be refused, before any of it is read."""
        with self._changed:
            if self.fault:
                raise Unready(self.fault)
            waiting = sum(job.state == "queued" for job in self._jobs.values())
            if waiting + self._uploads >= self.most:
                raise Crowded(self.most)

    @contextmanager
    def upload(self) -> Iterator[Path]:
        """A folder for a file that is on its way, with a place kept for its job; deleted unless `add` took it."""
        with self._changed:
            self.check_room()
            self._uploads += 1
        path = self.folder / f".upload-{secrets.token_hex(12)}"
        try:
            path.mkdir(mode=0o700)
            yield path
        finally:
            with self._changed:
                self._uploads -= 1
            shutil.rmtree(path, ignore_errors=True)

    def add(self, upload: Path, job: Job) -> tuple[Job, bool]:
        """Take a file for good, and say False; or the job that the same key and file made before, and True.

        `job.id` may be empty. Raises OtherBody.
        """
        with self._changed:
            if (before := self._marked(job)) is not None:
                if (before.digest, before.asked) != (job.digest, job.asked):
                    raise OtherBody(
                        "this Idempotency-Key came with another file or other parameters before: draw a new one"
                    )
                return before, True
            made = replace(job, id=secrets.token_hex(12), created=self._time())
            write_job(upload / "job.json", made)
            upload.rename(self.place(made.id))
            _sync(self.folder)
            self._jobs[made.id] = made
            self._changed.notify_all()
        return made, False

    def _marked(self, job: Job) -> Job | None:
        known = (each for each in self._jobs.values() if each.mark == job.mark and each.owner == job.owner)
        return next((each for each in known if each.state != "deleted"), None) if job.mark else None

    def listed(self, owner: str | None) -> list[Job]:
        """The jobs of an owner, or all of them, the newest first."""
        with self._changed:
            return [job for job in reversed(self._jobs.values()) if _seen(job, owner)]

    def get(self, identity: str, owner: str | None) -> Job:
        """A job. Raises UnknownJob, also for one of another owner."""
        with self._changed:
            job = self._jobs.get(identity)
        if job is None or not _seen(job, owner):
            raise UnknownJob("expected the id of a job, got one that is not known: it may have expired")
        return job

    def put(self, job: Job, kept: bool = True) -> None:
        """Take over a job's new state; `kept` writes it down. One that was deleted meanwhile stays so.

        Where the disk is full the state holds until the server ends, and the next one does again what was not written.
        """
        with self._changed:
            if self._jobs.get(job.id, job).state == "deleted":
                return
            if kept:
                try:
                    write_job(self.place(job.id) / "job.json", job)
                except OSError as fault:  # else the one thread that works on jobs would end
                    log.error(
                        "the state of job %s could not be written (%s): make room on the disk", job.id, fault.strerror
                    )
            self._jobs[job.id] = job

    def end(self, job: Job, state: str, error: str | None = None) -> None:
        """Write down how a job ended."""
        self.put(replace(self._jobs.get(job.id, job), state=state, error=error, finished=self._time()))

    def delete(self, job: Job) -> None:
        """Delete a job; one that is running is gone for everybody at once, and from the disk after its shard."""
        with self._changed:
            if self._jobs.get(job.id, job).state == "running":
                self.put(replace(job, state="deleted"))
                return
            gone = self._hide(job.id)
        shutil.rmtree(gone, ignore_errors=True)

    def remove(self, identity: str) -> None:
        """Delete a job's folder: it is gone in one step, and the space is given back after it. Raises OSError."""
        gone = self._hide(identity)
        shutil.rmtree(gone, ignore_errors=True)  # takes its time, and the event loop takes the lock

    def _hide(self, identity: str) -> Path:
        gone = self.folder / f".gone-{identity}"
        with self._changed:
            if self.place(identity).exists():
                self.place(identity).rename(gone)
            self._jobs.pop(identity, None)
        return gone

    def deleted(self, identity: str) -> bool:
        with self._changed:
            return identity not in self._jobs or self._jobs[identity].state == "deleted"

    def take(self) -> Job | None:
        """Wait for the next job, which is running from now on; None once the jobs are closed."""
        while True:
            self._expire()
            with self._changed:
                if self._closed:
                    return None
                job = next((each for each in self._jobs.values() if each.state == "queued"), None)
                if job is not None:
                    self.put(replace(job, state="running", starts=job.starts + 1))
                    return self._jobs[job.id]
                self._changed.wait(SWEEP)

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state."""
        with self._changed:
            states = [job.state for job in self._jobs.values()]
        return {state: states.count(state) for state in ("queued", "running", *ENDED)}

    def _expire(self) -> None:
        try:
            limit = (self.now() - timedelta(days=self.days)).isoformat(timespec="microseconds")
        except (OverflowError, ValueError):  # before the year 1: they are kept for ever
            return
        with self._changed:
            expired = [job for job in self._jobs.values() if job.state in ENDED and (job.finished or "") < limit]
        for job in expired:
            try:
                self.remove(job.id)
                log.info("job %s has expired", job.id)
            except OSError as fault:
                log.error("job %s has expired and cannot be deleted: %s", job.id, fault.strerror)

    def _time(self) -> str:
        return self.now().isoformat(timespec="microseconds")


def _seen(job: Job, owner: str | None) -> bool:
    return job.state != "deleted" and owner in (None, job.owner)


def _sync(folder: Path) -> None:
    """Have a rename on the disk before anybody is told of it."""
    if os.name == "posix":  # elsewhere a folder cannot be opened, and the rename is on the disk with the file
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
