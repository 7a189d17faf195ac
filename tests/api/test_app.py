"""The endpoints, over real sockets: answers equal those of the library, and every fault has its status and sentence."""

import concurrent.futures
import gzip
import threading
import time
import zlib

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

import headwater
from headwater.api.app import create_app
from headwater.api.service import Limits
from headwater.errors import InputError
from headwater.serving.model import open_model
from tests.tiny import tiny_bundle

TEXTS = ["oil rose", "", "Acme Bank in London", "gold fell in London " * 60, "🎉 Acme"]


def post(server, path, **content):
    return httpx.post(server.url + path, json=content, timeout=20)


def test_classify_says_what_the_library_says(server, bundles):
    local = headwater.load(bundles["all"])
    expected = local.predict_heads(TEXTS)

    answer = post(server, "/v1/classify", texts=TEXTS, model="all")

    assert answer.status_code == 200
    content = answer.json()
    assert content["model"] == {
        "name": "all", "version": "1", "digest": local.bundle.digest,
        "variant": "int8", "device": "cpu", "provider": "CPUExecutionProvider",
    }  # fmt: skip
    assert [set(row) for row in content["results"]] == [{"sentiment", "topics"}] * len(TEXTS)
    for row, wanted in zip(content["results"], expected["sentiment"], strict=True):
        assert row["sentiment"]["label"] == wanted.label
        assert row["sentiment"]["probability"] == pytest.approx(wanted.probability, abs=1e-6)
        assert [entry["label"] for entry in row["sentiment"]["top"]] == [label for label, _ in wanted.top]
    for row, wanted in zip(content["results"], expected["topics"], strict=True):
        assert [entry["label"] for entry in row["topics"]] == [entry.label for entry in wanted]


def test_extract_gives_offsets_into_the_text_that_was_sent(server, bundles):
    expected = headwater.load(bundles["all"], "entities").predict(TEXTS)
    assert sum(map(len, expected)) > 10  # else it shows nothing

    results = post(server, "/v1/extract", texts=TEXTS, model="all").json()["results"]

    for text, row, wanted in zip(TEXTS, results, expected, strict=True):
        assert [(s["start"], s["end"], s["label"]) for s in row["entities"]] == [
            (s.start, s.end, s.label) for s in wanted
        ]
        assert all(text[s["start"] : s["end"]] == s["text"] for s in row["entities"])


def test_embed_gives_the_vectors_and_needs_no_name_where_one_model_has_them(server, bundles):
    expected = headwater.load(bundles["all"], "vector").predict(TEXTS)
    results = post(server, "/v1/embed", texts=TEXTS).json()["results"]
    assert np.allclose([row["vector"] for row in results], expected, atol=1e-6)


def test_pairs_heads_thresholds_and_risks_are_those_of_the_library(server, bundles):
    same = headwater.load(bundles["same"]).predict(["oil"], ["gold"])
    found = post(server, "/v1/classify", model="same", texts=["oil"], pairs=["gold"]).json()["results"]
    assert found[0]["same"]["label"] == same[0].label

    strict = headwater.load(bundles["one"]).predict(TEXTS, risk=0.05)
    rows = post(server, "/v1/classify", model="one", texts=TEXTS, risk=0.05).json()["results"]
    assert [row["sentiment"]["abstained"] for row in rows] == [entry.abstained for entry in strict]

    rows = post(server, "/v1/classify", model="all", texts=TEXTS, heads=["topics"], threshold=0.0).json()["results"]
    assert [len(row["topics"]) for row in rows] == [2] * len(TEXTS)


@pytest.mark.parametrize(
    ("path", "content", "status", "said"),
    [
        ("/v1/classify", {"texts": ["a"]}, 404, "expected one of the models all, one, same, got none"),
        ("/v1/classify", {"texts": ["a"], "model": "nope"}, 404, "got 'nope'"),
        ("/v1/classify", {"texts": "a", "model": "one"}, 422, "texts: Input should be a valid array"),
        ("/v1/classify", {"texts": [3], "model": "one"}, 422, "texts.0"),
        ("/v1/classify", {"model": "one"}, 422, "texts: Field required"),
        ("/v1/classify", {"texts": ["a"], "model": "one", "risky": 1}, 422, "risky"),
        ("/v1/classify", {"texts": ["a"], "model": "one", "threshold": 2}, 422, "threshold"),
        ("/v1/classify", {"texts": ["a"], "model": "one", "threshold": 0.5, "risk": 0.05}, 400, "not both"),
        ("/v1/classify", {"texts": ["a"], "model": "one", "risk": 0.01}, 400, "one of the risks 0.05, got 0.01"),
        ("/v1/classify", {"texts": ["a"], "model": "one", "heads": ["tone"]}, 400, "expected one of the heads"),
        ("/v1/classify", {"texts": ["a"], "model": "one", "deadline": -1}, 422, "deadline"),
        ("/v1/classify", {"texts": ["a", "b"], "model": "same", "pairs": ["c"]}, 400, "a second text for each of 2"),
        ("/v1/classify", {"texts": ["a"], "model": "same"}, 400, "compares two texts"),
        ("/v1/extract", {"texts": ["a"], "model": "one"}, 400, "one: expected a head of kind token; it has sentiment"),
        ("/v1/classify", {"texts": ["a"] * 4097, "model": "one"}, 400, "at most 4096 texts"),
        ("/nowhere", {}, 404, "Not Found"),
    ],
)
def test_a_fault_of_the_caller_has_its_status_and_its_sentence(server, path, content, status, said):
    answer = httpx.post(server.url + path, json=content)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text


def test_broken_json_and_no_content_type_are_no_failures_of_the_server(server):
    assert httpx.post(server.url + "/v1/classify", content=b"{").status_code == 422
    assert httpx.post(server.url + "/v1/classify", content=b'{"texts": ["oil"], "model": "one"}').status_code == 200
    lone = b'{"texts": ["\\ud800 oil"], "model": "one"}'
    assert httpx.post(server.url + "/v1/classify", content=lone).status_code == 422


def test_health_says_what_really_runs(server, models):
    content = httpx.get(server.url + "/health").json()
    assert content["status"] == "ok"
    assert {entry["name"]: entry["digest"] for entry in content["models"]} == {
        model.bundle.manifest.name: model.bundle.digest for model in models
    }
    assert {entry["provider"] for entry in content["models"]} == {"CPUExecutionProvider"}
    assert content["workers"] == 2


def test_health_and_readiness_tell_of_ended_workers_and_of_a_batch_that_hangs(serving, models):
    own = serving(models[1:2])
    batcher = own.app.state.service.batcher
    batcher.running["headwater-0"] = time.monotonic() - 1000
    answer = httpx.get(own.url + "/health")
    assert answer.status_code == 503
    assert answer.json()["faults"] == ["a batch has been running for 1000 s"]
    assert httpx.get(own.url + "/v2/health/ready").status_code == 503
    batcher.running.clear()
    assert httpx.get(own.url + "/v2/health/ready").status_code == 200
    batcher.failing = 3
    assert httpx.get(own.url + "/health").json()["faults"] == ["the last 3 batches failed"]
    batcher.failing = 0
    batcher.close()
    assert httpx.get(own.url + "/health").json()["faults"] == ["a worker has ended"]
    assert httpx.get(own.url + "/v2/health/live").json() == {"live": True}
    assert post(own, "/v1/classify", texts=["oil"]).status_code == 503


def test_metrics_count_answers_batches_and_tokens(serving, models):
    own = serving(models[1:2])
    for _ in range(3):
        post(own, "/v1/classify", texts=["oil rose", "gold"])
    post(own, "/v1/classify", texts=3)
    httpx.get(own.url + "/nowhere")

    text = httpx.get(own.url + "/metrics").text

    assert 'headwater_requests_total{route="/v1/classify",status="200"} 3.0' in text
    assert 'headwater_requests_total{route="/v1/classify",status="422"} 1.0' in text
    assert 'headwater_requests_total{route="other",status="404"} 1.0' in text
    assert 'headwater_tokens_total{model="one"} 21.0' in text  # 3 x (2 + 1 words, [CLS] and [SEP] for each)
    assert 'headwater_batch_rows_sum{model="one"} 6.0' in text
    assert "headwater_ready 1.0" in text
    assert "headwater_failed_batches_total 0.0" in text
    assert f'digest="{models[1].bundle.digest}"' in text


def test_keys_are_asked_for_everywhere_but_at_the_probes(serving, models):
    own = serving(models[1:2], keys=("secret", "other"))
    asked = {"texts": ["oil"]}
    assert httpx.post(own.url + "/v1/classify", json=asked).status_code == 401
    assert httpx.post(own.url + "/v1/classify", json=asked, headers={"X-API-Key": "wrong"}).status_code == 401
    assert httpx.get(own.url + "/metrics").status_code == 401
    assert httpx.get(own.url + "/v1/models/one/bundle.json").status_code == 401
    for headers in ({"Authorization": "Bearer secret"}, {"X-API-Key": "other"}):
        assert httpx.post(own.url + "/v1/classify", json=asked, headers=headers).status_code == 200
    for headers in ({"Authorization": "secret"}, {"Authorization": "Basic secret"}, {"Authorization": "Bearer"}):
        assert httpx.post(own.url + "/v1/classify", json=asked, headers=headers).status_code == 401
    assert (
        httpx.post(own.url + "/v1/classify", json=asked, headers={"Authorization": "bearer secret"}).status_code == 200
    )
    for path in ("/health", "/v2/health/ready", "/v2/health/live", "/docs", "/openapi.json"):
        assert httpx.get(own.url + path).status_code == 200
    assert httpx.get(own.url + "/healthrecords").status_code == 401


@pytest.mark.parametrize("keys", ["secret", [""], ["good", " "]])
def test_keys_that_would_let_everybody_in_are_refused(models, keys):
    with pytest.raises(InputError, match="expected a list of API keys"):
        create_app(models[1:2], keys=keys)


@pytest.mark.parametrize("path", ["/v1/classify", "/v2/models/one/infer"])
def test_a_body_beyond_the_limit_is_refused_whether_its_size_is_told_or_not(serving, models, path):
    own = serving(models[1:2], Limits(body=2000))
    large = b'{"texts": ["' + b"x" * 3000 + b'"]}'
    told = httpx.post(own.url + path, content=large)
    streamed = httpx.post(own.url + path, content=(large[i : i + 500] for i in range(0, len(large), 500)))
    for answer in (told, streamed):
        assert answer.status_code == 413
        assert "at most 2,000 bytes" in answer.json()["error"]
    assert httpx.post(own.url + "/v1/classify", json={"texts": ["oil"]}).status_code == 200


def test_overload_answers_200_or_429_and_says_when_to_come_again(serving, models):
    own = serving(models[1:2], Limits(capacity=64))
    slow, batcher = models[1].session, own.app.state.service.batcher
    lane = batcher.lanes["one"]
    batcher.lanes["one"] = type(lane)(lambda arrays: (time.sleep(0.05), slow(arrays))[1], lane.fill, lane.token)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: post(own, "/v1/classify", texts=["oil rose"] * 8), range(120)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(int(answer.headers["Retry-After"]) >= 1 and "try again" in answer.json()["error"] for answer in refused)
    assert batcher.queue.tokens == 0


def test_a_deadline_that_passes_gives_504(serving, models):
    own = serving(models[1:2])
    batcher, free = own.app.state.service.batcher, threading.Event()
    lane = batcher.lanes["one"]

    def held(arrays):
        assert free.wait(20)
        return models[1].session(arrays)

    batcher.lanes["one"] = type(lane)(held, lane.fill, lane.token)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        kept = pool.submit(post, own, "/v1/classify", texts=["oil"])
        assert post(own, "/v1/classify", texts=["gold"], deadline=0.2).status_code == 504
        free.set()
        assert kept.result().status_code == 200


def test_what_is_too_long_for_its_deadline_is_told_before_it_holds_up_others(serving, models):
    own = serving(models[1:2])
    own.app.state.service.batcher.speed = 1.0
    answer = post(own, "/v1/classify", texts=["oil " * 3000], deadline=5)
    assert answer.status_code == 413
    assert "send several requests" in answer.json()["error"]


def test_many_faults_are_counted_and_few_are_told(server):
    answer = post(server, "/v1/classify", texts=list(range(100_000)), model="one")
    assert answer.status_code == 422
    assert len(answer.content) < 1000
    answer = httpx.post(
        server.url + "/v1/classify", json={"texts": [], "model": "one"} | {f"k{i}": 1 for i in range(30)}
    )
    assert answer.json()["error"] == "30 values are not as expected: /docs says what is"


def test_a_head_that_is_named_twice_is_answered_once(server):
    rows = post(server, "/v1/classify", texts=["oil"], model="all", heads=["topics"] * 1000).json()["results"]
    assert list(rows[0]) == ["topics"]


@pytest.mark.parametrize(("coding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_bodies_may_be_compressed_and_do_not_burst(serving, models, coding, compress):
    own = serving(models[1:2], Limits(body=100_000))
    headers = {"Content-Encoding": coding}
    fine = compress(b'{"texts": ["oil rose"]}')
    assert httpx.post(own.url + "/v1/classify", content=fine, headers=headers).status_code == 200
    bomb = httpx.post(own.url + "/v1/classify", content=compress(b" " * 10_000_000), headers=headers)
    assert (bomb.status_code, "when it is inflated" in bomb.json()["error"]) == (413, True)
    assert httpx.post(own.url + "/v1/classify", content=b"none of it", headers=headers).status_code == 400
    other = httpx.post(own.url + "/v1/classify", content=fine, headers={"Content-Encoding": "br"})
    assert other.status_code == 415


def test_what_a_bundle_said_when_it_was_opened_is_what_clients_get(serving, tmp_path):
    model = open_model(tiny_bundle(tmp_path / "mine", "sentiment"), "int8", "cpu")
    own = serving([model])
    tiny_bundle(tmp_path / "mine", "sentiment", "topics", seed=5)  # written anew in its place
    assert headwater.connect(own.url).bundle.digest == model.bundle.digest
    assert httpx.get(own.url + "/v1/models/mine/model.onnx").status_code == 404


def test_a_failure_of_the_runtime_is_a_500_without_its_insides(serving, models):
    own = serving(models[1:2])
    batcher = own.app.state.service.batcher
    lane = batcher.lanes["one"]

    def broken(arrays):
        raise RuntimeError("secret insides")

    batcher.lanes["one"] = type(lane)(broken, lane.fill, lane.token)
    answer = post(own, "/v1/classify", texts=["oil"])
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    batcher.lanes["one"] = lane
    assert post(own, "/v1/classify", texts=["oil"]).status_code == 200


def test_an_app_may_mount_routes_of_its_own_and_the_documentation_names_ours(models):
    app = create_app(models[1:2], workers=1)

    @app.get("/mine")
    def mine() -> str:
        return "here"

    with TestClient(app) as client:
        assert client.get("/mine").json() == "here"
        paths = client.get("/openapi.json").json()["paths"]
        assert {"/v1/classify", "/v1/extract", "/v1/embed", "/v2/models/{name}/infer", "/health", "/metrics"} <= set(
            paths
        )
    assert not app.state.service.batcher.alive()  # the workers end with the app


def test_no_models_and_two_of_one_name_are_told(models):
    with pytest.raises(InputError, match="expected a model at least"):
        create_app([])
    with pytest.raises(InputError, match="different names"):
        create_app([models[1], models[1]])
