"""A confirmation: only a clear yes acts on it; what else may be said to it, and how long it stays open."""

from dataclasses import replace
from datetime import timedelta

import pytest

from support_chatbot.turn import State, plain, state_of
from tests.apps.support_chatbot.dialogue.conversation import MONDAY, SHIPPED, STOLEN, Talk, close, kinds, sure


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


def test_a_card_is_frozen_only_after_a_yes() -> None:
    talk = Talk()
    reply = talk.says(*STOLEN)
    assert kinds(reply) == ["answered", "asked"]
    assert [choice.text for choice in reply.parts[1].choices] == ["debit", "spare", "virtual", "Never mind"]
    reply = talk.says("the debit card", slots=(("card_kind", "debit", "debit card"),))
    assert kinds(reply) == ["confirming"]
    assert reply.text.startswith("Shall I stop your debit card now?")
    assert reply.actions == ()
    reply = talk.says("yes", act="yes")
    assert kinds(reply) == ["done"]
    assert reply.actions == (("block_card", {"card": "debit"}),)
    assert talk.state.forms == ()


def test_no_freezes_nothing() -> None:
    talk = Talk()
    talk.says(*STOLEN)
    talk.says("debit")
    reply = talk.says("No, don't")  # the button's words
    assert kinds(reply) == ["cancelled"]
    assert reply.actions == ()


def test_what_is_neither_yes_nor_no_confirms_nothing() -> None:
    talk = Talk()
    talk.says(*STOLEN)
    talk.says("debit")
    reply = talk.says("blah")
    assert kinds(reply) == ["confirming"]
    assert reply.text.startswith(talk.policy.filling.unclear)
    assert reply.actions == ()


def test_a_yes_with_another_value_is_no_yes() -> None:
    talk = Talk()
    slots = (("amount", "20", "20"), ("name", "Bo", "Bo"), ("date", "2026-11-20", "Friday"))
    talk.says("cancel 20 pounds to Bo, Friday", sure("cancel_transfer"), slots)
    reply = talk.says("yes, 30 euros", slots=(("amount", "30", "30"), ("currency", "EUR", "euros")), act="yes")
    assert kinds(reply) == ["confirming"]
    assert "€30" in reply.text
    assert reply.actions == ()


def test_yes_cancel_it_is_a_yes_to_an_offer_and_asked_again_where_it_is_final() -> None:
    talk = Talk()
    talk.says("close my account", sure("terminate_account"))
    assert kinds(talk.says("yes, cancel it", act="cancel")) == ["asked"]
    assert talk.state.forms[0].asked == "payout"
    talk = Talk()
    talk.says(*STOLEN)
    talk.says("debit")
    reply = talk.says("yes, cancel it", act="cancel")
    assert (kinds(reply), reply.actions) == (["confirming"], ())
    assert kinds(talk.says("cancel it", act="cancel")) == ["cancelled"]


@pytest.mark.parametrize(
    "text",
    ["right, what did you say?", "Yes, I have a question", "yes, wait", "yes, later", "ok?", "fine, who are you?"],
)
def test_a_yes_that_asks_or_puts_off_is_no_clear_yes(text: str) -> None:
    talk = Talk()
    talk.says("Freeze my debit card", sure("lost_or_stolen_card"), (("card_kind", "debit", "debit"),))
    reply = talk.says(text, act="yes")
    assert not reply.actions and "confirming" in kinds(reply) and talk.state.forms[0].confirming
    assert talk.says("yes please, thank you", act="yes").actions


def test_a_goodbye_does_not_leave_a_confirmation_open_for_the_next_ok() -> None:
    talk = Talk()
    talk.says("Freeze my debit card", sure("lost_or_stolen_card"), (("card_kind", "debit", "debit"),))
    reply = talk.says("bye", act="goodbye")
    assert kinds(reply) == ["small_talk", "resumed"] and "Shall I stop" in reply.text


def test_dont_do_it_gives_the_task_up_though_it_names_a_slot() -> None:
    talk = Talk()
    talk.says("Close my account", sure("terminate_account"))
    talk.says("yes", act="yes")
    talk.says("12-34-56 12345678", slots=(("account", "12-34-56 12345678", "12-34-56 12345678"),))
    assert kinds(talk.says("skip this")) == ["confirming"]
    reply = talk.says("No, don't close my account!", sure("terminate_account"))
    assert kinds(reply) == ["cancelled"] and not talk.state.forms and not reply.actions
