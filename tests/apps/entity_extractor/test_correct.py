"""The page of corrections on tiny models and a real SQLite store: correct, load anew, it is there; two people; exact offsets."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from entity_extractor.learning import desk as learning_desk
from entity_extractor.learning import queue
from headwater.bundle import open_bundle
from headwater.spans import Span
from headwater.store import open_store
from headwater.store.corrections import Correction, recorded
from headwater.store.training_rows import export
from tests.apps.conftest import open_app, press, words

TEXT = "Oslo 🙂 and Oslo met Acme Bank"
OTHER = "gold fell in London"


@pytest.fixture
def kept(shelf: Path) -> list[queue.Row]:
    """A queue of two sentences, the first with a span of Acme alone, which is at the wrong edge."""
    bundle = open_bundle(shelf / "entities" / "bundle")
    rows = [
        queue.Row("a#1", TEXT, (Span(20, 24, "LOC", 0.6, "Acme"),), 0.4, 1.0),
        queue.Row("a#2", OTHER, (Span(13, 19, "LOC", 0.95, "London"),), 0.05, 0.5),
    ]
    return queue.save(rows, queue.folder() / "news.jsonl", bundle, "entities", "int8")


def page_of(who: str, language: str = "en") -> AppTest:
    page = open_app("entity_extractor", "correct", language)
    field(page, "Your name or address").set_value(who).run()
    assert not page.exception
    return page


def stored() -> list[Correction]:
    with open_store() as store:
        return recorded(store)


def field(page: AppTest, label: str) -> AppTest:
    return next(one for one in page.text_input if one.label == label)


def write_type(page: AppTest, name: str) -> None:
    """Write what is not among the options, as the browser's list lets one do."""
    for last in (False, True):  # the page drawn anew lists it no more than the first, and the harness looks it up there
        box = next(one for one in page.selectbox if one.label == "Type")
        box.options.append(name)
        if not last:
            box.set_value(name).run()


def tick(page: AppTest, row: int, **values: object) -> AppTest:
    """Change cells of the table, as the browser reports them."""
    key = page.data_editor[0].key
    page.session_state[key] = {"edited_rows": {row: values}, "added_rows": [], "deleted_rows": []}
    return page.run()


def test_a_correction_is_stored_and_there_when_the_page_is_loaded_anew(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    assert "0 of 2 sentences looked at" in words(page)
    tick(page, 0, type="ORG")
    press(page, "Save and next")
    (one,) = stored()
    assert (one.who, one.text, one.right, one.said) == ("ann", TEXT, (Span(20, 24, "ORG"),), kept[0].said)
    assert (one.bundle, one.digest, one.head, one.kind) == (kept[0].bundle, kept[0].digest, "entities", "token")
    assert one.created is not None
    again = page_of("ann")
    assert "1 of 2 sentences looked at; 1 changed" in words(again)
    assert "London" in words(again), "it goes on with the sentence that is left"
    press(again, "Previous")
    table = again.data_editor[0].value
    assert [tuple(row) for row in table[["text", "type", "accept"]].to_numpy()] == [
        ("Acme", "LOC", False),
        ("Acme", "ORG", True),
    ]


def test_the_same_answer_is_stored_once_and_a_new_one_beside_it(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    press(page, "Save and next")
    press(page, "Previous")
    press(page, "Save and next")
    assert len(stored()) == 1
    press(page, "Previous")
    tick(page, 0, accept=False)
    press(page, "Save and next")
    assert [one.right for one in stored()] == [kept[0].said, ()]


def test_a_span_is_added_by_its_words_at_the_occurrence_that_is_meant(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    field(page, "Add by its words").set_value("Oslo").run()
    (which,) = [one for one in page.radio if "more than once" in one.label]
    assert which.options[1].startswith("Oslo 🙂 and")
    which.set_value(1).run()
    press(page, "Add")
    field(page, "Add by its words").set_value("Acme Bank").run()
    press(page, "Add")
    press(page, "Save and next")
    (one,) = stored()
    assert [(s.start, s.end, s.text) for s in one.right] == [(11, 15, "Oslo"), (20, 29, "Acme Bank")]
    assert all(TEXT[s.start : s.end] == s.text for s in one.right)


def test_the_last_sentence_of_a_queue_can_be_saved_again_and_again(kept: list[queue.Row], shelf: Path) -> None:
    queue.save(kept[:1], queue.standing()[0], open_bundle(shelf / "entities" / "bundle"), "entities", "int8")
    page = page_of("ann")
    tick(page, 0, type="ORG")
    press(page, "Save and next")
    assert page.data_editor[0].value[["type", "accept"]].to_numpy().tolist() == [["LOC", False], ["ORG", True]]
    tick(page, 1, accept=False)
    press(page, "Save and next")
    assert [one.right for one in stored()] == [(Span(20, 24, "ORG"),), ()]


def test_words_that_are_not_there_cannot_be_added(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    field(page, "Add by its words").set_value("Paris").run()
    assert "does not stand in this sentence" in words(page)
    assert next(button for button in page.button if button.label == "Add").disabled


def test_accept_all_above_a_probability_leaves_the_others_out(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    press(page, "Accept all from 90 %")
    assert not page.data_editor[0].value["accept"].any()
    press(page, "Next")
    press(page, "Accept all from 90 %")
    assert page.data_editor[0].value["accept"].all()


def test_what_was_changed_and_not_saved_is_there_when_one_comes_back(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    tick(page, 0, type="ORG")
    press(page, "Next")
    press(page, "Previous")
    assert page.data_editor[0].value["type"].tolist() == ["ORG"]
    assert stored() == []


def test_two_spans_that_overlap_are_refused_in_words(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    field(page, "Add by its words").set_value("Acme Bank").run()
    press(page, "Add")
    assert page.data_editor[0].value["accept"].tolist() == [False, True]
    tick(page, 0, accept=True)
    press(page, "Save and next")
    assert "overlap" in page.error[0].value
    assert stored() == []


def test_the_corrected_set_can_be_had_in_every_format(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    press(page, "Save and next")
    (form,) = [one for one in page.selectbox if one.label == "Corrected set as"]
    assert set(form.options) >= {"jsonl", "conll", "label-studio", "parquet"}
    for name in form.options:
        form = next(one for one in page.selectbox if one.label == "Corrected set as")
        form.set_value(name).run()
        assert not page.exception
        assert not page.warning, name
        assert page.get("download_button")


def test_two_people_see_each_other_only_after_their_own_answer(kept: list[queue.Row]) -> None:
    press(page_of("ann"), "Save and next")
    page = page_of("ben")
    assert "marked it otherwise" not in words(page)
    tick(page, 0, accept=False)
    press(page, "Save and next")
    press(page, "Previous")
    assert "ann marked it otherwise (F1 0" in words(page)
    assert "ann and ben: 1 sentences in common" in words(page)
    assert "1 of 2 sentences looked at; 1 changed" in words(page)


def test_nobody_cannot_save(kept: list[queue.Row]) -> None:
    page = open_app("entity_extractor", "correct")
    assert next(button for button in page.button if button.label == "Save and next").disabled


def test_training_takes_what_was_corrected(kept: list[queue.Row], tmp_path: Path) -> None:
    page = page_of("ann")
    tick(page, 0, type="ORG")
    press(page, "Save and next")
    with open_store() as store:
        assert export(store, tmp_path / "rows.jsonl", head="entities").rows == 1
    assert '"type": "ORG"' in (tmp_path / "rows.jsonl").read_text()


def test_a_queue_is_made_of_an_upload(shelf: Path, home: Path, tiny: Callable) -> None:
    tiny(shelf / "sentences" / "bundle", "vector")
    page = open_app("entity_extractor", "correct")
    assert "the model learns from them" in words(page)
    page.file_uploader[0].set_value(("my news.txt", f"{TEXT}.\n{OTHER}.".encode(), "text/plain")).run()
    press(page, "Make the queue")
    assert "0 of 2 sentences looked at" in words(page)
    assert [file.name for file in queue.standing()] == ["my-news.jsonl"]


def test_without_the_model_of_sentences_the_page_says_so(shelf: Path) -> None:
    page = open_app("entity_extractor", "correct")
    page.file_uploader[0].set_value(("a.txt", TEXT.encode(), "text/plain")).run()
    next(button for button in page.button if button.label == "Make the queue").click().run()
    assert not page.exception
    assert "expected the bundle `sentences`" in page.code[0].value


def test_a_type_that_no_model_knows_is_marked_and_offered_from_then_on(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    field(page, "Add by its words").set_value("Oslo").run()
    write_type(page, "harbour")
    press(page, "Add")
    press(page, "Save and next")
    (one,) = stored()
    assert one.right == (Span(0, 4, "harbour"), Span(20, 24, "LOC"))
    again = page_of("ben")
    assert "harbour" in next(one for one in again.selectbox if one.label == "Type").options


def test_a_type_with_a_blank_is_refused_in_a_sentence(kept: list[queue.Row]) -> None:
    page = page_of("ann")
    field(page, "Add by its words").set_value("Oslo").run()
    write_type(page, "big harbour")
    press(page, "Add")
    assert "without blanks" in page.error[0].value
    assert page.data_editor[0].value["text"].tolist() == ["Acme"]


def test_a_draft_is_of_its_sentence_and_of_no_other_under_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_desk, "st", SimpleNamespace(session_state={}))
    rows = [queue.Row("in.txt#1", "Ann left.", (Span(0, 3, "PER"),)), queue.Row("in.txt#1", "So did Acme.")]
    drafts = [learning_desk.Desk(None, Path("in.jsonl"), [row], {}, "ann", ()).draft(row)[0] for row in rows]
    assert [len(draft) for draft in drafts] == [1, 0]
