"""What the desk shows, decided without a page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headwater.store.corrections import Correction
from support_chatbot import deskwork
from support_chatbot.records.rows import Conversation, Origin, Turn

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TALK = Conversation("k" * 32, "web", "en", False, Origin(), 2, "open", None, NOW, NOW)


def reply(*top: tuple[str, float]) -> dict:
    return {"message": {"questions": [{"text": "a", "top": [list(pair) for pair in top]}]}}


def turns(*said: tuple[str, str]) -> list[Turn]:
    return [Turn(number, speaker, text, NOW) for number, (speaker, text) in enumerate(said, 1)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "bot"),
        ({"status": "handed_over", "handoff": "waiting"}, "waiting"),
        ({"status": "handed_over", "handoff": "taken", "taken_by": "ann"}, "mine"),
        ({"status": "handed_over", "handoff": "taken", "taken_by": "bo"}, "other"),
        ({"status": "closed", "handoff": "closed", "taken_by": "ann"}, "closed"),
    ],
)
def test_who_has_a_conversation(changes: dict, expected: str) -> None:
    assert deskwork.holder(replace(TALK, **changes), "ann") == expected


def test_only_who_waits_has_waited() -> None:
    waits = replace(TALK, handoff="waiting", waiting_since=NOW - timedelta(minutes=3))
    assert deskwork.waiting(waits, NOW) == timedelta(minutes=3)
    assert deskwork.waiting(waits, NOW - timedelta(hours=1)) == timedelta(0)  # another machine's clock is ahead
    assert deskwork.waiting(replace(waits, handoff="taken"), NOW) is None


def test_the_first_question_and_the_last_words_stand_for_a_conversation() -> None:
    said = turns(("customer", "My card\nis lost"), ("bot", "Oh"), ("customer", "thanks"))
    assert deskwork.words_of(said) == "My card is lost … thanks"
    assert deskwork.words_of(said[:1]) == "My card is lost"
    assert deskwork.words_of([]) == ""


def test_what_was_understood_is_that_of_the_reply_that_follows() -> None:
    said = turns(("customer", "lost"), ("bot", "Oh"), ("customer", "hm"), ("agent", "Hello"))
    said[0] = replace(said[0], intent="lost_card", probability=0.9)
    said[1] = replace(said[1], reply=reply(("lost_card", 0.9), ("card_arrival", 0.05), ("pin", 0.004)))
    first, bot, second, agent = deskwork.lines(said)
    assert first.top == (("lost_card", 0.9), ("card_arrival", 0.05))  # what is below 1 % tells nothing
    assert (first.correctable, bot.correctable, second.correctable, agent.correctable) == (True, False, False, False)
    assert second.top == ()


def test_a_wish_for_a_person_is_no_question() -> None:
    said = turns(("customer", "human please"), ("bot", "I'm bringing a colleague in."))
    heard = reply(("oos", 0.97))
    said[1] = replace(said[1], reply=heard | {"message": heard["message"] | {"act": "human"}})
    assert [line.act for line in deskwork.lines(said)] == ["human", ""]


def test_the_last_correction_of_the_same_words_is_shown() -> None:
    said = [replace(turns(("customer", "lost"))[0], intent="pin"), *turns(("customer", "other"))[0:1]]
    given = Correction("lost", "a", "pin", "ann", "b", "1", "d", "intent", "single")
    found = deskwork.lines(said, [given, replace(given, right="lost_card")])
    assert [line.right for line in found] == ["lost_card", None]
