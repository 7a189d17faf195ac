"""The page New types on tiny models and a real store: examples marked, suggestions answered, all of it there after a reload."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from entity_extractor.learning import new_types
from headwater.store import open_store
from headwater.store.corrections import recorded
from tests.apps.conftest import open_app, press, words
from tests.apps.entity_extractor.learning.words_embedder import WordsEmbedder

TOWNS = ("Oslo", "Rome", "Bern", "Kyiv", "Lyon", "Bonn", "Nice")
TEXT = " ".join(f"We bought the Tidebox {town} there." for town in TOWNS)


@pytest.fixture
def vectors(shelf: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Vectors that count words, under the name of the bundle that ships."""
    bundle = tiny(shelf / "sentences" / "bundle", "vector")
    counting = WordsEmbedder()
    counting.bundle = bundle  # type: ignore[attr-defined]
    monkeypatch.setattr("entity_extractor.learning.desk.embedder", lambda: counting)
    return shelf


def page_of(kind: str, text: str = TEXT, who: str = "ann") -> AppTest:
    page = open_app("entity_extractor", "new_type")
    assert not page.exception
    next(one for one in page.text_input if one.label == "Your name or address").set_value(who).run()
    page.text_area(key="extract.text").set_value(text).run()
    if kind:
        page.text_input(key="newtype.name").set_value(kind).run()
    assert not page.exception
    return page


def mark(page: AppTest, said: str) -> AppTest:
    next(one for one in page.text_input if one.label.startswith("Mark an example")).set_value(said).run()
    return press(page, "Mark")


def test_from_examples_to_answers_that_are_there_after_a_reload(vectors: Path) -> None:
    page = page_of("PRODUCT")
    assert "mark 5 more" in words(page)
    for town in TOWNS[:5]:
        mark(page, f"Tidebox {town}")
    assert "PRODUCT: 5 sentences looked at, 5 marked" in words(page)
    yes = [one for one in page.button if one.label == "Yes"]
    assert len(yes) == 2, "the two sentences that are left"
    yes[0].click().run()
    next(one for one in page.button if one.label == "No").click().run()
    assert not page.exception and "Nothing else in this text looks like" in words(page)
    with open_store() as store:
        answers = [one for one in recorded(store) if one.head == "new-type:PRODUCT"]
    assert len(answers) == 7 and [bool(one.right) for one in answers] == [True] * 6 + [False]
    assert answers[-1].said and answers[0].said is None and answers[-1].who == "ann"
    again = page_of("")
    assert "PRODUCT: 7 sentences looked at" in words(again)
    with open_store() as store:
        before = new_types.taught(store, "PRODUCT").spans
        press(again, "Not right")
        assert new_types.taught(store, "PRODUCT").spans < before


def test_what_cannot_be_taught_is_said(vectors: Path) -> None:
    assert "The model finds ORG already" in "".join(one.value for one in page_of("ORG").warning)
    assert "begins with a letter" in "".join(one.value for one in page_of("2 X").warning)
    page = page_of("PRODUCT")
    next(one for one in page.text_input if one.label.startswith("Mark an example")).set_value("Paris").run()
    assert "does not stand in the text" in words(page)
    nobody = page_of("PRODUCT", who="")
    next(one for one in nobody.text_input if one.label.startswith("Mark an example")).set_value("Oslo").run()
    assert next(one for one in nobody.button if one.label == "Mark").disabled


def test_without_the_model_of_sentences_the_page_says_so(shelf: Path) -> None:
    page = open_app("entity_extractor", "new_type")
    assert not page.exception and "expected the bundle `sentences`" in page.code[0].value
