"""One bounded queue before all models: rows of many requests share batches, and too many requests are told so.

A request is cut into rows, windows of tokens. A free worker takes the next row of the request whose turn it is, and with it
those waiting rows of the same model that are nearest to it in length, up to `budget` tokens. It never waits for company: while
the workers are busy, rows gather by themselves. A request of 3,000 windows takes its turns like everybody.
"""

import asyncio
import math
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from headwater.errors import HeadwaterError
from headwater.serving.predictor import Runner
from headwater.text import pad

__all__ = ["Batcher", "Expired", "Lane", "Overloaded", "Row", "around"]

Row = Mapping[str, np.ndarray]  # int64 (tokens,) by input name
MEMORY = 0.8  # of the speed that was measured before, in the running mean
# What a batch is padded by at most, in tokens: a tenth of it, or about what one more call would cost.
PADDING, CALL = 0.1, 24


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
    outputs: list[dict[str, np.ndarray]]
    waits: list[bool]  # for each row, whether no worker has it yet
    left: int  # rows without outputs
    number: int = 0  # of its first row, in the order of all that came
    next: int = 0  # rows before this one wait no more
    over: bool = False  # answered, failed or given up

    def finish(self, fault: Exception | None = None) -> None:
        if not self.over:
            self.over = True
            self.done(fault)

    def first(self) -> int | None:
        """The first row that waits."""
        while self.next < len(self.rows) and not self.waits[self.next]:
            self.next += 1
        return self.next if self.next < len(self.rows) else None


Waiting = tuple[int, int, Request, int]  # length, number, and the row it is: sorted, neighbours are of like length


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
        self._queue: deque[Request] = deque()  # whose turn it is
        self._rows: dict[str, list[Waiting]] = {name: [] for name in self.lanes}  # what waits, by length
        self._number = 0  # of the next row that comes
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
        request = Request(lane, rows, lengths, deadline, done, [{} for _ in rows], [True] * len(rows), len(rows))
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
                if request.first() is not None:
                    request.finish(Overloaded(1))
            self._queue.clear()
            self._rows = {name: [] for name in self.lanes}
            self._lock.notify_all()
        for thread in self.threads:
            thread.join(timeout=10)

    def _put(self, request: Request) -> None:
        with self._lock:
            full = self.waiting >= self.capacity or self.seconds() > request.deadline - time.monotonic()
            if self._closed or (self.waiting and full):
                raise Overloaded(max(1, math.ceil(self.seconds())))
            self.waiting += sum(request.lengths)
            self._queue.append(request)
            request.number, self._number = self._number, self._number + len(request.rows)
            waiting = self._rows[request.lane]
            waiting += [(length, request.number + row, request, row) for row, length in enumerate(request.lengths)]
            waiting.sort(key=_place)
            self._lock.notify()

    def _work(self) -> None:
        while members := self._take():
            self._run(members)

    def _take(self) -> list[tuple[Request, int]]:
        """Wait for rows and take a batch of them; nothing once the queue is closed."""
        with self._lock:
            members: list[tuple[Request, int]] = []
            while not members and not self._closed:
                if not self._queue:
                    self._lock.wait()
                members = self._gather()
            if self._queue:
                self._lock.notify()
            return members

    def _gather(self) -> list[tuple[Request, int]]:
        """A row of the request whose turn it is, and its neighbours in length."""
        while self._queue:
            request = self._queue.popleft()
            row = request.first()
            if row is None:
                continue
            if request.over or request.deadline < time.monotonic():
                self._drop(request)
                request.finish(_late())
                continue
            waiting = self._rows[request.lane]
            place = bisect_left(waiting, (request.lengths[row], request.number + row), key=_place)
            low, high = around([entry[0] for entry in waiting], place, self.budget)
            members = [(other, index) for _, _, other, index in waiting[low:high]]
            del waiting[low:high]
            for other, index in members:
                other.waits[index] = False
            self._queue.append(request)
            return members
        return []

    def _drop(self, request: Request) -> None:
        """Take a request's rows out of the queue."""
        waiting = self._rows[request.lane]
        waiting[:] = [entry for entry in waiting if entry[2] is not request]
        self.waiting -= sum(length for length, waits in zip(request.lengths, request.waits, strict=True) if waits)

    def _run(self, members: Sequence[tuple[Request, int]]) -> None:
        name = members[0][0].lane
        me, begun = threading.current_thread().name, time.monotonic()
        for request, _ in members:
            if request.deadline < begun:
                request.finish(_late())
        wanted = [(request, row) for request, row in members if not request.over]
        tokens = sum(request.lengths[row] for request, row in members)
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


def _late() -> Expired:
    return Expired("the deadline passed before it was this request's turn")


def _place(entry: tuple[Any, ...]) -> tuple[int, int]:
    return entry[0], entry[1]


def around(lengths: Sequence[int], place: int, budget: int) -> tuple[int, int]:
    """The batch around one row: [low, high) of the sorted `lengths`, with `place` in it.

    It grows by the neighbour that pads least, while it keeps to `budget` tokens, padding included, and is not padded by
    more than PADDING or CALL. A row longer than the budget is a batch of its own.

    >>> around([3, 9, 10, 10, 30], 2, budget=40)
    (1, 4)
    """
    low, high, tokens = place, place + 1, lengths[place]
    while True:
        width, rows = lengths[high - 1], high - low
        below = width - lengths[low - 1] if low else math.inf
        above = rows * (lengths[high] - width) if high < len(lengths) else math.inf
        grows = low - 1 if below <= above else high
        if min(below, above) == math.inf:
            return low, high
        padded = (rows + 1) * max(width, lengths[grows])
        if padded > budget or padded - tokens - lengths[grows] > max(PADDING * padded, CALL):
            return low, high
        tokens += lengths[grows]
        low, high = min(low, grows), max(high, grows + 1)


def _settle(future: "asyncio.Future[None]", fault: Exception | None) -> None:
    if future.done():
        return
    if fault is None:
        future.set_result(None)
    else:
        future.set_exception(fault)
