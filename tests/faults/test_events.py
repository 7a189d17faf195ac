"""The same event a thousand times, and clocks a day off: one row, one alert, nothing shown early and nothing lost."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from headwater.api.app import create_app
from headwater.serving.model import Model
from headwater.store import open_store
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.alarm import Alerts
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.intake.api import Inbox, events_router
from sentiment_monitor.news import OpenStory
from sentiment_monitor.pipeline import Pipeline
from sentiment_monitor.records import News, Past
from tests.apps import conftest as apps
from tests.apps.sentiment_monitor.records.conftest import NOON, arrived, placed, reading
from tests.apps.sentiment_monitor.test_pipeline import Models
from tests.clock import Clock
from tests.faults.conftest import many
from tests.servers import served

small_model = apps.small_model
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
RULE = Rule("all", "all", windows=(2, 6), least=4)


class Apart:
    """An index in which every item is a story of its own."""

    window = timedelta(days=7)

    def load(self, open_stories: Sequence[OpenStory]) -> None:
        list(open_stories)

    def place(self, items: Sequence[Any], vectors: np.ndarray) -> list[tuple[str, None]]:
        return [("first", None)] * len(items)

    def settled(self, ids: Sequence[int]) -> None: ...


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def news(tmp_path: Path, clock: Clock) -> Iterator[News]:
    with open_store(str(tmp_path / "store.sqlite")) as store:
        yield News(store, clock)


@pytest.fixture
def url(news: News, small_model: Model) -> Iterator[str]:
    app = create_app([small_model], workers=1)
    app.include_router(events_router(Inbox(news)))
    with served(app) as server:
        yield server.url + "/v1/events"


def post(url: str, events: list[dict[str, str]], threads: int = 8) -> Counter[str]:
    """Send each event by itself, from so many threads; how many were new and known."""
    clients, told, lock = threading.local(), Counter(), threading.Lock()

    def send(event: dict[str, str]) -> None:
        if not hasattr(clients, "own"):
            clients.own = httpx.Client(timeout=60)
        answer = clients.own.post(url, json=event)
        assert answer.status_code == 200, answer.text
        with lock:
            told.update({key: answer.json()[key] for key in ("new", "known", "rejected")})

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, events))
    return told


def quiet_weeks(news: News) -> None:
    """Four weeks with a negative story every six hours."""
    moments = [NOON - 6 * HOUR * n for n in range(8, 120)]
    news.arrive(news.feed("before", "stream"), [arrived(f"h{n}", at, at) for n, at in enumerate(reversed(moments))])
    while waiting := news.waiting():
        news.settle([placed(item, reading()) for item in waiting], "digest")
    news.release()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_thousand_of_one_event_are_one_row_and_no_surge(
    news: News, clock: Clock, url: str, told: Callable[[str, str, str], None]
) -> None:
    copies = many(1000, 40)
    quiet_weeks(news)
    pipeline = Pipeline(news, Models(), Apart, Alerts([RULE], Stored(news.store)))
    assert post(url, [{"id": "one", "text": "Oil fell"}] * copies) == {"new": 1, "known": copies - 1, "rejected": 0}
    assert news.backlog() == 1
    clock.forward(minutes=5)
    pipeline.run_waiting()
    assert inbox.alerts(news.store) == [], "a story is no surge, however often it is told"
    surge = [{"id": f"s{n}", "text": f"Gold fell {n}"} for n in range(10)]
    assert post(url, surge * (copies // 10))["new"] == 10
    for _ in range(3):
        clock.forward(minutes=5)
        pipeline.run_waiting()
        clock.forward(minutes=2)  # so that the lease of the one has ended, and the next begins anew
        Pipeline(News(news.store, clock), Models(), Apart, Alerts([RULE], Stored(news.store))).step()
        clock.forward(minutes=2)
    (alert,) = inbox.alerts(news.store)
    assert alert.alert.reason["stories"] == 11
    assert post(url, surge)["known"] == 10
    told(
        f"POST /v1/events: one event {copies:,} times, then 10 of a surge {copies // 10} times each, 8 threads",
        "1 row and no alert; 10 rows and 1 alert", "1 row and no alert; 10 rows and 1 alert, after ticks of two workers",
    )  # fmt: skip


EVENTS = {"ahead": DAY, "now": timedelta(0), "an hour ago": -HOUR, "behind": -DAY - HOUR, "undated": None}


@pytest.mark.parametrize("wrong", [-DAY, DAY], ids=["a day behind", "a day ahead"])
def test_a_clock_that_was_wrong_loses_nothing_and_shows_nothing_early(
    news: News, clock: Clock, url: str, wrong: timedelta, told: Callable[[str, str, str], None]
) -> None:
    right, quiet = clock.moment, [(clock.moment + wrong, "wrong"), (clock.moment + 2 * MINUTE, "right")]
    alerts = Alerts([RULE], Stored(news.store))
    for moment, clock_is in quiet:
        clock.moment = moment
        events = [
            {"id": f"{clock_is} {name}", "text": f"Oil fell {clock_is} {name}"}
            | ({} if lag is None else {"published": (right + lag).isoformat()})
            for name, lag in EVENTS.items()
        ]
        assert post(url, events, threads=2)["new"] == len(EVENTS)
        # Another worker after the clock was set right: the first was killed, and its lease is of another day.
        Pipeline(News(news.store, clock), Models(), Apart, alerts).run_waiting()
        assert news.ticked() is not None and timedelta(0) <= clock.moment - news.ticked() < 2 * DAY
    assert news.backlog() == 0
    items = Past(news.store).items()
    assert len(items) == 2 * len(EVENTS)
    assert all(item.at <= item.seen + 5 * MINUTE for item in items), "a story of a day that has not come"
    for moment in (right - 2 * DAY, right - DAY, right, right + 2 * MINUTE, right + DAY, right + 2 * DAY):
        shown = Past(news.store, moment)
        there = {item.id for item in items if item.seen <= moment}
        assert {item.id for item in shown.items()} == there
        assert len(shown.recent("all", right - 9 * DAY, right + 9 * DAY)) == len(there)
    told(
        f"a server's clock {'a day ahead' if wrong > timedelta(0) else 'a day behind'}, then right; events of a day ahead and behind",
        "nothing shown early, nothing lost", "nothing early, none lost; another worker goes on at once, alerts too",
    )  # fmt: skip
