"""POST /v1/events over real sockets: stored once, honest when there is too much, and never more memory than it says."""

import asyncio
import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import httpx
import pytest

from headwater.api.app import create_app
from headwater.api.service import Limits
from headwater.errors import StoreError
from headwater.serving.model import Model
from headwater.store.tables import utc_now
from sentiment_monitor.intake import api
from sentiment_monitor.intake.api import Inbox, events_router
from sentiment_monitor.records.news import News
from tests.servers import served


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "store.sqlite")


@pytest.fixture
def clock():
    return utc_now


@pytest.fixture
def serve(small_model: Model) -> Iterator[Callable[..., str]]:
    """Serve an inbox on a socket of its own: serve(inbox, keys) -> URL."""
    with ExitStack() as started:

        def start(inbox: Inbox, keys: tuple[str, ...] = (), **limits: int) -> str:
            app = create_app([small_model], Limits(**limits), keys, workers=1)
            app.include_router(events_router(inbox))
            return started.enter_context(served(app, timeout_keep_alive=60)).url + "/v1/events"

        yield start


def events(count: int, start: int = 0) -> list[dict]:
    return [{"id": f"e{n}", "text": f"Oil fell {n}", "source": "Wire"} for n in range(start, start + count)]


def test_a_list_an_object_and_lines(news: News, serve) -> None:
    url = serve(Inbox(news))
    first = httpx.post(url, json=[{"id": "1", "title": "Oil fell", "text": "Brent lost 3%.", "published": "2026-03-01T08:00:00Z",
                                   "url": "https://a.example/1"}, {"title": "Only a title"}])  # fmt: skip
    assert (first.status_code, first.json()) == (200, {"new": 2, "known": 0, "rejected": 0, "rejects": []})
    assert httpx.post(url, json={"id": "2", "text": "One"}).json()["new"] == 1
    lines = b'\xef\xbb\xbf{"id": "3", "text": "Three"}\r\n\n{"id": "4", "title": "Four"}\n{"id": "2", "text": "One"}'
    assert httpx.post(url, content=lines).json() == {"new": 2, "known": 1, "rejected": 0, "rejects": []}
    packed = httpx.post(url, content=gzip.compress(lines), headers={"Content-Encoding": "gzip"})
    assert packed.json()["known"] == 3
    assert [waiting.text for waiting in news.waiting()] == [
        "Oil fell\nBrent lost 3%.",
        "Only a title",
        "One",
        "Three",
        "Four",
    ]
    assert news.waiting()[0].source == "events" and news.feeds()[0].kind == "events"


def test_what_comes_again_changes_nothing(news: News, serve) -> None:
    url = serve(Inbox(news))
    for expected in (3, 0):
        assert httpx.post(url, json=events(3)).json()["new"] == expected
    nameless = [{"text": "No id"}, {"text": "No id"}, {"text": "No id", "url": "https://a.example/"}]
    assert [httpx.post(url, json=nameless).json()["new"] for _ in range(2)] == [2, 0]
    assert news.backlog() == 5


def test_what_cannot_be_used_is_told_and_kept_and_the_rest_is_stored(news: News, serve) -> None:
    url = serve(Inbox(news))
    bad = [7, None, {"id": "x"}, {"text": 5}, {"text": " \0 "}, {"id": "good", "text": "Oil \0 fell"}]
    answer = httpx.post(url, json=bad).json()
    assert (answer["new"], answer["rejected"]) == (1, 5)
    assert [entry["number"] for entry in answer["rejects"]] == [1, 2, 3, 4, 5]
    assert answer["rejects"][2]["id"] == "x" and "the text is empty" in answer["rejects"][4]["reason"]
    lines = httpx.post(url, content=b'{"text": "a"}\n{broken\n\xff{"text": "b"}\n[1]').json()
    assert (lines["new"], lines["rejected"]) == (1, 3)
    with news.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM news_reject").scalar() == 8


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"Oil fell", 400), (b"[{]", 400), (b'"text"', 400), (b"[" * 100_000, 400), (b"[]", 200), (b"\xff\xfe[]", 400),
     (b"[" + b"{}," * 10_001 + b"{}]", 413)],
)  # fmt: skip
def test_bodies_that_are_none(news: News, serve, content: bytes, status: int) -> None:
    answer = httpx.post(serve(Inbox(news)), content=content)
    assert answer.status_code == status, answer.text
    assert news.backlog() == 0


def test_a_body_has_a_size_and_a_key(news: News, serve) -> None:
    url = serve(Inbox(news), keys=("secret",), body=10_000)
    assert httpx.post(url, json=events(1)).status_code == 401
    known = {"Authorization": "Bearer secret"}
    assert httpx.post(url, json=events(1), headers=known).status_code == 200
    assert httpx.post(url, json=events(1000), headers=known).status_code == 413
    bomb = gzip.compress(b" " * 1_000_000)
    assert httpx.post(url, content=bomb, headers=known | {"Content-Encoding": "gzip"}).status_code == 413


def test_a_backlog_is_refused_with_the_time_to_come_again(news: News, serve, monkeypatch) -> None:
    monkeypatch.setattr(api, "FRESH", 0.0)
    url = serve(Inbox(news, backlog=10))
    assert httpx.post(url, json=events(10)).status_code == 200
    refused = httpx.post(url, json=events(5, 100))
    assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 60
    assert "10 items wait" in refused.json()["error"] and news.backlog() == 10
    with news.store.write() as connection:
        connection.exec_driver_sql("UPDATE news_item SET scored = 1")
    assert httpx.post(url, json=events(5, 100)).json()["new"] == 5


def test_bytes_under_way_are_bounded(news: News, serve, monkeypatch) -> None:
    """Two requests that say a megabyte and send nothing leave no room for a third, which is told at once and whole."""
    inbox = Inbox(news, most=2 * 2**20)
    url = httpx.URL(serve(inbox))
    slow = []
    for _ in range(2):
        connection = socket.create_connection((url.host, url.port))
        connection.sendall(f"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: {2**20}\r\n\r\n[".encode())
        slow.append(connection)
    end = time.monotonic() + 20
    while inbox.under_way < 2 * 2**20 and time.monotonic() < end:
        time.sleep(0.01)
    refused = httpx.post(url, json=events(2000))
    assert refused.status_code == 429 and refused.headers["retry-after"] == "1"
    for connection in slow:
        connection.close()
    while inbox.under_way and time.monotonic() < end:
        time.sleep(0.01)
    assert httpx.post(url, json=events(2000)).json()["new"] == 2000


def test_a_body_that_dawdles_is_let_go(news: News, serve, monkeypatch) -> None:
    monkeypatch.setattr(api, "SECONDS", 0.3)
    inbox = Inbox(news)
    url = httpx.URL(serve(inbox))
    with socket.create_connection((url.host, url.port), timeout=20) as connection:
        connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[")
        assert connection.recv(1000).startswith(b"HTTP/1.1 408")
    assert inbox.under_way == 0


def test_a_store_that_is_away_is_503(news: News, serve, monkeypatch) -> None:
    url = serve(Inbox(news))
    monkeypatch.setattr(News, "arrive", lambda *_: (_ for _ in ()).throw(StoreError("locked")))
    answer = httpx.post(url, json=events(1))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_many_at_once_are_stored_once_each(news: News, serve) -> None:
    """40 clients post lists that overlap: each event stands once, and every answer is 200 or an honest 429."""
    url = serve(Inbox(news))

    async def post() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=60) as client:
            return await asyncio.gather(*(client.post(url, json=events(100, 50 * n)) for n in range(40)))

    answers = anyio.run(post)
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["new"] for answer in answers) == news.backlog() == 50 * 41
    assert sum(len(json.loads(answer.request.content)) for answer in answers) == 4000
