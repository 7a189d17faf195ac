from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from headwater.errors import InputError
from support_chatbot.content import Fault, Finding, FolderError, open_folder, read_folder
from support_chatbot.content.folder import NORTHMERE


def test_answers_and_articles(make: Callable) -> None:
    folder = open_folder(
        make({"answers/cards/pin.md": "---\nintent: pin\ntitle: Your PIN\nform: f\n---\n\nHello {name|you}."})
    )
    pin = folder.answers["pin"]
    assert (pin.title, pin.text, pin.form, pin.links) == ("Your PIN", "Hello {name|you}.", "f", ())
    assert (pin.file, pin.line, pin.reviewed) == ("answers/cards/pin.md", 7, None)
    assert folder.answers["card_arrival"].links == ("help/card-pin.md",)
    (article,) = folder.articles
    assert (article.slug, article.title, article.tags, article.file) == (
        "card-pin",
        "Your PIN",
        ("card",),
        "help/card-pin.md",
    )
    assert article.questions == ("How do I see my PIN?", "Can I change my PIN?")
    assert article.reviewed == date(2026, 11, 22)


def test_the_other_files_have_their_places(make: Callable) -> None:
    folder = open_folder(make())
    assert folder.policy_file == folder.path / "policy.toml"
    assert folder.dialogues == folder.path / "dialogues"
    assert folder.risk_file == folder.path / "risk.json"


def test_every_fault_of_every_file_at_once(make: Callable, an_answer: Callable) -> None:
    root = make(
        {
            "help/bad.md": "no front matter",
            "answers/z.md": an_answer("Text", intent="z", reviewed="22 November"),
            "answers/b.md": an_answer("Text", intend="b", title=""),
            "answers/twice.md": an_answer("Text"),
        }
    )
    with pytest.raises(FolderError) as caught:
        open_folder(root)
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [
        ("answers/b.md", 1),
        ("answers/b.md", 4),
        ("answers/twice.md", 2),
        ("answers/z.md", 4),
        ("help/bad.md", 1),
    ]
    said = str(caught.value)
    assert said.startswith(f"{root}: 5 faults in the folder:\n  answers/b.md:1: error: expected the key 'title'")
    assert "did you mean 'intent'?" in said
    assert "'card_arrival' has an answer in answers/card_arrival.md already" in said


def test_what_can_be_read_is_read_beside_the_faults(make: Callable) -> None:
    folder, faults = read_folder(make({"answers/bad.md": b"\xff"}))
    assert list(folder.answers) == ["card_arrival"]
    assert faults == [Finding("answers/bad.md", 1, "error", Fault.of("no_utf8", byte="0xff"))]


def test_a_link_out_of_the_folder_is_not_followed(make: Callable, tmp_path: Path, an_answer: Callable) -> None:
    root = make()
    (tmp_path / "secret.md").write_text(an_answer("Secret", intent="secret"), encoding="utf-8")
    (root / "answers" / "secret.md").symlink_to(tmp_path / "secret.md")
    folder, (fault,) = read_folder(root)
    assert "secret" not in folder.answers
    assert "leads out of the folder" in fault.words


def test_where_the_folder_is(make: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HEADWATER_SUPPORT", raising=False)
    assert open_folder().path == NORTHMERE
    monkeypatch.setenv("HEADWATER_SUPPORT", str(make()))
    assert open_folder().path == make()
    with pytest.raises(InputError, match="expected a bot's folder with answers/ in it"):
        open_folder(tmp_path / "elsewhere")


def test_the_digest_is_of_names_and_bytes(make: Callable) -> None:
    digests = [open_folder(make()).digest, open_folder(make()).digest]
    digests.append(open_folder(make({".index/x": "hidden"})).digest)
    assert len(set(digests)) == 1
    digests.append(open_folder(make({"policy.toml": "a = 1"})).digest)
    digests.append(open_folder(make({"policy.toml": "a = 2"})).digest)
    (make() / "policy.toml").rename(make() / "other.toml")
    digests.append(open_folder(make()).digest)
    assert len(set(digests)) == 4
