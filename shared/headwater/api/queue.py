"""What waits: rows of many requests, whose turn it is, and which rows make a good batch. Not for threads by itself.

Requests take turns. The one whose turn it is gives its next row, and those waiting rows of the same model that are nearest to
it in length come along, up to a budget of tokens: a request of 3,000 windows takes its turns like everybody.
"""

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Member", "Queue", "Request", "Row", "around"]

Row = Mapping[str, np.ndarray]  # int64 (tokens,) by input name
# What a batch is padded by at most, in tokens: a tenth of it, or about what one more call would cost.
PADDING, CALL = 0.1, 24


@dataclass(eq=False)
class Request:
    """Rows that wait for a model; `outputs[row]` is filled in as they are run, and `done` hears of the end once."""

    lane: str
    rows: Sequence[Row]
    done: Callable[[Exception | None], None]
    lengths: list[int] = field(default_factory=list)  # tokens of each row
    outputs: list[dict[str, np.ndarray]] = field(default_factory=list)
    waits: list[bool] = field(default_factory=list)  # for each row, whether no worker has it yet
    left: int = 0  # rows without outputs
    share: float = 1.0  # of its tokens, what counts against the capacity
    number: int = 0  # of its first row, in the order of all that came
    first: int = 0  # rows before this one wait no more
    over: bool = False  # answered, failed or given up
    name: str | None = None  # what the log calls it

    def __post_init__(self) -> None:
        self.lengths = [len(next(iter(row.values()))) for row in self.rows]
        self.outputs = [{} for _ in self.rows]
        self.waits, self.left = [True] * len(self.rows), len(self.rows)

    @property
    def tokens(self) -> int:
        return sum(self.lengths)

    def finish(self, fault: Exception | None = None) -> None:
        if not self.over:
            self.over = True
            self.done(fault)

    def next_row(self) -> int | None:
        """The first row that waits."""
        while self.first < len(self.rows) and not self.waits[self.first]:
            self.first += 1
        return self.first if self.first < len(self.rows) else None


Member = tuple[Request, int]  # a row of a request
Waiting = tuple[int, int, Request, int]  # length, number, and the row it is: sorted, neighbours are of like length


class Queue:
    """Rows that wait or run. `tokens` counts them; `load` counts of one request a quarter of `capacity` at most, so that
    a long one does not shut out the others.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity, self.tokens, self.load = capacity, 0, 0.0
        self._turns: deque[Request] = deque()
        self._rows: dict[str, list[Waiting]] = {}  # of each lane in which any wait, by length
        self._number = 0  # of the next row that comes

    def __len__(self) -> int:
        """Requests that wait for a turn; some may have none left to wait for."""
        return len(self._turns)

    @property
    def full(self) -> bool:
        return self.tokens > 0 and self.load >= self.capacity

    def put(self, request: Request) -> None:
        tokens = request.tokens
        request.share = min(1.0, self.capacity / 4 / max(tokens, 1))
        request.number, self._number = self._number, self._number + len(request.rows)
        self.tokens += tokens
        self.load += request.share * tokens
        self._turns.append(request)
        waiting = self._rows.setdefault(request.lane, [])
        waiting += [(length, request.number + row, request, row) for row, length in enumerate(request.lengths)]
        waiting.sort(key=_place)

    def take(self, budget: int) -> list[Member]:
        """A row of the request whose turn it is, and its neighbours in length; nothing where nothing waits."""
        while self._turns:
            request = self._turns.popleft()
            row = request.next_row()
            if row is None:
                continue
            if request.over:
                self._drop(request)
                continue
            waiting = self._rows[request.lane]
            place = bisect_left(waiting, (request.lengths[row], request.number + row), key=_place)
            low, high = around([entry[0] for entry in waiting], place, budget)
            members = [(other, index) for _, _, other, index in waiting[low:high]]
            del waiting[low:high]
            self._forget(request.lane)
            for other, index in members:
                other.waits[index] = False
            self._turns.append(request)
            return members
        return []

    def ran(self, members: Sequence[Member]) -> None:
        """Count rows no more, whatever became of them."""
        for request, row in members:
            self.tokens -= request.lengths[row]
            self.load -= request.share * request.lengths[row]
        if not self.tokens:
            self.load = 0.0  # of sums and differences something may remain

    def clear(self) -> list[Request]:
        """Empty the queue; the requests that were in it, some with rows that run."""
        found = [request for request in self._turns if request.next_row() is not None]
        for request in found:
            self._drop(request)
        self._turns.clear()
        return found

    def _drop(self, request: Request) -> None:
        waiting = self._rows.get(request.lane, [])
        waiting[:] = [entry for entry in waiting if entry[2] is not request]
        self._forget(request.lane)
        self.ran([(request, row) for row, waits in enumerate(request.waits) if waits])

    def _forget(self, lane: str) -> None:
        """Keep no list for a lane in which nothing waits: lanes come and go with the models that are swapped."""
        if not self._rows.get(lane):
            self._rows.pop(lane, None)


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
