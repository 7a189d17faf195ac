"""Every app on tiny bundles: a shelf of three, a home of its own, and a way to open a page without a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

APPS = Path(__file__).resolve().parents[2] / "apps"
HEADS = {"support-intent": "sentiment", "financial-news": "sentiment", "entities": "entities"}


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
def shelf(home: Path, tiny: Callable) -> Path:
    """The folder of models, with a tiny bundle for each app."""
    for name, head in HEADS.items():
        tiny(home / "models" / name / "bundle", head)
    return home / "models"


def open_app(app: str, view: str = "", language: str = "en") -> AppTest:
    """A page that has run once. `view` is a page of the hub beside home."""
    page = AppTest.from_file(str(APPS / app / "app.py"), default_timeout=60)
    page.session_state["language"] = language
    page.run()
    return page.switch_page(f"views/{view}.py").run() if view else page


def words(page: AppTest) -> str:
    """All that the page says in HTML blocks, headings, captions and messages."""
    html = [block.proto.body for block in page.get("html")]
    plain = [
        item.value
        for kind in ("title", "subheader", "caption", "markdown", "error", "warning", "info")
        for item in page.get(kind)
    ]
    return "\n".join([*html, *plain])
