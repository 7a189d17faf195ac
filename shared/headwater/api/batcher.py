"""One bounded queue before all models: rows of many requests share batches, and too many requests are told so.

A request is cut into rows, windows of tokens. A free worker takes rows of one model from all waiting requests in turn,
sorts them by length and runs them in batches of at most `budget` tokens. It never waits for company: while the workers
are busy, rows gather by themselves. A request of 3,000 windows takes its turns like everybody, a budget at a time.
"""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from headwater.errors import HeadwaterError
from headwater.serving.batching import token_batches
from headwater.serving.predictor import Runner
from headwater.text import pad

__all__ = ["Batcher", "Expired", "Lane", "Overloaded", "Row"]

Row = Mapping[str, np.ndarray]  # int64 (tokens,) by input name
MEMORY = 0.8  # of the speed that was measured before, in the running mean


class Overloaded(HeadwaterError):
    """The queue is full, or so long that the deadline would pass in it; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many requests are waiting: try again in {retry_after} s, or raise --capacity")


class Expired(HeadwaterError):
    """The deadline of a request passed before it was its turn."""


@dataclass(frozen=True)
class Lane:
    """How one model runs: `run` takes padded arrays, `fill` is what pads each input, `token` says which outputs have
    an axis of tokens.
    """

    run: Runner
    fill: Mapping[str, int]
    token: Mapping[str, bool]


@dataclass(eq=False)
class Request:
    """Rows that wait for a model; `outputs[row]` is filled in as they are run."""

    lane: str
    rows: Sequence[Row]
    lengths: Sequence[int]
    deadline: float
    done: Callable[[Exception | None], None]
    outputs: list[dict[str, np.ndarray]] = field(default_factory=list)
    taken: int = 0  # rows that a worker has
    left: int = 0  # rows without outputs
    over: bool = False  # answered, failed or given up

    def finish(self, fault: Exception | None = None) -> None:
        if not self.over:
            self.over = True
            self.done(fault)


class Batcher:
    """The queue and its workers. `capacity` and `budget` are in tokens; `waiting` counts those not yet run.

    A request is taken while fewer than `capacity` tokens wait, whatever its own length, so that the longest one gets
    its turn as well: the queue holds at most `capacity` and one request more.
    """

    def __init__(self, lanes: Mapping[str, Lane], workers: int, budget: int = 512, capacity: int = 65_536) -> None:
        self.lanes, self.budget, self.capacity = dict(lanes), budget, capacity
        self.waiting, self.speed, self.faults = 0, 0.0, 0  # tokens, tokens a second by one worker, batches that failed
        self.running: dict[str, float] = {}  # worker -> when its batch began
        self.observe: Callable[[str, int, int], None] = lambda lane, rows, tokens: None  # hears of every batch
        self._queue: deque[Request] = deque()
        self._lock = threading.Condition()
        self._closed = False
        self.threads = [
            threading.Thread(target=self._work, name=f"headwater-{i}", daemon=True) for i in range(max(1, workers))
        ]
        for thread in self.threads:
            thread.start()

    async def submit(self, lane: str, rows: Sequence[Row], deadline: float) -> list[dict[str, np.ndarray]]:
        """Outputs by name for each row; those with an axis of tokens have the row's own length.

        `deadline` is a time of `time.monotonic`. Raises Overloaded at once, Expired when the deadline passes in the
        queue, and whatever the model raised. A caller that is cancelled takes its rows out of the queue.
        """
        if not rows:
            return []
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def done(fault: Exception | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, future, fault)

        lengths = [len(next(iter(row.values()))) for row in rows]
        request = Request(lane, rows, lengths, deadline, done, [{} for _ in rows], left=len(rows))
        self._put(request)
        try:
            await future
        except asyncio.CancelledError:
            with self._lock:
                request.over = True
            raise
        return request.outputs

    def seconds(self) -> float:
        """How long what waits will take, by the speed of the last batches."""
        return self.waiting / (self.speed * len(self.threads)) if self.speed else 0.0

    def alive(self) -> bool:
        return not self._closed and all(thread.is_alive() for thread in self.threads)

    def stuck(self, now: float) -> float:
        """For how many seconds the longest running batch has been running."""
        return max((now - begun for begun in list(self.running.values())), default=0.0)

    def close(self) -> None:
        """Let the workers end; what waits still is refused."""
        with self._lock:
            self._closed = True
            for request in self._queue:
                request.finish(Overloaded(1))
            self._queue.clear()
            self._lock.notify_all()
        for thread in self.threads:
            thread.join(timeout=10)

    def _put(self, request: Request) -> None:
        with self._lock:
            late = self.seconds() > request.deadline - time.monotonic()
            if self._closed or (self.waiting and (self.waiting >= self.capacity or late)):
                raise Overloaded(max(1, math.ceil(self.seconds())))
            self.waiting += sum(request.lengths)
            self._queue.append(request)
            self._lock.notify()

    def _work(self) -> None:
        while taken := self._take():
            lane = taken[0][0].lane
            for batch in token_batches([request.lengths[row] for request, row in taken], self.budget):
                self._run(lane, [taken[i] for i in batch])

    def _take(self) -> list[tuple[Request, int]]:
        """Wait for rows and take some; nothing once the queue is closed."""
        with self._lock:
            taken: list[tuple[Request, int]] = []
            while not taken and not self._closed:
                if not self._queue:
                    self._lock.wait()
                taken = self._gather()
            if self._queue:
                self._lock.notify()
            return taken

    def _gather(self) -> list[tuple[Request, int]]:
        """Rows of one model, a budget from each waiting request in turn, until two batches can be made of them."""
        taken: list[tuple[Request, int]] = []
        others, again = deque[Request](), deque[Request]()
        tokens, now = 0, time.monotonic()
        while self._queue and tokens < 2 * self.budget:
            request = self._queue.popleft()
            if request.over or request.deadline < now:
                self.waiting -= sum(request.lengths[request.taken :])
                request.finish(Expired("the deadline passed before it was this request's turn"))
            elif taken and request.lane != taken[0][0].lane:
                others.append(request)
            else:
                tokens += self._share(request, taken)
                if request.taken < len(request.rows):
                    again.append(request)
        self._queue.extendleft(reversed(others))  # they have waited longest
        self._queue.extend(again)
        return taken

    def _share(self, request: Request, taken: list[tuple[Request, int]]) -> int:
        """Take rows of a request, one at least, up to the budget; how many tokens they have."""
        tokens = 0
        while request.taken < len(request.rows) and (
            not tokens or tokens + request.lengths[request.taken] <= self.budget
        ):
            tokens += request.lengths[request.taken]
            taken.append((request, request.taken))
            request.taken += 1
        return tokens

    def _run(self, name: str, members: Sequence[tuple[Request, int]]) -> None:
        wanted = [(request, row) for request, row in members if not request.over]
        tokens = sum(request.lengths[row] for request, row in members)
        me, begun = threading.current_thread().name, time.monotonic()
        self.running[me] = begun
        try:
            self._fill(name, wanted)
        except Exception as fault:  # noqa: BLE001 - whatever a runtime raises must reach the caller, and the worker live on
            self.faults += 1
            self._alone(name, wanted, fault)
        finally:
            self.running.pop(me, None)
            with self._lock:
                self.waiting -= tokens
                pace = tokens / max(time.monotonic() - begun, 1e-6)
                self.speed = pace if not self.speed else MEMORY * self.speed + (1 - MEMORY) * pace
        self.observe(name, len(wanted), tokens)

    def _fill(self, name: str, members: Sequence[tuple[Request, int]]) -> None:
        """Run rows as one batch and give each its own part of the outputs."""
        if not members:
            return
        lane, width = self.lanes[name], max(request.lengths[row] for request, row in members)
        rows = [request.rows[row] for request, row in members]
        outputs = lane.run({key: pad([row[key] for row in rows], width, fill) for key, fill in lane.fill.items()})
        for place, (request, row) in enumerate(members):
            for key, values in outputs.items():
                own = values[place]
                request.outputs[row][key] = own[: request.lengths[row]] if lane.token.get(key) else own
        with self._lock:
            for request, _ in members:
                request.left -= 1
                if not request.left:
                    request.finish()

    def _alone(self, name: str, members: Sequence[tuple[Request, int]], fault: Exception) -> None:
        """After a batch that failed: every request of it by itself, so that one bad row fails no other's request."""
        requests = list({id(request): request for request, _ in members}.values())
        if len(requests) == 1:
            requests[0].finish(fault)
            return
        for request in requests:
            try:
                self._fill(name, [(other, row) for other, row in members if other is request])
            except Exception as own:  # noqa: BLE001 - as above
                request.finish(own)


def _settle(future: "asyncio.Future[None]", fault: Exception | None) -> None:
    if future.done():
        return
    if fault is None:
        future.set_result(None)
    else:
        future.set_exception(fault)
