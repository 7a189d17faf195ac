"""Pages whose models run on a server."""

import pytest

from headwater.api.app import create_app
from headwater.serving.model import open_model
from tests.apps.conftest import home, open_app, words  # noqa: F401 - a fixture
from tests.apps.support_chatbot.bank import bank_folder
from tests.servers import served
from tests.tiny import tiny_bundle

HEADS = {
    "support-intent": ["sentiment"],
    "financial-news": ["sentiment", "topics", "companies"],
    "entities": ["entities"],
}


@pytest.fixture
def server(home, monkeypatch):  # noqa: F811
    """A server with the three models, an empty shelf, and HEADWATER_ENDPOINT."""
    models = [
        open_model(tiny_bundle(home / "elsewhere" / name, *heads), "int8", "cpu") for name, heads in HEADS.items()
    ]
    monkeypatch.setenv("HEADWATER_SUPPORT", str(bank_folder(home / "bank", searched=False)))
    with served(create_app(models, grpc="127.0.0.1:0")) as running:
        monkeypatch.setenv("HEADWATER_ENDPOINT", running.url)
        yield running


@pytest.mark.parametrize("app", ["support_chatbot", "sentiment_monitor", "entity_extractor", "hub"])
def test_a_page_reads_with_the_servers_models_and_says_so(server, app):
    page = open_app(app)
    assert not page.exception
    said = words(page)
    assert said.count('<h1 class="hw-sentence">') == 1
    assert f"models run on the server {server.url}" in said
    assert "not on this machine yet" not in said
    if app == "hub":
        assert "All their models are ready" in said


def test_a_server_may_be_one_of_grpc(server, monkeypatch):
    url = f"grpc://127.0.0.1:{server.app.state.grpc.port}"
    monkeypatch.setenv("HEADWATER_ENDPOINT", url)
    page = open_app("support_chatbot")
    assert not page.exception
    assert f"models run on the server {url}" in words(page)


@pytest.mark.parametrize("app", ["support_chatbot", "sentiment_monitor", "entity_extractor", "hub"])
def test_a_server_that_is_not_there_is_told_in_a_sentence(home, monkeypatch, app):  # noqa: F811
    monkeypatch.setenv("HEADWATER_ENDPOINT", "http://127.0.0.1:9")
    page = open_app(app)
    assert not page.exception
    if app != "hub":
        assert "The server http://127.0.0.1:9 does not give the model" in words(page)
        assert "is it running" in page.get("code")[0].value
    else:
        assert "0 of 3 have their model ready" in words(page)


def test_a_server_that_goes_away_is_told_and_no_password_is_shown(server, monkeypatch):
    monkeypatch.setenv("HEADWATER_ENDPOINT", server.url.replace("http://", "http://ann:s3cret@"))
    page = open_app("support_chatbot")
    assert "s3cret" not in words(page)
    monkeypatch.setattr("headwater.ui.loading.WAIT", 0.3)
    server.stop()
    page.chat_input[0].set_value("oil rose").run(timeout=60)
    assert not page.exception
    assert "no longer answers" in words(page) or "does not give the model" in words(page)
    assert "s3cret" not in words(page)
