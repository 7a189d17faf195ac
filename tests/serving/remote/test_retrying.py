"""When a request is sent again, on a clock of the test's own."""

import pytest

from headwater.errors import ServerError
from headwater.serving.remote.retrying import Budget, Late, Passing, Retry, budget_of


class Time:
    """A clock that sleeping moves, and what was slept."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(round(seconds, 3))
        self.now += seconds


def failing(faults, seen):
    """An attempt that meets these faults, one a call, and then succeeds; `seen` hears the time that it was left."""
    waiting = iter(faults)

    def attempt(left):
        seen.append(round(left, 3))
        fault = next(waiting, None)
        if fault is not None:
            raise fault
        return "answer"

    return attempt


def passing(wait=None):
    return Passing(ServerError("busy"), wait)


def retry(time, timeout=30.0, budget=None, draw=lambda low, high: high):
    budget = budget or Budget(clock=time)
    return Retry("http://there", timeout, budget, clock=time, sleep=time.sleep, draw=draw)


def test_waits_double_to_a_ceiling_and_each_attempt_is_told_the_time_that_is_left():
    time, seen = Time(), []
    assert retry(time)(failing([passing()] * 8, seen)) == "answer"
    assert time.slept == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert seen[:4] == [30.0, 29.9, 29.7, 29.3]
    assert seen[-1] == pytest.approx(30 - 16.3)


def test_waits_are_drawn_from_all_of_it():
    time, asked = Time(), []

    def draw(low, high):
        asked.append((low, high))
        return high / 4

    retry(time, draw=draw)(failing([passing()] * 3, []))
    assert asked == [(0.0, 0.1), (0.0, 0.2), (0.0, 0.4)]
    assert time.slept == [0.025, 0.05, 0.1]


def test_a_server_that_says_when_to_come_again_is_heard_and_one_that_asks_for_too_much_is_left():
    time = Time()
    assert retry(time)(failing([passing(3.0), passing(0.0)], [])) == "answer"
    assert time.slept == [3.1, 0.2]
    time = Time()
    with pytest.raises(ServerError, match="busy"):
        retry(time, timeout=5.0)(failing([passing(7.0)], []))
    assert time.slept == []


def test_the_time_of_a_request_bounds_all_of_its_attempts():
    time, seen = Time(), []
    with pytest.raises(ServerError, match="busy"):
        retry(time, timeout=2.0)(failing([passing()] * 99, seen))
    assert time.now <= 2.0
    assert len(seen) == 5  # 0.1 + 0.2 + 0.4 + 0.8 = 1.5 s, and the next wait would end at 3.1
    with pytest.raises(ServerError, match=r"http://there: expected an answer within 2 s, got none"):
        retry(time, timeout=2.0)(failing([Late()], []))


def test_what_would_fail_again_and_what_is_asked_without_patience_is_asked_once():
    for fault, patient in ((ServerError("400"), True), (passing(), False), (Late(), True)):
        time, seen = Time(), []
        with pytest.raises(ServerError):
            retry(time)(failing([fault] * 9, seen), patient=patient)
        assert (len(seen), time.slept) == (1, [])


def test_the_budget_of_a_failing_server_runs_out_and_grows_again():
    time = Time()
    budget, seen = Budget(8.0, time), []
    with pytest.raises(ServerError, match="busy; it was not asked again, since it has failed too often of late"):
        retry(time, budget=budget, draw=lambda low, high: 0.0)(failing([passing()] * 99, seen))
    assert len(seen) == 4  # 7, 6, 5 tokens are above half of 8; 4 are not
    for _ in range(3):  # and then each new request is one attempt, however many come
        seen.clear()
        with pytest.raises(ServerError, match="not asked again"):
            retry(time, budget=budget)(failing([passing()] * 9, seen))
        assert len(seen) == 1
    assert budget.tokens == 1.0
    for _ in range(10):  # successes give back 0.2 each: 1 + 2 = 3
        retry(time, budget=budget)(failing([], []))
    assert budget.tokens == pytest.approx(3.0)
    time.now += 60  # a minute's rest fills it
    assert retry(time, budget=budget)(failing([passing()], [])) == "answer"
    assert budget.tokens == pytest.approx(8 - 1 + 0.1 + 0.2)


def test_a_server_has_one_budget_while_anybody_speaks_to_it():
    first = budget_of("grpc://a:1")
    assert budget_of("grpc://a:1") is first is not budget_of("grpc://b:1")
    first.failed()
    del first
    assert budget_of("grpc://a:1").tokens == 100.0
