"""Requests that no client would send, to every server: no answer blames the server, none takes a second, and no log has a text."""

import asyncio
import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import grpc
import pytest

import headwater
from entity_extractor.api import documents_router
from entity_extractor.extraction import open_extractor
from headwater.api.app import create_app
from headwater.api.jobs import Jobs
from headwater.api.keys import Keys
from headwater.api.logs import LogKind
from headwater.api.service import Limits
from headwater.home import shipped_models
from headwater.serving.messages import BUNDLES, HEALTH, INFERENCE, method
from headwater.store import open_store
from sentiment_monitor.intake.api import Inbox, events_router
from sentiment_monitor.records.news import News
from support_chatbot.api import chat_router
from support_chatbot.bot import open_bot
from support_chatbot.records.conversations import Conversations
from tests.api import conftest as api
from tests.api import test_gate as gate
from tests.apps import conftest as apps
from tests.apps.entity_extractor.documents.files import one_of_each
from tests.faults.conftest import many
from tests.faults.mutations import SECRET, Answer, Asked, ask, spoilt, spoilt_bytes
from tests.servers import served

models, bundles, lines = api.models, api.bundles, gate.lines
home, shelf, small_model = apps.home, apps.shelf, apps.small_model
TEXT = f"Acme Bank rose in London, said {SECRET}"
LIMITS = Limits(body=100_000, deadline=5.0, upload=200_000)
JSON = ((b"content-type", b"application/json"),)
SLOWEST = many(1, 20)  # seconds; a machine that runs other tests at the same time is no measure
KEYS = '[[keys]]\nname = "root"\nkey = "opens-everything"\nscopes = ["predict", "score", "metrics", "admin", "chat"]\n'
KEY = ((b"authorization", b"Bearer opens-everything"),)


def post(path: str, content: Any, headers: tuple = JSON, query: bytes = b"") -> Asked:
    return Asked("POST", path, content if isinstance(content, bytes) else json.dumps(content).encode(), query, headers)


TENSORS = {
    "id": "7", "parameters": {"timeout": 2_000_000},
    "inputs": [{"name": name, "shape": [1, 3], "datatype": "INT64", "data": data} for name, data in (("ids", [2, 4, 3]), ("mask", [1, 1, 1]))],
    "outputs": [{"name": "sentiment", "parameters": {"binary_data": True}}],
}  # fmt: skip
BINARY = json.dumps({"inputs": [{"name": name, "shape": [1, 3], "datatype": "INT64", "parameters": {"binary_data_size": 24}} for name in ("ids", "mask")]}).encode()  # fmt: skip
NUMBERS = b"".join(number.to_bytes(8, "little") for number in (2, 4, 3, 1, 1, 1))
ROWS = "".join(json.dumps({"id": str(n), "text": TEXT}) + "\n" for n in range(3)).encode()
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n' + ROWS + b"\r\n--b--\r\n"
VALID = [
    post("/v1/classify", {"texts": [TEXT, "gold"], "model": "all", "heads": ["topics"], "threshold": 0.5, "deadline": 3}),
    post("/v1/classify", {"texts": [TEXT], "pairs": ["gold"], "model": "same"}),
    post("/v1/classify", gzip.compress(json.dumps({"texts": [TEXT], "model": "one", "risk": 0.05}).encode()), (*JSON, (b"content-encoding", b"gzip"))),
    post("/v1/extract", {"texts": [TEXT], "model": "all"}),
    post("/v1/embed", {"texts": [TEXT]}),
    post("/v2/models/all/infer", TENSORS),
    post("/v2/models/all/versions/1/infer", BINARY + NUMBERS, ((b"inference-header-content-length", str(len(BINARY)).encode()),)),
    post("/v2/repository/index", {"ready": True}),
    post("/v2/repository/models/one/load", {"parameters": {}}),
    post("/v1/score", ROWS, ((b"content-type", b"application/x-ndjson"), (b"idempotency-key", b"again")), b"model=one&format=csv"),
    post("/v1/score", FORM, ((b"content-type", b"multipart/form-data; boundary=b"),), b"model=all&risk=0.05"),
    *(Asked("GET", path) for path in (
        "/health", "/metrics", "/v1/models", "/v1/models/all/bundle.json", "/v1/score", "/v1/score/0123456789abcdef/result", "/v2",
        "/v2/health/ready", "/v2/models/all", "/v2/models/all/versions/1/config", "/v2/models/one/ready", "/openapi.json", "/docs",
    )),
    Asked("DELETE", "/v1/score/0123456789abcdef"),
]  # fmt: skip


def flood(app: Any, valid: list[Asked], count: int, keyed: bool = False) -> Counter[int]:
    """Ask the app for all of them, after each valid one; the statuses of the answers."""
    whole = [Asked(a.method, a.path, a.body, a.query, (*a.headers, *(KEY if keyed else ()))) for a in valid]

    async def run() -> Counter[int]:
        found: Counter[int] = Counter()
        async with app.router.lifespan_context(app):
            for asked in whole:
                answer = await ask(app, asked)
                assert answer.status in (200, 202, 400, 404), (asked, answer)
            for asked in spoilt(whole, count, seed=5):
                answer = await ask(app, asked)
                check(asked, answer)
                found[answer.status] += 1
            assert (await ask(app, whole[0])).status == 200, "it still answers"
        return found

    return asyncio.run(run())


def check(asked: Asked, answer: Answer) -> None:
    fine = answer.status in (503, 504) or 100 < answer.status < 500
    assert fine or (asked.leaves and not answer.status), (asked, answer)
    assert answer.seconds < SLOWEST, (asked, answer.seconds)


def silent(log: Iterable[str]) -> None:
    held = list(log)
    assert len(held) >= 100, "it was written"
    assert not [line for line in held if SECRET in line or "opens-everything" in line]


def shown(found: Counter[int]) -> str:
    return ", ".join(f"{count:,} of {status or 'none, the client had left'}" for status, count in sorted(found.items()))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_mutated_requests_to_the_server_of_models(models, bundles, tmp_path: Path, lines, told: Callable) -> None:
    count, log = many(10_000, 300), lines(LogKind.json)
    (tmp_path / "keys").write_text(KEYS)
    jobs = Jobs(tmp_path / "jobs", 8)
    app = create_app(models, LIMITS, Keys(file=tmp_path / "keys"), 1, jobs=jobs, find=lambda name: bundles[name])
    found = flood(app, VALID, count, keyed=True)
    silent(log())
    assert found[200] > 0.05 * count < sum(number for status, number in found.items() if 400 <= status < 500)
    told(
        "10,000 mutated requests to headwater serve, over REST",
        "no 5xx but 503 and 504, none over 1 s, no text in the log", shown(found),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", ["/v1/chat", "/v1/events", "/v1/documents"])
def test_mutated_requests_to_the_servers_of_the_apps(
    path: str, shelf: Path, small_model, tmp_path: Path, lines, told: Callable
) -> None:
    count, log = many(1000, 100), lines(LogKind.json)
    with open_store(str(tmp_path / "store.sqlite")) as store:
        app, valid = {"/v1/chat": _chat, "/v1/events": _events, "/v1/documents": _documents}[path](store, small_model)
        found = flood(app, valid, count)
    silent(log())
    told(f"1,000 mutated requests to {path}", "no 5xx but 503 and 504, none over 1 s, no text in the log", shown(found))


def _chat(store: Any, model: Any) -> tuple[Any, list[Asked]]:
    app = create_app([model], LIMITS, workers=1, scopes={"/v1/chat": "chat"})
    app.include_router(chat_router(open_bot(), Conversations(store)))
    said = {
        "text": TEXT,
        "session": "session-of-ann-0001",
        "language": "en",
        "channel": "web",
        "subject": f"{SECRET}-9",
    }
    return app, [
        post("/v1/chat", said), post("/v1/chat", {"text": TEXT, "picked": "neutral"}, (*JSON, (b"idempotency-key", b"a-1"))),
        Asked("GET", "/v1/chat/session-of-ann-0001"),
        post("/v1/chat/session-of-ann-0001/thumbs", {"turn": 2, "thumbs": "up"}),
    ]  # fmt: skip


def _events(store: Any, model: Any) -> tuple[Any, list[Asked]]:
    app = create_app([model], LIMITS, workers=1)
    app.include_router(events_router(Inbox(News(store))))
    event = {"id": "1", "title": TEXT, "text": TEXT, "published": "2026-03-01T08:00:00Z", "source": "Wire", "url": "https://a.example/1"}  # fmt: skip
    lines = b"".join(json.dumps({**event, "id": str(n)}).encode() + b"\n" for n in range(3))
    return app, [post("/v1/events", [event, {"title": TEXT}]), post("/v1/events", event), post("/v1/events", lines)]


def _documents(store: Any, model: Any) -> tuple[Any, list[Asked]]:
    app = create_app([model], LIMITS, workers=1)
    tagger = headwater.load(shipped_models() / "entities" / "bundle")
    app.include_router(documents_router(open_extractor(models={"entities": tagger})))
    files = {"a.txt": TEXT.encode(), "a.csv": f"id,text\n7,{TEXT}\n".encode(), **one_of_each()}
    return app, [post("/v1/documents", body, (), b"name=" + name.encode()) for name, body in files.items()]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_mutated_messages_over_grpc(models, lines, told: Callable) -> None:
    count, draw, log, found = many(1000, 100), random.Random(6), lines(LogKind.json), Counter[str]()
    with served(create_app(models, LIMITS, workers=1, grpc="127.0.0.1:0"), log_config=None) as made:
        with grpc.insecure_channel(f"127.0.0.1:{made.app.state.grpc.port}") as channel:
            for number in range(count):
                service, name, content = draw.choice(_messages())
                call = channel.unary_unary(f"/{service}/{name}")
                try:
                    call(spoilt_bytes(content, draw) if number else content, timeout=SLOWEST + 5)
                    found["OK"] += 1
                except grpc.RpcError as fault:
                    found[fault.code().name] += 1
        assert not {"INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED"} & set(found), found
        assert found["OK"] > 0 < found["INVALID_ARGUMENT"]
    silent(log())
    told(
        "1,000 mutated messages over gRPC", "no INTERNAL, no UNKNOWN, none over its deadline, no text in the log",
        ", ".join(f"{count:,} of {code}" for code, count in sorted(found.items())),
    )  # fmt: skip


def _messages() -> list[tuple[str, str, bytes]]:
    infer = {
        "model_name": "all", "id": SECRET,
        "inputs": [{"name": name, "datatype": "INT64", "shape": [1, 3]} for name in ("ids", "mask")],
        "raw_input_contents": [NUMBERS[:24], NUMBERS[24:]],
    }  # fmt: skip
    asked = [
        (INFERENCE, "ModelInfer", infer), (INFERENCE, "ModelInfer", infer), (INFERENCE, "ModelMetadata", {"name": "all"}),
        (INFERENCE, "ModelReady", {"name": "all", "version": "1"}), (INFERENCE, "ServerLive", {}), (HEALTH, "Check", {"service": "all"}),
        (BUNDLES, "Read", {"model": "all", "file": "bundle.json"}),
    ]  # fmt: skip
    return [(service, name, method(service, name)[0](**fields).SerializeToString()) for service, name, fields in asked]
