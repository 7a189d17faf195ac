"""Reviewing proposals: a decision changes one entry of the file and keeps all that others have written meanwhile."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from headwater.errors import InputError
from support_chatbot import review
from support_chatbot.learning.proposals import ACCEPTED, REJECTED, Draft, Line, New, Proposals, digest, write_proposals
from support_chatbot.learning.reading import read_proposals
from tests.apps.conftest import open_app, words


def made(entry):
    return replace(entry, made=digest(entry))


HELD = Proposals(
    {"negative": (made(Line("is it bad")), made(Line("so <b>bad</b>")))},
    {"positive": made(Draft("positive", "It is *good*."))},
    (made(New("bike_insurance", "Bike insurance", ("insure my bike", "cover my bicycle"), evidence={"questions": 7})),),
)


@pytest.fixture
def file(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "proposals.yaml"
    monkeypatch.setenv("HEADWATER_PROPOSALS", str(path))
    write_proposals(HELD, path)
    return path


def item(file: Path, kind: str, at: int = 0) -> review.Item:
    return [one for one in review.items(read_proposals(file)) if one.kind == kind][at]


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def test_every_entry_is_an_item_and_counts_once(file: Path) -> None:
    assert [one.kind for one in review.items(HELD)] == ["new", "answer", "example", "example"]
    assert review.tally(HELD) == {"proposed": 4, "accepted": 0, "rejected": 0}
    assert len({one.key for one in review.items(HELD)}) == 4


def test_a_decision_keeps_what_others_have_written(file: Path) -> None:
    first, second = item(file, "example", 0), item(file, "new")
    review.change(file, first, lambda entry: replace(entry, status=ACCEPTED))
    review.change(file, second, lambda entry: replace(entry, status=REJECTED))
    held = read_proposals(file)
    assert [line.status for line in held.examples["negative"]] == [ACCEPTED, "proposed"]
    assert held.new[0].status == REJECTED
    assert held.drafts == HELD.drafts


def test_what_is_no_longer_there_is_told(file: Path) -> None:
    gone = item(file, "new")
    write_proposals(replace(HELD, new=()), file)
    with pytest.raises(InputError, match="no longer there"):
        review.change(file, gone, lambda entry: replace(entry, status=ACCEPTED))


def test_what_cannot_be_learnt_is_not_accepted(file: Path) -> None:
    with pytest.raises(InputError, match="expected examples"):
        review.change(file, item(file, "new"), lambda entry: replace(entry, status=ACCEPTED, examples=()))
    with pytest.raises(InputError, match="expected the text of an answer"):
        review.change(file, item(file, "answer"), lambda entry: replace(entry, status=ACCEPTED, text=" "))
    with pytest.raises(InputError, match="expected a name"):
        review.change(file, item(file, "new"), lambda entry: replace(entry, label=""))
    assert read_proposals(file) == read_proposals(file)
    assert review.tally(read_proposals(file))["proposed"] == 4


def test_the_page_without_proposals_says_what_to_run(file: Path) -> None:
    file.unlink()
    page = open_app("support_chatbot", "learning")
    assert not page.exception
    assert "There is nothing to review yet" in words(page)
    assert page.get("code")[0].value == f"support-chatbot learn TRANSCRIPTS.csv --out {file}"


def test_a_file_that_was_broken_is_told_by_its_line(file: Path) -> None:
    file.write_text("known: 3\n", encoding="utf-8")
    page = open_app("support_chatbot", "learning")
    assert "cannot be read" in words(page)
    assert f"{file}:1" in page.get("code")[0].value


def test_a_proposal_is_accepted_and_stands_in_what_training_reads(file: Path) -> None:
    page = open_app("support_chatbot", "learning")
    assert "4 proposals wait for your decision" in words(page)
    assert "so &lt;b&gt;bad&lt;/b&gt;" in words(page)
    press(page, f"learning.accepted.{item(file, 'new').key}")
    assert "3 proposals wait" in words(page)
    assert list(page.dataframe[0].value["Text"]) == ["insure my bike", "cover my bicycle"]
    assert read_proposals(file).new[0].status == ACCEPTED


def test_a_proposal_is_renamed_and_edited(file: Path) -> None:
    page = open_app("support_chatbot", "learning")
    fields = {field.label: field for field in [*page.text_input, *page.text_area]}
    fields["Name of the intent"].set_value("cycle_insurance")
    fields["Examples, one a line"].set_value("insure my bike\n\n insure my trike ")
    next(button for button in page.button if button.label == "Save").click().run()
    entry = read_proposals(file).new[0]
    assert (entry.label, entry.examples) == ("cycle_insurance", ("insure my bike", "insure my trike"))


def test_the_accepted_are_written_for_training(file: Path, bank: Path) -> None:
    review.change(file, item(file, "example"), lambda entry: replace(entry, status=ACCEPTED))
    review.change(file, item(file, "answer"), lambda entry: replace(entry, status=ACCEPTED))
    page = open_app("support_chatbot", "learning")
    next(button for button in page.button if button.label == "Write training data and drafts").click().run()
    assert "Written: 1 rows of training data, 1 drafts" in page.success[0].value
    assert file.with_suffix(".jsonl").read_text(encoding="utf-8") == '{"text": "is it bad", "label": "negative"}\n'
    assert (bank / "drafts" / "positive.md").is_file()


def test_what_cannot_be_written_is_told_in_the_readers_language(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(file: Path, folder: Path) -> None:
        raise InputError("drafts: cannot be written")

    monkeypatch.setattr("support_chatbot.views.learning_training.apply", refused)
    review.change(file, item(file, "example"), lambda entry: replace(entry, status=ACCEPTED))
    page = open_app("support_chatbot", "learning", language="zh")
    next(button for button in page.button if button.label == "写入训练数据和草稿").click().run()
    assert [box.value for box in page.error] == ["未能写入。原因与处理办法："]
    assert [box.value for box in page.code] == ["drafts: cannot be written"]
