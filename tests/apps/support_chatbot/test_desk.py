"""The desk as an agent uses it: the list, one conversation, taking over, answering, handing back, putting right."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from headwater.store import open_store
from headwater.store.corrections import recorded
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.desk import Desk
from tests.apps.conftest import APPS, open_app, press, words
from tests.apps.support_chatbot.records.conftest import Echo, said


@pytest.fixture
def talks(bank: Path) -> Conversations:
    return Conversations(open_store())


def opened(key: str, name: str = "Ann", language: str = "en") -> AppTest:
    page = AppTest.from_file(str(APPS / "support_chatbot/app.py"), default_timeout=60)
    page.session_state["language"] = language
    page.session_state["desk.agent"] = name
    page.run()
    page.query_params["talk"] = key
    page.switch_page("views/desk.py")
    page.query_params["talk"] = key
    page.run()
    assert not page.exception
    return page


def test_an_empty_desk_says_what_will_come(talks: Conversations) -> None:
    page = open_app("support_chatbot", "desk")
    assert "No conversation has been held yet" in words(page)
    assert not page.exception


def test_who_waits_leads_the_page_and_the_shelves_count(talks: Conversations) -> None:
    said(talks, "where is <b>my card</b>")
    said(talks, "human please")
    page = open_app("support_chatbot", "desk")
    assert "1 customer waits for a person, for less than a minute" in words(page)
    assert "human please" in words(page)
    assert "my card" not in words(page)
    shelves = page.pills(key="desk.shelf") if hasattr(page, "pills") else page.button_group(key="desk.shelf")
    assert shelves.value == "waiting"


def test_words_are_looked_for_in_what_was_said(talks: Conversations) -> None:
    said(talks, "where is <b>my card</b>")
    page = open_app("support_chatbot", "desk")
    assert "where is &lt;b&gt;my card&lt;/b&gt;" in words(page)
    page.text_input[0].set_value("passport").run()
    assert "In none of these conversations was that said." in words(page)


def test_the_list_has_pages(talks: Conversations) -> None:
    for number in range(12):
        said(talks, f"question {number}")
    page = open_app("support_chatbot", "desk")
    assert "1 – 10 of 12" in words(page)
    assert "11 – 12 of 12" in words(press(page, "Further"))


def test_an_agent_takes_over_answers_and_closes(talks: Conversations) -> None:
    key = said(talks, "human please")
    page = opened(key)
    assert "This customer has waited for less than a minute" in words(page)
    assert "asked for a person" in words(page)
    assert "You have this conversation" in words(press(page, "Take over"))
    page.chat_input[0].set_value("Hello *there*").run()
    assert talks.transcript(key)[-1].text == "Hello *there*"
    assert talks.transcript(key)[-1].who == "Ann"
    assert "What was said stays here" in words(page)
    assert (
        talks.conversation(key).status == "handed_over"
    )  # the first click, which no test page tells, opens the question
    assert "This conversation is closed" in words(press(page, "Yes, close it"))
    assert "Hello *there*" in words(page)
    assert not page.chat_input
    assert talks.conversation(key).status == "closed"


def test_a_conversation_is_handed_back_to_the_bot(talks: Conversations) -> None:
    key = said(talks, "human please")
    page = press(press(opened(key), "Take over"), "Hand back to the bot")
    assert "The bot has this conversation" in words(page)
    stored, reply = talks.say(key, "where is my card", Echo().reply)
    assert reply is not None
    assert (stored.status, talks.conversation(key).taken_by) == ("open", None)


def test_without_a_name_nobody_takes_over(talks: Conversations) -> None:
    page = opened(said(talks, "human please"), name="")
    assert next(button for button in page.button if button.label == "Take over").disabled
    assert "first enter your name" in words(page)


def test_who_comes_second_sees_who_has_it(talks: Conversations) -> None:
    key = said(talks, "human please")
    page = opened(key)
    Desk(talks).take(key, "Bo")
    press(page, "Take over")
    assert "Bo has this conversation" in words(page)


def test_an_intent_is_put_right(talks: Conversations) -> None:
    key = said(talks, "where is my card")
    page = opened(key)
    assert "Understood as: when a card will arrive 75 %" in words(page)
    page.selectbox[0].set_value("positive").run()
    press(page, "Save")
    assert [(one.right, one.said, one.who) for one in recorded(talks.store)] == [("positive", "card_arrival", "Ann")]
    assert "Corrected to: positive" in words(opened(key))


def test_a_hand_over_is_told_in_the_words_of_the_page(talks: Conversations) -> None:
    key = said(talks, "where is my card", "human please")
    told = "Handed over: asked for a person. Last spoken of: when a card will arrive. Under way: "
    assert told + "change address (e-mail: [email], reference: A-17). Last asked: “I am [email]”." in words(opened(key))
    chinese = words(opened(key, language="zh"))
    assert "转交原因：要求人工。 最后谈到：" in chinese
    assert "wants a person" not in chinese


def test_a_conversation_that_is_gone_is_told(talks: Conversations) -> None:
    page = opened("x" * 32)
    assert "This conversation is not there" in words(page)
    assert not page.exception
