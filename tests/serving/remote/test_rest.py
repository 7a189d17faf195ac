"""`headwater.connect`: a server behind the same object as a folder, ours or one that knows only the protocol."""

import contextlib
import re
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import numpy as np
import pytest
from fastapi import FastAPI, Request, Response

import headwater
from headwater.bundle import Calibration, SpanCalibration, Threshold, write_bundle
from headwater.errors import BundleError, ServerError
from headwater.serving import Classifier, Embedder, Model, Tagger
from headwater.serving.model import open_model
from tests.api.conftest import bundles, models, server, serving  # noqa: F401 - fixtures
from tests.servers import served
from tests.tiny import tiny_bundle

TEXTS = ["oil rose", "", "Acme Bank in London", "gold fell in London " * 60, "🎉 Acme"]


def test_a_path_and_a_url_give_the_same_object(server, bundles):  # noqa: F811
    for given in (bundles["one"], str(bundles["one"])):
        assert headwater.connect(given).predict(["oil"]) == headwater.load(bundles["one"]).predict(["oil"])
    local, remote = headwater.load(bundles["all"]), headwater.connect(server.url, "all")
    assert (type(local), type(remote)) == (Model, Model)
    assert remote.bundle.digest == local.bundle.digest
    assert remote.bundle.manifest == local.bundle.manifest
    assert (remote.variant, remote.device, remote.provider) == ("int8", "remote", "CPUExecutionProvider")
    expected, found = local.predict_heads(TEXTS), remote.predict_heads(TEXTS)
    assert [(p.label, round(p.probability, 6)) for p in found["sentiment"]] == [
        (p.label, round(p.probability, 6)) for p in expected["sentiment"]
    ]
    assert [[(s.start, s.end, s.label, s.text) for s in row] for row in found["entities"]] == [
        [(s.start, s.end, s.label, s.text) for s in row] for row in expected["entities"]
    ]
    assert np.allclose(found["vector"], expected["vector"], atol=1e-6)
    strict = {"heads": ["sentiment"], "risk": 0.05}
    abstained = [[p.abstained for p in m.predict_heads(TEXTS, **strict)["sentiment"]] for m in (local, remote)]
    assert abstained[0] == abstained[1]


def test_calibrated_spans_are_as_probable_from_afar_as_here(serving, tmp_path):  # noqa: F811
    plain = tiny_bundle(tmp_path / "plain", "entities")
    fitted = Calibration(1.3, (Threshold(0.1, 0.1, 0.5, 0.5),), spans=SpanCalibration(0.7, -0.9, 0.05))
    manifest = replace(plain.manifest, name="names", variants={"int8": {"entities": fitted}})
    files = {name: (plain.folder / name).read_bytes() for name in plain.manifest.files}
    made = write_bundle(tmp_path / "names", manifest, files)
    here, before = headwater.load(made.folder), headwater.load(plain.folder)
    afar = headwater.connect(serving([open_model(made, "int8", "cpu")]).url)
    spans = [span for row in here.predict(TEXTS) for span in row]
    assert [span.probability for row in afar.predict(TEXTS) for span in row] == pytest.approx(
        [span.probability for span in spans], abs=1e-6
    )
    assert spans == [span for row in before.predict(TEXTS) for span in row]  # the same places
    assert all(a.probability != b.probability for a, b in zip(spans, sum(before.predict(TEXTS), ()), strict=True))
    sure = [span for row in afar.predict(TEXTS, risk=0.1) for span in row]
    assert sure == [span for span in spans if span.probability >= 0.5] != spans


@pytest.mark.parametrize(("head", "kind"), [("sentiment", Classifier), ("entities", Tagger), ("vector", Embedder)])
def test_one_head_of_a_served_model_opens_as_what_it_is(server, head, kind):  # noqa: F811
    opened = headwater.connect(server.url + "/v2/models/all", head=head)
    assert type(opened) is kind
    assert len(opened.predict(TEXTS)) == len(TEXTS)
    assert len(opened.predict([])) == 0


def test_which_model_must_be_said_where_there_are_several(server, serving, models):  # noqa: F811
    with pytest.raises(ServerError, match="holds the models all, one, same: say which"):
        headwater.connect(server.url)
    assert type(headwater.connect(serving(models[1:2]).url)) is Classifier
    with pytest.raises(ServerError, match="404: expected one of the models all, one, same, got 'nope'"):
        headwater.connect(server.url, "nope")


def test_the_key_is_sent_and_a_wrong_one_is_told(serving, models, monkeypatch):  # noqa: F811
    own = serving(models[1:2], keys=("secret",))
    with pytest.raises(ServerError, match="401: expected a valid API key"):
        headwater.connect(own.url, "one", timeout=1)
    assert headwater.connect(own.url, "one", key="secret").predict(["oil"])
    monkeypatch.setenv("HEADWATER_API_KEY", "secret")
    assert headwater.connect(own.url).predict(["oil"])


def test_no_server_and_no_url_are_told_in_the_time_that_was_given():
    with pytest.raises(ServerError, match="is it running"):
        headwater.connect("http://127.0.0.1:9", "one", timeout=0.2)
    with pytest.raises(ServerError, match="is it running"):
        headwater.connect("http://127.0.0.1:9", timeout=0.2)
    for url in ("http://", "http://localhost:abc", "http://[::1"):
        with pytest.raises(ServerError, match=re.escape("expected http://HOST:PORT")):
            headwater.connect(url, "one")
    with pytest.raises(ServerError) as told:
        headwater.connect("http://user:s3cret@127.0.0.1:9", "one")
    assert "s3cret" not in str(told.value)


def test_a_page_of_another_server_is_told():
    app = FastAPI()

    @app.get("/{path:path}")
    def page(path: str) -> Response:
        return Response("<html>hello</html>", media_type="text/html")

    with served(app) as other, pytest.raises(ServerError, match="expected JSON, got '<html>"):
        headwater.connect(other.url, "one")


def test_a_server_that_does_not_answer_is_left_in_time(serving, models):  # noqa: F811
    own = serving(models[1:2])
    model = headwater.connect(own.url, timeout=0.5)
    lane = own.app.state.service.batcher.lanes["one"]
    held = type(lane)(lambda arrays: time.sleep(2), lane.fill, lane.token)
    own.app.state.service.batcher.lanes["one"] = held
    began = time.monotonic()
    with pytest.raises(ServerError, match=re.escape("expected an answer within 0.5 s")):
        model.predict(["oil"])
    assert time.monotonic() - began < 1.5


def test_an_answer_that_trickles_is_left_in_time():
    """As long as each byte comes in time, httpx waits for the next."""
    listening, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def trickle():
        line, _ = listening.accept()
        with line:
            line.recv(65536)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not over.wait(0.05):
                with contextlib.suppress(OSError):
                    line.sendall(b" ")

    thread = threading.Thread(target=trickle, daemon=True)
    thread.start()
    began = time.monotonic()
    with pytest.raises(ServerError, match=re.escape("expected an answer within 0.5 s")):
        headwater.connect(f"http://127.0.0.1:{listening.getsockname()[1]}", "one", timeout=0.5)
    assert time.monotonic() - began < 5
    over.set()
    thread.join(10)
    listening.close()


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_key_that_cannot_be_sent_is_told_without_it(serving, models, scheme):  # noqa: F811
    for key in ("hush\nhush", "húsh-hush", "hush hush"):
        with pytest.raises(ServerError, match="expected a key of visible ASCII") as told:
            headwater.connect(f"{scheme}://127.0.0.1:9", "one", key=key, timeout=1)
        assert "hush" not in str(told.value)
    own = serving(models[1:2], keys=("secret",))
    assert headwater.connect(own.url, "one", key=" secret\n").predict(["oil"])


def test_connecting_from_many_threads_at_once_keeps_one_whole_description(server, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: headwater.connect(server.url, "all").bundle.digest, range(24)))
    assert len(set(found)) == 1
    assert sorted(path.name for path in (tmp_path / "cache" / "described" / found[0]).iterdir()) == [
        "bundle.json",
        "tokenizer.json",
    ]


@pytest.fixture(scope="module")
def plain(server):  # noqa: F811
    """A server that knows the protocol and nothing of bundles, as Triton: it passes on what it is asked under /v2, and
    is too busy on every second call.
    """
    app, calls = FastAPI(), Counter()
    app.state.calls, app.state.digest = calls, None

    @app.api_route("/v2/{path:path}", methods=["GET", "POST"])
    async def passed(request: Request, path: str) -> Response:
        calls[path] += 1
        if path.endswith("/infer") and calls[path] % 2:
            return Response('{"error": "busy"}', 429, {"Retry-After": "0"})
        if path.endswith("/config"):
            held = {"headwater_bundle_digest": {"string_value": app.state.digest}} if app.state.digest else {}
            return Response(status_code=404) if not held else httpx_json({"parameters": held, "max_batch_size": 3})
        kept = {k: v for k, v in request.headers.items() if k.startswith("inference-")}
        async with httpx.AsyncClient() as client:
            answer = await client.request(
                request.method, f"{server.url}/v2/{path}", content=await request.body(), headers=kept
            )
        kept = {k: v for k, v in answer.headers.items() if k.startswith("inference-")}
        return Response(answer.content, answer.status_code, kept)

    def httpx_json(content: dict) -> Response:
        import json

        return Response(json.dumps(content), media_type="application/json")

    with served(app) as made:
        yield made


def test_a_server_that_knows_only_the_protocol_needs_the_bundle_and_is_asked_again_when_busy(plain, bundles):  # noqa: F811
    plain.app.state.digest = None
    with pytest.raises(ServerError, match="404"):
        headwater.connect(plain.url, "all", timeout=20)
    remote = headwater.connect(plain.url, "all", bundle=bundles["all"])
    local = headwater.load(bundles["all"])
    for text in TEXTS:
        assert remote.predict_heads([text])["sentiment"][0].label == local.predict_heads([text])["sentiment"][0].label
    assert plain.app.state.calls["models/all/infer"] >= 2 * len(TEXTS)


def test_a_server_of_another_bundle_than_the_one_named_is_told(plain, bundles, tmp_path):  # noqa: F811
    plain.app.state.digest = headwater.load(bundles["all"]).bundle.digest
    remote = headwater.connect(plain.url, "all", bundle=bundles["all"])
    before = plain.app.state.calls["models/all/infer"]
    assert len(remote.predict_heads(["oil rose"] * 10)["sentiment"]) == 10
    assert plain.app.state.calls["models/all/infer"] - before >= 2 * 4  # three rows a request, each refused once
    plain.app.state.digest = None
    with pytest.raises(ServerError, match="it has no output same"):
        headwater.connect(plain.url, "all", bundle=bundles["same"])
    plain.app.state.digest = headwater.load(bundles["all"]).bundle.digest
    other = tiny_bundle(tmp_path / "all", "sentiment", seed=3)
    with pytest.raises(ServerError, match="holds another bundle"):
        headwater.connect(plain.url, "all", bundle=other.folder)


def test_a_description_that_was_changed_on_its_way_is_refused(serving, models, monkeypatch):  # noqa: F811
    own = serving(models[1:2])
    real = headwater.serving.remote.RemoteSession.file

    def changed(self, name):
        answer = real(self, name)
        return answer.replace(b"oil", b"oel") if name == "tokenizer.json" else answer

    monkeypatch.setattr("headwater.serving.remote.RemoteSession.file", changed)
    with pytest.raises(BundleError, match="digest differs"):
        headwater.connect(own.url, "one")
