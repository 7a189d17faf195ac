"""Models change under load: no request fails, each answer is its model's own, and what is broken changes nothing."""

import gc
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import tritonclient.http
from starlette.requests import Request

import headwater
from headwater.api.app import create_app
from headwater.api.repository import administers
from headwater.bundle import open_bundle
from headwater.errors import BundleError, ServerError
from headwater.serving.model import open_model
from headwater.versions.shelf import install, promote, rollback
from tests.servers import Served, served
from tests.tiny import tiny_bundle

TEXTS = ["oil rose", "gold fell in London", "Acme Bank beats", "shares in profit", "misses"]


class Shop:
    """Two bundles of one name, and which of them the name means."""

    def __init__(self, root: Path) -> None:
        self.folders = [tiny_bundle(root / str(seed) / "news", "sentiment", seed=seed).folder for seed in (1, 2)]
        self.now = self.folders[0]
        self.digests = [open_bundle(folder).digest for folder in self.folders]
        self.expected = {}
        for folder, digest in zip(self.folders, self.digests, strict=True):
            found = headwater.load(folder).predict(TEXTS)
            self.expected[digest] = [(entry.label, round(entry.probability, 5)) for entry in found]
        first, second = self.expected.values()
        assert all(a != b for a, b in zip(first, second, strict=True)), "else an answer tells nothing of its model"

    def find(self, name: str) -> Path:
        assert name == "news"
        return self.now


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def running(shop: Shop) -> Iterator[Served]:
    model = open_model(open_bundle(shop.now), "int8", "cpu")
    with served(create_app([model], find=shop.find, workers=2)) as server:
        yield server


def ask(server: Served, client: httpx.Client, text: int) -> tuple[str, tuple[str, float]]:
    """The digest that an answer names, and what it says of a text."""
    answer = client.post(server.url + "/v1/classify", json={"texts": [TEXTS[text]]})
    assert answer.status_code == 200, answer.text
    content = answer.json()
    found = content["results"][0]["sentiment"]
    return content["model"]["digest"], (found["label"], round(found["probability"], 5))


def load(server: Served, name: str = "news", **options) -> httpx.Response:
    return httpx.post(f"{server.url}/v2/repository/models/{name}/load", timeout=30, **options)


def test_ten_swaps_under_load_fail_no_request_and_every_answer_is_its_models_own(shop: Shop, running: Served) -> None:
    assert swap_under_load(shop, running, 10) > 50


def swap_under_load(shop: Shop, running: Served, swaps: int) -> int:
    """Swap so often while four threads ask; how many answers they got, of which each was looked at."""
    over, faults, answers = threading.Event(), [], []

    def post() -> None:
        with httpx.Client(timeout=30) as client:
            number = 0
            while not over.is_set():
                number += 1
                try:
                    digest, found = ask(running, client, number % len(TEXTS))
                    answers.append((digest, found == shop.expected[digest][number % len(TEXTS)]))
                except Exception as fault:  # noqa: BLE001 - every one counts
                    faults.append(repr(fault))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for swap in range(swaps):
            shop.now = shop.folders[(swap + 1) % 2]
            told = load(running)
            assert told.status_code == 200, told.text
            assert told.json()["after"] == shop.digests[(swap + 1) % 2]
            time.sleep(0.1)
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=30)
    assert not faults
    assert all(right for _, right in answers), "an answer that is not of the model it names"
    assert {digest for digest, _ in answers} == set(shop.digests)
    service = running.app.state.service
    assert len(service.batcher.lanes) == len(service._uses) == 1, "lanes of models that are gone"
    assert service.batcher.queue._rows == {}
    assert httpx.get(running.url + "/health").json()["queue"]["failed_batches"] == 0
    return len(answers)


def test_who_reads_by_the_old_description_is_told_to_connect_again(shop: Shop) -> None:
    model = open_model(open_bundle(shop.now), "int8", "cpu")
    with served(create_app([model], find=shop.find, workers=1, grpc="127.0.0.1:0")) as server:
        urls = {server.url: "409", f"grpc://127.0.0.1:{server.app.state.grpc.port}": "FAILED_PRECONDITION"}
        known = {url: headwater.connect(url, "news", timeout=20) for url in urls}
        old = headwater.connect(server.url, "news", bundle=shop.now)
        for opened in (*known.values(), old):
            assert len(opened.predict(TEXTS)) == len(TEXTS)
        shop.now = shop.folders[1]
        assert load(server).status_code == 200
        for opened, code in (*((known[url], code) for url, code in urls.items()), (old, "409")):
            with pytest.raises(ServerError, match=f"{code}: model news: another version is served now: connect again"):
                opened.predict(TEXTS)
        for url in urls:
            found = headwater.connect(url, "news").predict(TEXTS)
            assert [(entry.label, round(entry.probability, 5)) for entry in found] == shop.expected[shop.digests[1]]


def test_models_that_were_replaced_are_let_go(shop: Shop, running: Served) -> None:
    service = running.app.state.service

    def held() -> int:
        gc.collect()
        return sum(type(item).__name__ == "InferenceSession" for item in gc.get_objects())

    def swapped(times: int) -> int:
        for swap in range(times):
            shop.now = shop.folders[(swap + 1) % 2]
            assert load(running).status_code == 200
            ask(running, client, swap % len(TEXTS))
        return held()

    with httpx.Client() as client:
        few = swapped(4)
        assert swapped(8) <= few, "sessions grow in number with the swaps"
    assert [use.requests for use in service._uses.values()] == [0]


def test_a_request_that_was_begun_ends_with_the_model_it_began_with(shop: Shop) -> None:
    first, second = (open_model(open_bundle(folder), "int8", "cpu") for folder in shop.folders)
    with served(create_app([first], find=shop.find, workers=1)) as server:
        service, begun, free = server.app.state.service, threading.Event(), threading.Event()
        lane = service.batcher.lanes["news"]

        def slow(arrays):
            begun.set()
            free.wait(20)
            return lane.run(arrays)

        service.batcher.lanes["news"] = type(lane)(slow, lane.fill, lane.token, lane.model)
        answers = []
        with httpx.Client(timeout=30) as client:
            thread = threading.Thread(target=lambda: answers.append(ask(server, client, 0)))
            thread.start()
            assert begun.wait(20)
            assert service.replace(second) is first
            assert service.model("news") is second
            assert len(service.batcher.lanes) == 2, "the old lane stays while it is needed"
            free.set()
            thread.join(timeout=20)
            assert answers == [(shop.digests[0], shop.expected[shop.digests[0]][0])]
            assert len(service.batcher.lanes) == 1
            assert ask(server, client, 0) == (shop.digests[1], shop.expected[shop.digests[1]][0])


def flipped(folder: Path) -> str:
    content = bytearray((folder / "model.onnx").read_bytes())
    content[100] ^= 1
    (folder / "model.onnx").write_bytes(content)
    return "digest differs"


def missing(folder: Path) -> str:
    (folder / "tokenizer.json").unlink()
    return "tokenizer.json is missing"


def other_heads(folder: Path) -> str:
    shutil.copytree(tiny_bundle(folder.parent / "else" / "news", "topics").folder, folder, dirs_exist_ok=True)
    return "found none for sentiment (single)"


def other_name(folder: Path) -> str:
    shutil.copytree(tiny_bundle(folder.parent / "olds", "sentiment").folder, folder, dirs_exist_ok=True)
    return "expected a bundle of news, found one of olds"


def no_folder(folder: Path) -> str:
    shutil.rmtree(folder)
    return "found none"


@pytest.mark.parametrize("harm", [flipped, missing, other_heads, other_name, no_folder])
def test_a_broken_version_leaves_the_old_one_serving_and_tells_why(
    shop: Shop, running: Served, harm: Callable[[Path], str]
) -> None:
    said = harm(shop.folders[1])
    shop.now = shop.folders[1]
    answer = load(running)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    with httpx.Client() as client:
        assert ask(running, client, 0) == (shop.digests[0], shop.expected[shop.digests[0]][0])
    health = httpx.get(running.url + "/health")
    assert health.status_code == 200, "what serves, serves"
    (swap,) = health.json()["swaps"]
    assert said in swap["fault"]
    assert swap["before"] == swap["after"] == shop.digests[0]
    assert said in httpx.post(running.url + "/v2/repository/index").json()[0]["reason"]
    metrics = httpx.get(running.url + "/metrics").text
    assert 'headwater_swap_failed{model="news"} 1.0' in metrics
    assert 'headwater_swaps_total{outcome="failed"} 1.0' in metrics
    assert shop.digests[0] in metrics

    shop.now = shop.folders[0]  # the name means again what is served: the fault is over
    assert load(running).json()["fault"] is None
    assert 'headwater_swap_failed{model="news"} 0.0' in httpx.get(running.url + "/metrics").text


def test_a_model_that_gives_no_numbers_takes_nobodys_place(
    shop: Shop, running: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = open_model(open_bundle(shop.folders[1]), "int8", "cpu")
    monkeypatch.setattr(new.predictor, "run", lambda arrays: {"sentiment": np.full((1, 3), np.nan)})
    service = running.app.state.service
    with pytest.raises(BundleError, match="gives no numbers"):
        service.replace(new)
    assert service.model("news").bundle.digest == shop.digests[0]


def test_unload_and_load_speak_tritons_protocol(shop: Shop, running: Served) -> None:
    client = tritonclient.http.InferenceServerClient(running.address)
    client.unload_model("news")
    answer = httpx.post(running.url + "/v1/classify", json={"texts": ["oil"], "model": "news"})
    assert (answer.status_code, "(there is none)" in answer.json()["error"]) == (404, True)
    assert httpx.get(running.url + "/health").status_code == 200
    client.load_model("news")
    assert [entry["name"] for entry in client.get_model_repository_index()] == ["news"]
    with pytest.raises(tritonclient.http.InferenceServerException, match="expected no parameters"):
        client.load_model("news", config="{}")


def test_who_may_change_what_is_served(shop: Shop) -> None:
    model = open_model(open_bundle(shop.now), "int8", "cpu")
    with served(create_app([model], find=shop.find, workers=1)) as server:
        assert load(server).status_code == 200
        for header in ("X-Forwarded-For", "Origin", "Sec-Fetch-Site"):
            refused = load(server, headers={header: "x"})
            assert refused.status_code == 403
            assert "--keys FILE" in refused.json()["error"]
        for client, allowed in (
            (("::1", 1), True),
            (("10.1.2.3", 1), False),
            (("testclient", 1), False),
            (None, False),
        ):
            request = Request({"type": "http", "app": server.app, "client": client, "headers": []})
            if allowed:
                administers(request)
            else:
                with pytest.raises(Exception, match="API key"):
                    administers(request)
    with served(create_app([model], keys=["secret"], find=shop.find, workers=1)) as server:
        assert load(server).status_code == 401
        assert load(server, headers={"X-API-Key": "secret", "X-Forwarded-For": "10.1.2.3"}).status_code == 200


def test_a_server_that_follows_changes_with_the_aliases_and_back(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    shutil.copytree(shop.folders[0], tmp_path / "models" / "news" / "bundle")
    model = open_model(open_bundle(shop.folders[0]), "int8", "cpu")
    with served(create_app([model], workers=1, follow=0.05)) as server, httpx.Client() as client:

        def reaches(digest: str) -> None:
            end = time.monotonic() + 20
            while ask(server, client, 0)[0] != digest:
                assert time.monotonic() < end
                time.sleep(0.05)

        version = install(shop.folders[1])
        promote("news", version.version, "shipped")
        reaches(shop.digests[1])
        rollback("news")
        reaches(shop.digests[0])
        (version.folder / "model.onnx").write_bytes(b"torn")
        (tmp_path / "home" / "models" / "news" / "aliases.json").write_text(f'{{"live": "{version.version}"}}')
        end = time.monotonic() + 20
        while not (fault := client.get(server.url + "/health").json()["swaps"][0]["fault"]):
            assert time.monotonic() < end
        assert "digest differs" in fault
        assert ask(server, client, 0)[0] == shop.digests[0]
        (tmp_path / "home" / "models" / "news" / "aliases.json").unlink()
        end = time.monotonic() + 20
        while client.get(server.url + "/health").json()["swaps"][0]["fault"]:
            assert time.monotonic() < end, "the name means again what is served"
    assert not [thread for thread in threading.enumerate() if thread.name == "headwater-follow"]


def test_a_folder_that_was_written_anew_was_not_promoted_and_waits_to_be_loaded(shop: Shop) -> None:
    model = open_model(open_bundle(shop.now), "int8", "cpu")
    with served(create_app([model], find=shop.find, workers=1, follow=0.02)) as server, httpx.Client() as client:
        shutil.copytree(shop.folders[1], shop.folders[0], dirs_exist_ok=True)
        time.sleep(0.5)
        assert ask(server, client, 0)[0] == shop.digests[0]
        assert client.post(f"{server.url}/v2/repository/models/typo/load").status_code >= 400
        assert client.get(server.url + "/health").json()["swaps"] == []
        assert load(server).status_code == 200
        assert ask(server, client, 0)[0] == shop.digests[1]


def test_a_body_of_a_thousand_levels_is_no_failure_of_the_server(running: Served) -> None:
    refused = load(running, content=b"[" * 100_000)
    assert (refused.status_code, "expected a body of JSON" in refused.json()["error"]) == (400, True)
