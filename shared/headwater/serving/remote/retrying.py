"""When a request is sent again: one policy for REST and gRPC. What is sent is pure, so that sending it twice is sound.

Waits grow exponentially and are drawn from the whole of it ("full jitter", Brooker, Exponential Backoff And Jitter, AWS
Architecture Blog 2015), so that callers who failed together do not come again together. A server that says when to come
again is heard. A budget bounds what a failing server is sent beside new requests: as retryThrottling of gRPC's
proposal A6, with the steady refill of Finagle's RetryBudget, for a client that rests earns nothing.
"""

import random
import threading
import time
import weakref
from collections.abc import Callable
from typing import TypeVar

from headwater.errors import ServerError

__all__ = ["Budget", "Late", "Passing", "Retry", "budget_of"]

TOKENS = 100.0  # of a full budget; retries end at half of it: four threads may wait out half a minute
EARNED = 0.2  # tokens that a success gives back: at most a fifth more requests where failures go on
REFILL = 1.0  # tokens a second
FIRST, LONGEST = 0.1, 5.0  # seconds: the ceiling of the first wait, and of any
LEAST = 0.05  # seconds that any attempt is given

Result = TypeVar("Result")


class Passing(Exception):
    """A failure that may be over a moment later; `fault` says what it was, `wait` when the server bids to come again."""

    def __init__(self, fault: ServerError, wait: float | None = None) -> None:
        self.fault, self.wait = fault, wait
        super().__init__(str(fault))


class Late(Exception):
    """No answer came in the time of an attempt, which is all the time there was."""


class Budget:
    """Tokens of one server: a failure costs one, a success gives back `EARNED`, a second `REFILL`."""

    def __init__(self, tokens: float = TOKENS, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.tokens, self.clock, self.seen = tokens, tokens, clock, clock()
        self._lock = threading.Lock()

    def failed(self) -> bool:
        """Count a failure; whether there may be a retry."""
        return self._add(-1.0) > self.most / 2

    def succeeded(self) -> None:
        self._add(EARNED)

    def _add(self, amount: float) -> float:
        with self._lock:
            now = self.clock()
            self.tokens = min(self.most, self.tokens + REFILL * (now - self.seen))
            self.tokens, self.seen = min(self.most, max(0.0, self.tokens + amount)), now
            return self.tokens


class Retry:
    """Call attempts of the server `name` until one succeeds, within `timeout` seconds and the server's budget."""

    def __init__(
        self,
        name: str,
        timeout: float,
        budget: Budget,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.name, self.timeout, self.budget = name, timeout, budget
        self.clock, self.sleep, self.draw = clock, sleep, draw

    def __call__(self, attempt: Callable[[float], Result], patient: bool = True) -> Result:
        """What `attempt` gives of the seconds that are left for it; without patience the first failure is told.

        Raises ServerError: what the last attempt met, or that the time or the budget is spent.
        """
        end, ceiling = self.clock() + self.timeout, FIRST
        while True:
            try:
                found = attempt(max(LEAST, end - self.clock()))
            except Late as late:
                self.budget.failed()
                raise ServerError(f"{self.name}: expected an answer within {self.timeout:g} s, got none") from late
            except Passing as passing:
                funded = self.budget.failed()
                wait = self.draw(0.0, ceiling) + (passing.wait or 0.0)
                if not patient or self.clock() + wait > end:
                    raise passing.fault from passing.__cause__
                if not funded:
                    said = "it was not asked again, since it has failed too often of late: try again in a minute"
                    raise ServerError(f"{passing.fault}; {said}") from passing.__cause__
            else:
                self.budget.succeeded()
                return found
            self.sleep(wait)
            ceiling = min(LONGEST, 2 * ceiling)


_budgets: "weakref.WeakValueDictionary[str, Budget]" = weakref.WeakValueDictionary()
_making = threading.Lock()


def budget_of(server: str) -> Budget:
    """The one budget of all sessions of a server, for as long as there is one."""
    with _making:
        found = _budgets.get(server)
        if found is None:
            found = _budgets[server] = Budget()
        return found
