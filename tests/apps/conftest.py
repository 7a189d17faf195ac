"""Every app on tiny bundles: a shelf of three, a home of its own, and a way to open a page without a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from headwater.serving.model import Model, open_model
from tests.apps.support_chatbot.bank import bank_folder, quotes_for, understand

APPS = Path(__file__).resolve().parents[2] / "apps"
HEADS = {"support-intent": "sentiment", "financial-news": "sentiment", "entities": "entities"}


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory, tiny: Callable) -> Model:
    """A tiny model `one`, whose endpoints stand beside an app's own."""
    return open_model(tiny(tmp_path_factory.mktemp("served") / "one", "sentiment"), "int8", "cpu")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty shelf and an empty home; what Streamlit caches across tests is forgotten."""
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield tmp_path
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def shelf(home: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models, with a tiny bundle for each app, and a bank whose answers fit the tiny intents."""
    monkeypatch.setenv("HEADWATER_SUPPORT", str(bank_folder(home / "bank", searched=False)))
    for name, head in HEADS.items():
        tiny(home / "models" / name / "bundle", head)
    return home / "models"


@pytest.fixture
def bank(shelf: Path, home: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shelf's bank with a help centre, and messages that mean what they say (tests/apps/support_chatbot/bank.py)."""
    tiny(shelf / "sentences" / "bundle", "vector")
    monkeypatch.setenv("HEADWATER_SUPPORT", str(bank_folder(home / "bank with help")))
    monkeypatch.setattr("support_chatbot.understanding.understand", understand)
    monkeypatch.setattr("support_chatbot.retrieval.quotes_for", quotes_for)
    return home / "bank with help"


def open_app(app: str, view: str = "", language: str = "en") -> AppTest:
    """A page that has run once. `view` is a page of the hub beside home."""
    page = AppTest.from_file(str(APPS / app / "app.py"), default_timeout=60)
    page.session_state["language"] = language
    page.run()
    return page.switch_page(f"views/{view}.py").run() if view else page


def press(page: AppTest, label: str) -> AppTest:
    """The page after its button of that name was pressed."""
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    """All that the page says in HTML blocks, headings, captions and messages."""
    html = [block.proto.body for block in page.get("html")]
    plain = [
        item.value
        for kind in ("title", "subheader", "caption", "markdown", "error", "warning", "info")
        for item in page.get(kind)
    ]
    return "\n".join([*html, *plain])
