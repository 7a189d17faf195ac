"""The chat as a customer uses it, on a tiny bundle."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from headwater.store import open_store
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.desk import Desk
from tests.apps.conftest import open_app, press, words


def say(page: AppTest, text: str) -> AppTest:
    page.chat_input[0].set_value(text).run()
    assert not page.exception
    return page


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def key_of(page: AppTest) -> str:
    return page.session_state["talk.key"]


@pytest.fixture
def page(bank: Path) -> AppTest:
    opened = open_app("support_chatbot")
    assert not opened.exception
    return opened


def test_it_begins_with_a_greeting_and_four_examples(page: AppTest) -> None:
    assert "Hello, I'm Mere" in words(page)
    assert "Ask Northmere Bank" in words(page)
    assert len([button for button in page.button if button.key in ("arrival", "lost", "found", "unsure")]) == 4


def test_a_question_is_answered_with_its_why_and_is_in_the_store(page: AppTest) -> None:
    said = words(say(page, "sure: negative"))
    assert "Costs **\\$5** and fees." in said
    assert "Read more: Overdrafts" in labels(page)
    assert "The policy chose:" in said
    assert said.count('class="hw-bar"') == 3
    assert 'class="hw-words"' in said
    turns = Conversations(open_store()).transcript(key_of(page))
    assert [(turn.speaker, turn.intent) for turn in turns] == [("customer", "negative"), ("bot", "negative")]


def test_an_example_is_sent_as_it_stands(page: AppTest) -> None:
    assert "I have lost my card" in words(press(page, "I have lost my card"))


def test_between_two_intents_a_button_decides(page: AppTest) -> None:
    say(page, "torn: what is it")
    assert "About negative" in labels(page)
    said = words(press(page, "About neutral"))
    assert "Neutral." in said
    assert "answer after asking back" in said
    assert "About negative" not in labels(page)


def test_a_form_shows_its_progress_and_asks_before_it_acts(page: AppTest) -> None:
    say(page, "sure: positive")
    assert [bar.proto.text for bar in page.get("progress")] == ["Stopping your card: 0 of 2 things known"]
    press(page, "debit")
    press(page, "freeze")
    assert "Yes, please" in labels(page)
    assert "all is known, waiting for your yes" in page.get("progress")[0].proto.text
    assert "It's done" in words(say(page, "yes"))
    assert not page.get("progress")


def test_what_is_found_is_quoted_with_its_article(page: AppTest) -> None:
    say(page, "how does an overdraft end")
    assert "> It ends when you repay it" in words(page)
    press(page, "Read it in: Overdrafts")
    said = words(page)
    assert "What the reply quotes is marked." in said
    assert ":blue-background[It **ends when** you repay it, for \\$0 more.]" in said


def test_a_person_takes_over_answers_and_ends_it(page: AppTest) -> None:
    said = words(say(page, "talk to a person"))
    assert "A person from Northmere Bank will take over here" in said
    assert "A person has been asked to come." in said
    desk = Desk(Conversations(open_store()))
    desk.take(key_of(page), "Sam")
    desk.answer(key_of(page), "Sam", "Good morning, <b>Sam</b> here.")
    said = words(page.run())
    assert "Sam has taken over" in said
    assert "Good morning, &lt;b&gt;Sam&lt;/b&gt; here." in said
    assert "thank you" in words(say(page, "thank you"))
    desk.close(key_of(page), "Sam")
    assert "This conversation has ended" in words(page.run())
    assert page.chat_input[0].disabled


def test_handed_back_the_bot_answers_again_and_all_turns_are_shown(page: AppTest) -> None:
    say(page, "talk to a person")
    desk = Desk(Conversations(open_store()))
    desk.take(key_of(page), "Sam")
    desk.answer(key_of(page), "Sam", "One moment")
    desk.give_back(key_of(page), "Sam")
    said = words(say(page, "sure: neutral"))
    assert "One moment" in said
    assert "Neutral." in said


def test_a_conversation_survives_a_reload_and_another_begins_empty(page: AppTest) -> None:
    say(page, "sure: neutral")
    again = AppTest.from_file(page._script_path, default_timeout=60)
    again.session_state["language"] = "en"
    again.query_params["talk"] = key_of(page)
    again.run()
    assert "Neutral." in words(again)
    assert "Neutral." not in words(press(again, "New conversation"))


def test_an_address_of_no_conversation_begins_a_new_one(bank: Path) -> None:
    page = open_app("support_chatbot")
    page.query_params["talk"] = "n" * 32
    page.run()
    assert not page.exception
    assert "Hello, I'm Mere" in words(say(page, "sure: neutral"))
    assert key_of(page) != "n" * 32


def test_thumbs_are_kept(page: AppTest) -> None:
    say(page, "sure: neutral")
    page.get("feedback")[0].set_value(1).run()
    assert Conversations(open_store()).transcript(key_of(page))[1].thumbs == 1


def test_what_a_customer_types_is_never_markup(page: AppTest) -> None:
    say(page, "<img src=x onerror=alert(1)> **oil**")
    assert "<img" not in words(page)
    assert "&lt;img src=x onerror=alert(1)&gt; **oil**" in words(page)


def test_a_customer_who_signed_in_sees_no_why_and_no_others_conversation(bank: Path, monkeypatch) -> None:
    from headwater.ui import signin

    ann, bea = (signin.Person("customer", name, f"{name}@example.org") for name in ("ann", "bea"))
    monkeypatch.setattr(signin, "person", lambda: ann)
    page = say(open_app("support_chatbot"), "sure: neutral")
    assert "Neutral." in words(page)
    assert "The policy chose:" not in words(page)
    monkeypatch.setattr(signin, "person", lambda: bea)
    assert "Neutral." not in words(page.run())
