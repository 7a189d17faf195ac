"""The settings page on a tiny bundle: without measured risks, with them, its folders and its webhook."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from headwater.serving import load
from headwater.store import open_store, outbox
from support_chatbot import watching
from support_chatbot.choices import choose_risk, chosen_risk, chosen_sources
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.rows import Origin
from support_chatbot.risk.curve import Measured, RiskCurve, write_risk
from support_chatbot.turn import Message, Part, Question, Reply, State
from tests.apps.conftest import open_app, press, words


def measure(bank: Path, shelf: Path, wrong_below: float = 0.5) -> RiskCurve:
    """4,000 questions, evenly sure from 0 to 1, and each right where the model is sure enough."""
    model = load(shelf / "support-intent" / "bundle").model
    top = np.linspace(0, 9999, 4000).astype(np.int64)
    right = top / 10_000 >= wrong_below
    none = np.zeros(4000, dtype=bool)
    curve = RiskCurve(
        "support-intent", "1", model.bundle.digest, model.variant, "sentiment", None, "2026-11-22",
        (Measured("bank.csv", 4000, 0),), top, np.full(4000, 9999), right, none, np.ones(4000, dtype=bool), none,
        np.full(4000, 40),
    )  # fmt: skip
    write_risk(curve, bank / "risk.json")
    return curve


def settings() -> AppTest:
    page = open_app("support_chatbot", "settings")
    assert not page.exception
    return page


def test_without_measured_risks_it_says_what_stands_in_and_what_to_run(bank: Path) -> None:
    page = settings()
    assert "No promise about wrong answers holds" in words(page)
    assert "run it" in page.get("code")[0].value
    assert not page.radio


def test_the_dial_offers_what_is_proved_and_all_sessions_obey_it(bank: Path, shelf: Path) -> None:
    measure(bank, shelf)
    page = settings()
    assert "At most 2 % of the answers may be wrong" in words(page)
    assert page.radio[0].options == ["At most 1 %", "At most 2 %", "At most 3 %", "At most 5 %", "At most 10 %"]
    page.radio[0].set_value(0.1).run()
    assert not page.exception
    assert chosen_risk(open_store()) == 0.1
    assert "At most 10 % of the answers may be wrong" in words(settings())


def test_what_cannot_be_proved_is_said(bank: Path, shelf: Path) -> None:
    curve = measure(bank, shelf)
    write_risk(curve.take(np.arange(3800, 4000)), bank / "risk.json")
    page = settings()
    assert "At most 10 %" in page.radio[0].options
    assert "At most 1 %" not in page.radio[0].options
    assert "Not on offer: 1 %" in words(page)
    assert "200 held-out answers are too few to prove it" in words(page)


def test_a_dial_that_is_no_longer_proved_can_still_be_turned(bank: Path, shelf: Path) -> None:
    choose_risk(open_store(), 0.01)
    write_risk(measure(bank, shelf).take(np.arange(3800, 4000)), bank / "risk.json")
    page = settings()
    assert "No promise about wrong answers holds" in words(page)
    assert "it asks back instead of answering" in words(page)
    page.radio[0].set_value(0.1).run()
    assert "At most 10 % of the answers may be wrong" in words(page)


def test_the_folder_is_examined(bank: Path) -> None:
    (bank / "answers" / "negative.md").write_text(
        "---\nintent: negative\ntitle: No\n---\nTODO {nothing}", encoding="utf-8"
    )
    page = settings()
    assert "3 answers and 1 help articles" in words(page)
    assert "The doctor finds" in words(page)
    assert any("nothing fills the slot" in said for said in page.dataframe[0].value["What is wrong, and what to do"])
    found = open_app("support_chatbot", "settings", "zh").dataframe[0].value
    assert any("没有任何来源填写槽位 'nothing'" in said for said in found["问题与办法"])
    assert set(found["程度"]) <= {"错误", "警告"}


def test_a_folder_is_added_searched_and_removed(bank: Path, tmp_path: Path) -> None:
    (tmp_path / "rates").mkdir()
    (tmp_path / "rates" / "rates.md").write_text("# Rates\n\nEasy Saver pays 3%.", encoding="utf-8")
    page = settings()
    assert "1 passage can be found" in words(page)
    page.text_input[0].set_value(str(tmp_path / "rates"))
    press(page, "Add")
    assert chosen_sources(open_store()) == (tmp_path / "rates",)
    assert "2 passages can be found" in words(page)
    (tmp_path / "rates" / "more.md").write_text("# More\n\nMore words.", encoding="utf-8")
    assert "1 files added, 0 changed" in words(press(page, "Read new and changed files now"))
    assert "1 passage can be found" in words(press(page, "Remove"))
    page.text_input[0].set_value("/nowhere")
    assert "This was not added:" in words(press(page, "Add"))


def test_what_was_given_up_is_shown_and_sent_again(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_SUPPORT_WEBHOOK", "https://user:pass@desk.example/hook?key=secret")
    assert "HEADWATER_SUPPORT_WEBHOOK_SECRET: expected the secret" in words(settings())
    monkeypatch.setenv("HEADWATER_SUPPORT_WEBHOOK_SECRET", "whsec_" + "A" * 40)
    store = open_store()
    with store.write() as connection:
        outbox.put(connection, "handoff", "k/2", {"data": "x"})

    def broken(message: outbox.Message) -> None:
        raise OSError("refused")

    outbox.deliver(store, {"handoff": broken}, attempts=1)
    page = settings()
    assert "Hand-overs are sent to desk.example" in words(page)
    assert "pass" not in json.dumps(words(page)).replace("passage", "")
    assert "Messages that wait: 0; sent: 0; given up: 1." in words(page)
    press(page, "Send them again")
    assert [message.state for message in outbox.messages(store)] == ["waiting"]


def test_live_questions_are_those_that_were_read_as_one(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.sqlite"))
    talks = Conversations(store)
    key, other = talks.begin("page", origin=Origin(digest="d")), talks.begin("page", origin=Origin(digest="e"))
    asked = Question("Where?", 0, 6, (("card", 0.9), ("oos", 0.1)))
    outside = Question("Rain?", 0, 5, (("oos", 0.8), ("card", 0.1)))
    for target, question, part in [
        (key, asked, Part("answered", "There.", "card")),
        (key, asked, Part("asked", "Which card?", "card")),  # an answer to a form
        (key, asked, Part("asked", "This or that?")),
        (key, outside, Part("declined", "Nothing.")),
        (other, asked, Part("answered", "There.", "card")),  # another bundle's
    ]:
        message = Message(question.text, questions=(question,))
        talks.write(target, Reply(message, (part,), State()), milliseconds=1.0)
    assert watching.questions_of(store, "d", "oos") == watching.Live((0.9, 0.9, 0.8), (False, False, True))


def test_drift_is_told_in_words(bank: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curve = measure(bank, shelf)
    for sure, english, chinese in (
        (0.1, "The promise may not hold", "保证对它们可能不成立"),
        (0.99, "More of them may be", "也许可以多回答"),
    ):
        monkeypatch.setattr(watching, "questions_of", lambda *_: watching.Live((sure,) * 200, (False,) * 200))  # noqa: B023
        assert english in words(settings())
        assert chinese in words(open_app("support_chatbot", "settings", "zh"))
    unsure = watching.Live((0.1,) * 200, (False,) * 200)
    assert watching.look_at(curve, unsure).drifted
    assert not watching.look_at(curve, watching.Live((), ())).enough
