"""Each page in both languages: with models, without any, and with broken ones; never an exception, always a sentence."""

from pathlib import Path

import pytest

from tests.apps.conftest import open_app, words

PAGES = [
    ("hub", ""),
    ("hub", "batch"),
    ("hub", "models"),
    ("support_chatbot", ""),
    ("support_chatbot", "desk"),
    ("support_chatbot", "figures"),
    ("support_chatbot", "learning"),
    ("support_chatbot", "settings"),
    ("sentiment_monitor", ""),
    ("sentiment_monitor", "alerts"),
    ("sentiment_monitor", "subject"),
    ("sentiment_monitor", "story"),
    ("sentiment_monitor", "unsure"),
    ("sentiment_monitor", "rules"),
    ("sentiment_monitor", "replay"),
    ("sentiment_monitor", "sources"),
    ("entity_extractor", ""),
    ("entity_extractor", "correct"),
    ("entity_extractor", "redact"),
    ("entity_extractor", "compare"),
]
NO_MODEL = ("desk", "figures", "learning")  # they read the store
APPS = {"support_chatbot": "support-intent", "sentiment_monitor": "financial-news", "entity_extractor": "entities"}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("app", "view"), PAGES)
def test_a_page_opens_with_a_sentence_at_its_top(shelf: Path, app: str, view: str, language: str) -> None:
    page = open_app(app, view, language)
    assert not page.exception
    assert words(page).count('<h1 class="hw-sentence">') == 1
    assert any("\u4e00" <= letter <= "\u9fff" for letter in words(page)) == (language == "zh")


@pytest.mark.parametrize(("app", "view"), PAGES)
def test_without_models_every_page_says_so(home: Path, app: str, view: str) -> None:
    page = open_app(app, view)
    assert not page.exception
    said = words(page)
    assert said.count('<h1 class="hw-sentence">') == 1
    if app in APPS and view not in NO_MODEL:
        assert f"{APPS[app]} is not on this machine yet" in said
        assert page.get("code")[0].value == f"headwater train models/{APPS[app]}/recipe.toml"


@pytest.mark.parametrize("app", APPS)
def test_a_broken_bundle_is_shown_with_its_sentence(shelf: Path, app: str) -> None:
    (shelf / APPS[app] / "bundle" / "model.onnx").write_bytes(b"something else")
    page = open_app(app)
    assert not page.exception
    assert "there but cannot be used" in words(page)
    assert "digest differs" in page.get("code")[0].value
