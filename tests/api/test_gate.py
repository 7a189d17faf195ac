"""What stands before every endpoint: scopes by route, rates, request ids, proxies, and a log without texts."""

import json
import logging
import re

import httpx
import pytest
from fastapi import Request

from headwater.api.app import create_app
from headwater.api.keys import Keys
from headwater.api.logs import Entry, LogKind, _Lines, current, enter, request_id, set_up
from headwater.api.service import Limits
from headwater.cli.server import proxy_settings
from tests.servers import served

SECRET = "Violet Aardvark 4711"
KEYS = """
[[keys]]
name = "board"
key = "predicts"
[[keys]]
name = "scraper"
key = "scrapes"
scopes = ["metrics"]
[[keys]]
name = "chatter"
key = "chats"
scopes = ["chat"]
[[keys]]
name = "slow"
key = "slowly"
rate = 0.001
"""


@pytest.fixture
def lines(capsys):
    """Set the log up as a server does; gives what was written, and puts the loggers back."""
    names = ("", "headwater", "headwater.requests", "uvicorn.error")
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in names]
    handlers = list(logging.getLogger().handlers)

    def start(kind: LogKind, texts: bool = False):
        set_up(kind, texts)
        return lambda: capsys.readouterr().err.splitlines()

    yield start
    logging.getLogger().handlers[:] = handlers
    for logger, level in before:
        logger.setLevel(level)


@pytest.fixture
def app(models, tmp_path):
    (tmp_path / "keys").write_text(KEYS)
    app = create_app(
        models[1:2], Limits(body=2000), keys=Keys(file=tmp_path / "keys"), workers=1, scopes={"/v1/chat": "chat"}
    )

    @app.get("/v1/chat/{session}")
    def chat(request: Request, session: str) -> dict:
        return {"client": request.client.host, "scheme": request.url.scheme}

    @app.get("/broken")
    def broken(text: str = "") -> None:
        raise RuntimeError(f"cannot read {SECRET} {text}") from ValueError(SECRET)

    return app


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def test_a_route_asks_for_its_scope_and_a_rate_is_kept(app):
    with served(app) as own, httpx.Client(timeout=60, base_url=own.url) as client:
        ask = {"texts": ["oil"]}
        statuses = {
            (key, path): client.request(verb, path, headers=bearer(key), json=body).status_code
            for key in ("predicts", "scrapes", "chats")
            for verb, path, body in (
                ("POST", "/v1/classify", ask), ("GET", "/metrics", None), ("GET", "/v1/chat/1", None), ("GET", "/v1/chatter", None),
                ("GET", "/v1/score/1", None),
            )
        }  # fmt: skip
        allowed = {(key, path) for (key, path), status in statuses.items() if status in (200, 404)}
        assert allowed == {
            ("predicts", "/v1/classify"), ("predicts", "/v1/chatter"), ("scrapes", "/metrics"), ("chats", "/v1/chat/1"),
        }  # fmt: skip
        assert {status for pair, status in statuses.items() if pair not in allowed} == {403}
        assert client.post("/v1/classify", headers=bearer("slowly"), json=ask).status_code == 200
        refused = client.post("/v1/classify", headers=bearer("slowly"), json=ask)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1000")
        assert client.get("/metrics").headers["WWW-Authenticate"] == "Bearer"


def test_every_answer_carries_the_id_of_its_request(app):
    with served(app) as own, httpx.Client(timeout=60, base_url=own.url) as client:
        for path, key, status in (
            ("/health", "", 200),
            ("/v1/models", "", 401),
            ("/v1/models", "scrapes", 403),
            ("/nowhere", "predicts", 404),
            ("/broken", "predicts", 500),
            ("/v1/models", "predicts", 200),
        ):
            answer = client.get(path, headers={"X-Request-ID": "ours-1/2", **(bearer(key) if key else {})})
            assert (answer.status_code, answer.headers["X-Request-ID"]) == (status, "ours-1/2")
        made = [client.get("/health").headers["X-Request-ID"] for _ in range(2)]
        assert all(re.fullmatch("[0-9a-f]{32}", one) for one in made)
        assert made[0] != made[1]
        large = client.post("/v1/classify", headers=bearer("predicts"), content=b"x" * 3000)
        assert (large.status_code, "X-Request-ID" in large.headers) == (413, True)


def test_an_id_is_taken_where_it_is_128_visible_characters_at_most():
    for sane in ("a", "01J9Z6", "x" * 128, 'a"b=c;'):
        assert request_id(sane) == sane
    for other in (None, "", "x" * 129, "a b", "a\nb", "ä", "a\x7f"):
        assert re.fullmatch("[0-9a-f]{32}", request_id(other))


def test_a_line_for_each_request_and_no_text_key_or_query_in_any(app, lines):
    written = lines(LogKind.json)
    with served(app) as own, httpx.Client(timeout=60, base_url=own.url, headers={"X-Request-ID": "id-1"}) as client:
        client.post("/v1/classify", headers=bearer("predicts"), json={"texts": [SECRET, SECRET]})
        client.post("/v1/classify", headers=bearer("predicts"), json={"texts": [SECRET], "model": SECRET})
        client.post("/v1/classify", headers=bearer("predicts"), json={"texts": SECRET, SECRET: 1})
        client.post("/v1/classify", headers=bearer(SECRET.replace(" ", "")), json={"texts": [SECRET]})
        answer = client.get("/broken", params={"text": SECRET}, headers=bearer("predicts"))
    held = written()
    said = [json.loads(line) for line in held]
    assert (answer.status_code, "Aardvark" in answer.text) == (500, False)
    assert not any("Aardvark" in line or "predicts" in line for line in held)
    assert {line["request"] for line in said} == {"id-1"}
    answered = [line for line in said if line["logger"] == "headwater.requests"]
    assert [(line["route"], line["method"], line["status"], line.get("key")) for line in answered] == [
        ("/v1/classify", "POST", 200, "board"), ("/v1/classify", "POST", 404, "board"), ("/v1/classify", "POST", 422, "board"),
        ("other", "POST", 401, None), ("/broken", "GET", 500, "board"),
    ]  # fmt: skip
    assert (answered[0]["texts"], answered[0]["model"], answered[0]["ms"] > 0) == (2, "one", True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answered[0]["time"])
    (fault,) = [line for line in said if "traceback" in line]
    assert (fault["level"], fault["fault"]) == ("error", "RuntimeError")
    assert "in broken" in fault["traceback"]
    assert "ValueError\nand then\n" in fault["traceback"]


def test_a_batch_that_fails_is_told_by_the_id_of_its_request_and_without_its_text(app, models, lines):
    written = lines(LogKind.json)
    batcher = app.state.service.batcher
    lane = batcher.lanes["one"]

    def broken(arrays):
        raise RuntimeError(SECRET)

    batcher.lanes["one"] = type(lane)(broken, lane.fill, lane.token)
    with served(app) as own:
        ask = {"texts": [SECRET]}
        answer = httpx.post(
            own.url + "/v1/classify", timeout=60, json=ask, headers={**bearer("predicts"), "X-Request-ID": "id-2"}
        )
    assert answer.status_code == 500
    held = written()
    assert "Aardvark" not in "".join(held)
    told = [json.loads(line) for line in held]
    assert {line["message"] for line in told} >= {"a batch of one failed", "a request failed", "answered"}
    assert {line["request"] for line in told} == {"id-2"}


def test_off_tells_faults_alone_and_texts_are_written_where_that_was_asked_for(app, lines):
    written = lines(LogKind.off)
    with served(app) as own, httpx.Client(timeout=60, base_url=own.url, headers=bearer("predicts")) as client:
        client.get("/v1/models")
        assert written() == []
        client.get("/broken")
        first = written()[0]
        assert re.match(r"\S+Z error headwater.api: a request failed request=[0-9a-f]{32} fault=RuntimeError$", first)
        lines(LogKind.json, texts=True)
        client.post("/v1/classify", json={"texts": [SECRET]})
        client.get("/broken")
    told = [json.loads(line) for line in written()]
    assert told[0]["content"] == [SECRET]
    assert f"ValueError: {SECRET}" in told[1]["traceback"]


def test_other_peoples_messages_are_cut_at_their_first_line():
    record = logging.LogRecord(
        "asyncio", logging.ERROR, "", 0, "Task exception was never retrieved\nfuture: %s", (SECRET,), None
    )
    assert "Aardvark" not in _Lines(LogKind.json, False).format(record)
    assert "Aardvark" in _Lines(LogKind.json, True).format(record)


def test_only_the_proxies_that_are_named_are_believed(app):
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", **bearer("chats")}
    for named, believed in ((None, False), ("192.0.2.1", False), ("192.0.2.1,127.0.0.0/8", True)):
        with served(app, **proxy_settings(named)) as own:
            told = httpx.get(own.url + "/v1/chat/1", headers=forwarded, timeout=60).json()
        assert told == (
            {"client": "203.0.113.9", "scheme": "https"} if believed else {"client": "127.0.0.1", "scheme": "http"}
        )


def test_what_runs_beside_a_request_knows_its_id():
    enter(Entry("id-3"))
    assert current() == "id-3"
