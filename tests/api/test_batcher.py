"""The queue: who shares a batch with whom, what is refused, and that nobody's trouble becomes another's."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.api.batcher import STALE, Batcher, Closing, Expired, Gone, Lane, Overloaded, TooLong
from headwater.api.queue import around


class Model:
    """Doubles its ids; remembers the shape of every batch; may be held, and fails on an id of 666."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.free = threading.Event()
        self.free.set()

    def __call__(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        assert self.free.wait(20)
        self.shapes.append(arrays["ids"].shape)
        if (arrays["ids"] == 666).any():
            raise RuntimeError("a bad row")
        return {"each": 2 * arrays["ids"], "sum": (arrays["ids"] * arrays["mask"]).sum(axis=1)}


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def queue(model: Model) -> Iterator[Callable[..., Batcher]]:
    made: list[Batcher] = []

    def make(**options: Any) -> Batcher:
        lane = Lane(model, {"ids": 9, "mask": 0}, {"each": True, "sum": False})
        made.append(Batcher({"a": lane, "b": lane}, **{"workers": 1, "budget": 16, **options}))
        return made[-1]

    yield make
    model.free.set()
    for batcher in made:
        batcher.close()


def row(*ids: int) -> dict[str, np.ndarray]:
    return {"ids": np.array(ids), "mask": np.ones(len(ids), dtype=np.int64)}


def soon(seconds: float = 30.0) -> float:
    return time.monotonic() + seconds


async def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come to that in 10 s"
        await asyncio.sleep(0.002)


def test_each_row_gets_its_own_outputs_back_at_its_own_length(queue, model):
    rows = [row(1, 2, 3), row(4), row(5, 6, 7, 8, 9), row(10, 11)]

    found = asyncio.run(queue().submit("a", rows, soon()))

    assert [values["each"].tolist() for values in found] == [[2, 4, 6], [8], [10, 12, 14, 16, 18], [20, 22]]
    assert [int(values["sum"]) for values in found] == [6, 4, 35, 21]
    assert all(height * width <= 16 for height, width in model.shapes)  # the budget, padding included


def test_requests_that_wait_share_batches_and_those_of_another_model_do_not(queue, model):
    async def work() -> list[Any]:
        batcher = queue()
        model.free.clear()
        first = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        await until(lambda: batcher.running)
        others = [asyncio.create_task(batcher.submit(lane, [row(i)], soon())) for i, lane in enumerate("aabab")]
        await until(lambda: batcher.queue.tokens == 6)
        model.free.set()
        return await asyncio.gather(first, *others)

    found = asyncio.run(work())

    assert [int(values[0]["sum"]) for values in found] == [1, 0, 1, 2, 3, 4]
    assert sorted(model.shapes) == [(1, 1), (2, 1), (3, 1)]


def test_a_long_request_takes_turns_with_a_short_one(queue, model):
    order: list[str] = []

    async def work() -> None:
        batcher = queue()
        model.free.clear()
        long = asyncio.create_task(batcher.submit("a", [row(*range(8))] * 40, soon()))
        long.add_done_callback(lambda _: order.append("long"))
        await until(lambda: batcher.running)
        short = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        short.add_done_callback(lambda _: order.append("short"))
        await until(lambda: batcher.queue.tokens == 321)
        model.free.set()
        await asyncio.gather(long, short)

    asyncio.run(work())
    assert order == ["short", "long"]


def test_an_input_longer_than_the_budget_and_the_queue_runs(queue, model):
    found = asyncio.run(queue(capacity=8).submit("a", [row(*range(50)), row(1)], soon()))
    assert [len(values["each"]) for values in found] == [50, 1]
    assert (1, 50) in model.shapes


def test_a_full_queue_refuses_and_says_when_to_come_again(queue, model):
    async def work() -> tuple[Overloaded, int]:
        batcher = queue(capacity=40)
        await batcher.submit("a", [row(1, 2)], soon())
        model.free.clear()
        kept = [asyncio.create_task(batcher.submit("a", [row(1, 2, 3, 4)], soon())) for _ in range(10)]
        await until(lambda: batcher.queue.tokens == 40)
        with pytest.raises(Overloaded) as refused:
            await batcher.submit("a", [row(1)], soon())
        model.free.set()
        return refused.value, len(await asyncio.gather(*kept))

    fault, answered = asyncio.run(work())
    assert fault.retry_after >= 1
    assert answered == 10


def test_what_would_wait_past_its_deadline_is_refused_at_once(queue, model):
    async def work() -> None:
        batcher = queue()
        batcher.speed = 10.0  # tokens a second
        model.free.clear()
        kept = [asyncio.create_task(batcher.submit("a", [row(*range(20))], soon())) for _ in range(2)]
        await until(lambda: batcher.queue.tokens == 40)
        with pytest.raises(Overloaded) as refused:
            await batcher.submit("a", [row(1)], soon(1.0))
        assert refused.value.retry_after == 4
        with pytest.raises(Overloaded):
            batcher.admit(soon(1.0))
        batcher.admit(soon(10.0))
        model.free.set()
        await asyncio.gather(*kept)

    asyncio.run(work())


def test_a_request_that_cannot_be_done_in_its_time_is_told_and_shuts_nobody_out(queue, model):
    async def work() -> None:
        batcher = queue(capacity=1000)
        batcher.speed = 10.0
        with pytest.raises(TooLong, match=r"100 tokens take about 10 s here, and the deadline is in 2 s"):
            await batcher.submit("a", [row(*range(50))] * 2, soon(2.4))
        model.free.clear()
        long = asyncio.create_task(batcher.submit("a", [row(*range(10))] * 500, soon(1e6)))
        await until(lambda: batcher.queue.tokens == 5000)
        assert not batcher.queue.full  # it counts for a quarter
        short = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        ended: list[str] = []
        for name, task in (("long", long), ("short", short)):
            task.add_done_callback(lambda _, name=name: ended.append(name))
        await until(lambda: batcher.queue.tokens == 5001)
        model.free.set()
        await asyncio.gather(long, short)
        assert (ended, batcher.queue.load) == (["short", "long"], 0)

    asyncio.run(work())


def test_a_deadline_that_passes_ends_the_request_though_no_worker_is_free(queue, model):
    async def work() -> None:
        batcher = queue()
        model.free.clear()
        kept = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        await until(lambda: batcher.running)
        with pytest.raises(Expired):
            await batcher.submit("a", [row(2)], soon(0.05))
        model.free.set()
        await kept
        await until(lambda: batcher.queue.tokens == 0)

    asyncio.run(work())
    assert model.shapes == [(1, 1)]


def test_a_caller_that_has_left_is_noticed_and_its_rows_are_not_run(queue, model, monkeypatch):
    monkeypatch.setattr("headwater.api.batcher.LOOK", 0.02)

    async def left() -> bool:
        return True

    async def work() -> None:
        batcher = queue()
        model.free.clear()
        kept = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        await until(lambda: batcher.running)
        with pytest.raises(Gone):
            await batcher.submit("a", [row(2, 3)], soon(), left)
        model.free.set()
        await kept
        await until(lambda: batcher.queue.tokens == 0)

    asyncio.run(work())
    assert model.shapes == [(1, 1)]


def test_who_has_an_answer_finds_his_tokens_gone_from_the_queue(queue):
    async def work() -> list[int]:
        batcher = queue()
        seen = []
        for _ in range(300):
            await batcher.submit("a", [row(1, 2)], soon())
            seen.append(batcher.queue.tokens)
        return seen

    assert set(asyncio.run(work())) == {0}


def test_a_speed_of_long_ago_refuses_nothing(queue, model):
    async def work() -> None:
        batcher = queue()
        batcher.speed = 1.0  # of a first batch that was slow
        with pytest.raises(TooLong):
            await batcher.submit("a", [row(*range(100))], soon(2.0))
        batcher.measured -= STALE
        await batcher.submit("a", [row(*range(100))], soon(2.0))
        assert batcher.speed > 1.0
        batcher.speed = 1.0
        with pytest.raises(TooLong):
            await batcher.submit("a", [row(*range(100))], soon(2.0))

    asyncio.run(work())


def test_speed_and_failures_are_of_what_really_ran(queue, model):
    heard: list[tuple[str, int, int]] = []

    async def work() -> None:
        batcher = queue()
        batcher.observe = lambda *told: heard.append(told)
        await batcher.submit("a", [row(1, 2)], soon())
        speed = batcher.speed
        for count in range(1, 4):
            with pytest.raises(RuntimeError):
                await batcher.submit("a", [row(666)], soon())
            assert (batcher.speed, batcher.failing) == (speed, count)
        await batcher.submit("a", [row(1)], soon())
        assert (batcher.failing, batcher.failed) == (0, 3)

    asyncio.run(work())
    assert heard == [("a", 1, 2), ("a", 1, 1)]


def test_who_observes_and_fails_ends_no_worker(queue):
    def broken(*told: Any) -> None:
        raise RuntimeError("no room for metrics")

    async def work() -> bool:
        batcher = queue()
        batcher.observe = broken
        for _ in range(3):
            await batcher.submit("a", [row(1)], soon())
        return batcher.alive()

    assert asyncio.run(work())


def test_a_caller_that_goes_away_takes_its_rows_along(queue, model):
    async def work() -> None:
        batcher = queue()
        model.free.clear()
        kept = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        await until(lambda: batcher.running)
        gone = asyncio.create_task(batcher.submit("a", [row(2, 3)], soon()))
        await until(lambda: batcher.queue.tokens == 3)
        gone.cancel()
        await asyncio.sleep(0.01)
        model.free.set()
        await kept
        await until(lambda: batcher.queue.tokens == 0)

    asyncio.run(work())
    assert model.shapes == [(1, 1)]


def test_a_row_that_fails_fails_its_own_request_alone(queue, model):
    async def work() -> list[Any]:
        batcher = queue()
        model.free.clear()
        first = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        await until(lambda: batcher.running)
        tasks = [asyncio.create_task(batcher.submit("a", [row(i)], soon())) for i in (5, 666, 7)]
        await until(lambda: batcher.queue.tokens == 4)
        model.free.set()
        await first
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert batcher.alive()
        assert batcher.failed == 1
        return found

    good, bad, fine = asyncio.run(work())
    assert isinstance(bad, RuntimeError)
    assert [int(values[0]["sum"]) for values in (good, fine)] == [5, 7]


def test_a_thousand_requests_from_many_tasks_are_all_answered_right(queue):
    async def work() -> list[int]:
        batcher = queue(workers=3, budget=64)

        async def one(i: int) -> int:
            found = await batcher.submit("ab"[i % 2], [row(*range(i % 7 + 1)), row(1000 + i)], soon())
            assert found[0]["each"].tolist() == [2 * k for k in range(i % 7 + 1)]
            return int(found[1]["sum"])

        return await asyncio.gather(*(one(i) for i in range(1000)))

    assert asyncio.run(work()) == list(range(1000, 2000))


def test_closing_refuses_what_waits_and_ends_the_workers(queue, model):
    async def work() -> Batcher:
        batcher = queue()
        model.free.clear()
        kept = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        await until(lambda: batcher.running)
        waiting = asyncio.create_task(batcher.submit("a", [row(2)], soon()))
        await until(lambda: batcher.queue.tokens == 2)
        closing = asyncio.create_task(asyncio.to_thread(batcher.close))
        with pytest.raises(Closing):
            await waiting
        model.free.set()
        await kept
        await closing
        with pytest.raises(Closing):
            await batcher.submit("a", [row(3)], soon())
        return batcher

    batcher = asyncio.run(work())
    assert not batcher.alive()
    assert not any(thread.is_alive() for thread in batcher.threads)


def test_a_batch_is_made_of_rows_of_like_length(queue, model):
    async def work() -> None:
        batcher = queue(budget=512)
        model.free.clear()
        first = asyncio.create_task(batcher.submit("a", [row(1)], soon()))
        await until(lambda: batcher.running)
        lengths = [5, 100, 6, 90, 5, 95, 6, 100]
        tasks = [asyncio.create_task(batcher.submit("a", [row(*[1] * n)], soon())) for n in lengths]
        await until(lambda: batcher.queue.tokens == 1 + sum(lengths))
        model.free.set()
        await asyncio.gather(first, *tasks)

    asyncio.run(work())
    assert model.shapes[1:] == [(4, 6), (4, 100)]


@given(st.lists(st.integers(1, 130), min_size=1, max_size=60), st.integers(0, 59), st.integers(1, 600))
def test_a_batch_holds_its_row_and_keeps_to_the_budget(lengths, place, budget):
    lengths, place = sorted(lengths), place % len(lengths)
    low, high = around(lengths, place, budget)
    assert 0 <= low <= place < high <= len(lengths)
    padded = (high - low) * lengths[high - 1]
    assert padded <= budget or high - low == 1
    assert padded - sum(lengths[low:high]) <= max(0.1 * padded, 24)
