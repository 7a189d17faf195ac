"""Workers behind one bounded queue: rows of many requests share batches, and what cannot be done in time is refused.

A free worker takes the next batch at once and never waits for company: while the workers are busy, rows gather by
themselves.
"""

import asyncio
import logging
import math
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.api import logs
from headwater.api.queue import Member, Queue, Request, Row
from headwater.errors import HeadwaterError
from headwater.serving.predictor import Runner
from headwater.text import pad

__all__ = ["Batcher", "Closing", "Expired", "Gone", "Lane", "Overloaded", "TooLong"]

MEMORY = 0.8  # of the speed that was measured before, in the running mean
LOOK = 5.0  # seconds between two looks whether the caller is still there: with 1,500 that wait, one a second cost 7 %
LONGEST = 30  # seconds that anybody is asked to wait
DOUBT = 2.0  # times the deadline that a request must take by itself to be refused for its length: speeds vary
STALE = 5.0  # seconds without a batch, after which a speed refuses nothing: what made the last one slow may be over

log = logging.getLogger("headwater")


class Overloaded(HeadwaterError):
    """Too much waits already; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many requests are waiting: try again in {retry_after} s")


class TooLong(HeadwaterError):
    """A request that by itself would take far longer than its deadline."""


class Expired(HeadwaterError):
    """The deadline of a request passed before it was done."""


class Closing(HeadwaterError):
    """The server is being stopped."""


class Gone(HeadwaterError):
    """The caller has left."""


@dataclass(frozen=True)
class Lane:
    """How one model runs: `run` takes padded arrays, `fill` is what pads each input, `token` says which outputs have
    an axis of tokens.
    """

    run: Runner
    fill: Mapping[str, int]
    token: Mapping[str, bool]
    model: str = ""  # whose batches these are, where a lane is named otherwise


class Batcher:
    """The queue and its workers. `budget` (of a batch) and `capacity` (of what waits) are in tokens.

    A request is taken while the queue is not full, whatever its own length: it holds one request more than its capacity at
    most, and the longest one gets its turn as well.
    """

    def __init__(self, lanes: Mapping[str, Lane], workers: int, budget: int = 512, capacity: int = 65_536) -> None:
        self.lanes, self.budget = dict(lanes), budget
        self.queue = Queue(capacity)
        self.speed, self.measured = 0.0, time.monotonic()  # tokens a second by one worker; and when that was found
        self.failed, self.failing = 0, 0  # batches in all, and in a row
        self.running: dict[str, float] = {}  # worker -> when its batch began
        self.observe: Callable[[str, int, int], None] = lambda lane, rows, tokens: None  # hears of every batch
        self._lock = threading.Condition()
        self._closed = False
        self.threads = [
            threading.Thread(target=self._work, name=f"headwater-{i}", daemon=True) for i in range(max(1, workers))
        ]
        for thread in self.threads:
            thread.start()

    async def submit(
        self, lane: str, rows: Sequence[Row], deadline: float, gone: Callable[[], Awaitable[bool]] | None = None
    ) -> list[dict[str, np.ndarray]]:
        """Outputs by name for each row; those with an axis of tokens have the row's own length.

        `deadline` is a time of `time.monotonic`; `gone` says whether the caller has left, and is asked every few seconds.
        Raises Overloaded, TooLong or Closing at once, Expired, Gone, and whatever the model raised. Rows of a request
        that ends early are not run any more.
        """
        if not rows:
            return []
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def done(fault: Exception | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, future, fault)

        request = Request(lane, rows, done, name=logs.current())
        with self._lock:
            self._admit(deadline, request.tokens)
            self.queue.put(request)
            self._lock.notify()
        try:
            while not future.done():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Expired("the deadline passed before the request was done")
                await asyncio.wait([future], timeout=min(left, LOOK))
                if not future.done() and gone is not None and await gone():
                    raise Gone("the caller has left")
            future.result()
        finally:
            request.over = True
        return request.outputs

    def drop(self, lane: str) -> None:
        """Forget a lane that no request uses any more; rows of requests that were given up may still wait in it."""
        self.lanes.pop(lane, None)

    def admit(self, deadline: float) -> None:
        """Raise Overloaded or Closing where a request would be refused, before any work is put into it."""
        with self._lock:
            self._admit(deadline, 0)

    def _admit(self, deadline: float, tokens: int) -> None:
        if self._closed:
            raise Closing("this server is being stopped: try another, or again in a while")
        left, pace, waiting = deadline - time.monotonic(), self.speed * len(self.threads), self.queue.tokens
        idle = not waiting and not self.running and time.monotonic() - self.measured > STALE
        if pace and tokens > DOUBT * left * pace and not idle:
            raise TooLong(
                f"{tokens:,} tokens take about {tokens / pace:.0f} s here, and the deadline is in {left:.0f} s: "
                "send several requests"
            )
        ahead = min(waiting, len(self.queue) * max(tokens, self.budget))  # requests take turns
        if waiting and (self.queue.full or (pace and ahead > left * pace)):
            raise Overloaded(min(LONGEST, max(1, math.ceil(waiting / pace))) if pace else 1)

    def alive(self) -> bool:
        return not self._closed and all(thread.is_alive() for thread in self.threads)

    def stuck(self, now: float) -> float:
        """For how many seconds the longest running batch has been running."""
        return max((now - begun for begun in list(self.running.values())), default=0.0)

    def close(self, seconds: float = 10.0) -> None:
        """Refuse what waits, and give the workers so many seconds to end."""
        with self._lock:
            self._closed = True
            refused = self.queue.clear()
            self._lock.notify_all()
        for request in refused:
            request.finish(Closing("this server is being stopped: try another, or again in a while"))
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(timeout=max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while members := self._take():
            self.running[threading.current_thread().name] = time.monotonic()
            try:
                self._run(members)
            finally:
                self.running.pop(threading.current_thread().name, None)

    def _take(self) -> list[Member]:
        """Wait for rows and take a batch of them; nothing once the queue is closed."""
        with self._lock:
            members: list[Member] = []
            while not members and not self._closed:
                if not len(self.queue):
                    self._lock.wait()
                members = self.queue.take(self.budget)
            if len(self.queue):
                self._lock.notify()
            return members

    def _run(self, members: Sequence[Member]) -> None:
        name = members[0][0].lane
        lane = self.lanes.get(name)  # none where it was dropped: then the requests of these rows were given up
        wanted = [member for member in members if lane and not member[0].over]
        tokens, begun, fault = sum(request.lengths[row] for request, row in wanted), time.monotonic(), None
        try:
            self._fill(lane, wanted)
        except Exception as raised:  # noqa: BLE001 - whatever a runtime raises must reach the caller, and the worker live on
            fault = raised
        with self._lock:
            # Before anybody hears of it: who has an answer may come again at once, and must not meet his own tokens.
            self.queue.ran(members)
            if fault is not None:
                self.failed, self.failing = self.failed + 1, self.failing + 1
            elif wanted:
                self.failing, self.measured = 0, time.monotonic()
                pace = tokens / max(self.measured - begun, 1e-6)
                self.speed = pace if not self.speed else MEMORY * self.speed + (1 - MEMORY) * pace
        if fault is not None:
            self._alone(name, lane, wanted, fault)
        else:
            if lane is not None:
                self._tell(lane.model or name, len(wanted), tokens)
            self._finish(wanted)

    def _fill(self, lane: Lane | None, members: Sequence[Member]) -> None:
        """Run rows as one batch and give each its own part of the outputs."""
        if lane is None or not members:
            return
        width = max(request.lengths[row] for request, row in members)
        rows = [request.rows[row] for request, row in members]
        outputs = lane.run({key: pad([row[key] for row in rows], width, fill) for key, fill in lane.fill.items()})
        for place, (request, row) in enumerate(members):
            for key, values in outputs.items():
                own = values[place]
                request.outputs[row][key] = own[: request.lengths[row]] if lane.token.get(key) else own

    def _finish(self, members: Sequence[Member]) -> None:
        """Answer the requests of which nothing is left to run."""
        with self._lock:
            for request, _ in members:
                request.left -= 1
            ended = [request for request, _ in members if not request.left]
        for request in ended:
            request.finish()

    def _alone(self, name: str, lane: Lane | None, members: Sequence[Member], fault: Exception) -> None:
        """After a batch that failed: every request of it by itself, so that one bad row fails no other's request."""
        requests = list({id(request): request for request, _ in members}.values())
        for request in requests:
            mine = [(other, row) for other, row in members if other is request]
            try:
                if len(requests) == 1:
                    raise fault
                self._fill(lane, mine)
            except Exception as own:
                log.exception("a batch of %s failed", name, extra={"request": request.name})
                request.finish(own)
            else:
                self.failing = 0
                self._finish(mine)

    def _tell(self, name: str, rows: int, tokens: int) -> None:
        try:
            self.observe(name, rows, tokens)
        except Exception:  # who listens may fail, and the worker lives on
            log.exception("what observes batches failed")


def _settle(future: "asyncio.Future[None]", fault: Exception | None) -> None:
    if future.done():
        return
    if fault is None:
        future.set_result(None)
    else:
        future.set_exception(fault)
