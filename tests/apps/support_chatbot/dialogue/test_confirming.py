"""A confirmation: what else may be said to it, and how long it stays open."""

from dataclasses import replace
from datetime import timedelta

import pytest

from support_chatbot.turn import State, plain, state_of
from tests.apps.support_chatbot.dialogue.conversation import MONDAY, SHIPPED, Talk, close, kinds, sure


def confirming(**more: object) -> Talk:
    """A talk in which the bot has asked whether to stop the debit card."""
    talk = Talk(**more)  # type: ignore[arg-type]
    talk.says("Freeze my debit card", sure("lost_or_stolen_card"), (("card_kind", "debit", "debit"),))
    assert talk.state.forms[-1].confirming
    return talk


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I need to change my address", "edit_personal_details"),
        ("Cancel my transfer", "cancel_transfer"),
        ("Yes, and I want to close my account too", "terminate_account"),
        ("No, please close my account first", "terminate_account"),
        ("order me a spare debit card as well", "card_not_working"),
    ],
)
def test_another_task_is_begun_and_the_first_waits_undone(text: str, intent: str) -> None:
    talk = confirming()
    reply = talk.says(text, sure(intent))
    assert kinds(reply) == ["answered", "resumed", "asked"] and not reply.actions
    assert "not done anything yet about stopping your card" in reply.text
    assert talk.state.forms[0].name == "block_card" and len(talk.state.forms) == 2
    assert talk.state.forms[0].filled == {"card": "debit"}
    back = talk.says("stop", act="cancel")
    assert kinds(back) == ["cancelled", "resumed"] and back.text.endswith("Shall I stop your debit card now?")
    assert talk.says("yes", act="yes").actions == (("block_card", {"card": "debit"}),)


@pytest.mark.parametrize(
    ("text", "top"),
    [
        ("Does the virtual card still work?", (("oos", 0.9),)),
        ("Don't I need the debit card for my phone?", (("oos", 0.9),)),
        ("tell me about the branch", (("oos", 0.9),)),
        ("Is the virtual one safe?", sure("exchange_rate")),
        ("yes, tell me about the branch", (("oos", 0.9),)),
    ],
)
def test_a_question_is_answered_and_the_confirmation_asked_again(text: str, top: tuple) -> None:
    talk = confirming(help={"card": "Cards are blue.", "branch": "It is in Leeds."})
    reply = talk.says(text, top)
    assert kinds(reply) in (["found", "resumed"], ["answered", "resumed"]) and not reply.actions
    assert reply.text.endswith("Shall I stop your debit card now?")
    assert talk.state.forms[-1].filled == {"card": "debit"}


def test_what_may_be_two_things_is_asked_between_and_a_yes_to_that_is_none_to_the_task() -> None:
    talk = confirming()
    reply = talk.says("something about my phone", close("card_linking", "exchange_rate"))
    assert (kinds(reply), reply.actions) == (["asked"], ())
    assert not talk.says("yes", act="yes").actions
    assert talk.state.forms[-1].confirming


@pytest.mark.parametrize("text", ["the virtual one", "can you stop the virtual one?", "what about the virtual one?"])
def test_a_change_is_still_a_change(text: str) -> None:
    talk = confirming()
    assert kinds(talk.says(text)) == ["confirming"]
    assert talk.state.forms[-1].filled == {"card": "virtual"}


def test_a_yes_counts_for_as_long_as_the_policy_says() -> None:
    talk = confirming()
    talk.now = MONDAY + timedelta(minutes=30)
    assert talk.says("yes", act="yes").actions
    talk = confirming(policy=replace(SHIPPED, filling=replace(SHIPPED.filling, valid=5)))
    talk.says("freeze")
    talk.now = MONDAY + timedelta(minutes=6)
    assert not talk.says("yes", act="yes").actions


def test_a_late_yes_does_nothing_and_the_next_one_counts_from_then() -> None:
    talk = confirming()
    talk.now = MONDAY + timedelta(days=3)
    reply = talk.says("yes", act="yes")
    assert (kinds(reply), reply.actions) == (["confirming"], ())
    assert reply.text == f"{SHIPPED.filling.expired} Shall I stop your debit card now?"
    assert [choice.text for choice in reply.parts[0].choices] == [SHIPPED.filling.yes, SHIPPED.filling.no]
    talk.now += timedelta(minutes=29)
    assert talk.says("Yes, please").actions


def test_a_question_in_between_asks_anew_and_a_late_no_is_a_no() -> None:
    talk = confirming()
    talk.now = MONDAY + timedelta(minutes=29)
    talk.says("how long does a transfer take?", sure("transfer_timing"))
    talk.now += timedelta(minutes=29)
    assert talk.says("yes", act="yes").actions
    talk = confirming()
    talk.now = MONDAY + timedelta(days=1)
    assert kinds(talk.says("no", act="no")) == ["cancelled"]


def test_a_state_of_before_there_was_a_time_is_asked_anew() -> None:
    talk = confirming()
    content = plain(talk.state)
    for form in content["forms"]:
        del form["since"]
    talk.state = state_of(content)
    assert isinstance(talk.state, State) and not talk.says("yes", act="yes").actions
    assert talk.says("yes", act="yes").actions


def test_without_a_clock_nothing_expires() -> None:
    talk = confirming()
    talk.now = None
    assert talk.says("yes", act="yes").actions
