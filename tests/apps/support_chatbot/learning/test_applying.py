from pathlib import Path

import pytest

from headwater.data.readers import read_file
from headwater.errors import InputError
from support_chatbot.content.page import read_page
from support_chatbot.learning.applying import apply, training_rows
from support_chatbot.learning.proposals import Draft, Line, New, Proposals, write_proposals

WHOLE = Proposals(
    {"card_arrival": (Line("is it here", "accepted"), Line("never", "rejected"), Line("later"))},
    {
        "pin_blocked?": Draft("pin_blocked?", "Use {braces}: see [email].", "accepted"),
        "other": Draft("other", "No.", "rejected"),
    },
    (
        New("joint_account", "A joint: account", ("open one", "Open one?"), "Apply.", "accepted"),
        New("x", "X", ("y",), "z"),
    ),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bot" / "answers").mkdir(parents=True)
    return tmp_path / "bot"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_proposals(WHOLE, tmp_path / "proposals.yaml")
    return tmp_path / "proposals.yaml"


def test_accepted_examples_are_rows_that_a_recipe_reads(file: Path, folder: Path) -> None:
    done = apply(file, folder)
    assert done.training == file.with_suffix(".jsonl") and done.rows == 2
    rows = [(row.text, row.targets["label"]) for row in read_file(done.training)]
    assert rows == [("is it here", "card_arrival"), ("open one", "joint_account")]


def test_accepted_answers_are_drafts_that_overwrite_nothing(file: Path, folder: Path) -> None:
    first = apply(file, folder)
    assert [path.relative_to(folder).as_posix() for path in first.drafts] == [
        "drafts/joint_account.md",
        "drafts/pin_blocked.md",
    ]
    page = read_page(first.drafts[1])
    assert (
        page.meta == {"intent": "pin_blocked?", "title": "Pin blocked"} and page.text == "Use {{braces}}: see [email]."
    )
    assert read_page(first.drafts[0]).meta["title"] == "A joint: account"
    first.drafts[0].write_text("mine")
    again = apply(file, folder)
    assert again.drafts == () and again.kept == (first.drafts[0],) and first.drafts[0].read_text() == "mine"
    assert not list((folder / "answers").iterdir())


def test_one_text_under_two_labels_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "proposals.yaml"
    write_proposals(Proposals({"a": (Line("Same", "accepted"),), "b": (Line("same?", "accepted"),)}), file)
    with pytest.raises(InputError, match="accepted as 'a' and as 'b'"):
        training_rows(file)


def test_a_folder_that_is_no_bots_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a bot's folder"):
        apply(file, tmp_path)


def test_a_label_leads_nowhere_else(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "proposals.yaml"
    write_proposals(Proposals(new=(New("../../x", "X", ("y",), "z", "accepted"),)), file)
    assert [path.name for path in apply(file, folder).drafts] == ["x.md"]
