"""What was given before is changed: another value, the other one, a slot that is called wrong."""

import pytest

from tests.apps.support_chatbot.dialogue.conversation import STOLEN, TRANSFER, Talk, kinds, sure


def test_not_this_but_that() -> None:
    talk = Talk()
    slots = (("amount", "20", "20"), ("name", "Bo", "Bo"), ("date", "2026-11-20", "Friday"))
    talk.says("cancel 20 pounds to Bo, Friday", sure("cancel_transfer"), slots)
    reply = talk.says("not 20, 30 pounds", slots=(("amount", "20", "20"), ("amount", "30", "30")))
    assert kinds(reply) == ["confirming"]
    assert "**£30** to **Bo**" in reply.text
    assert talk.says("yes", act="yes").actions[0][1]["amount"] == "30"


def test_dont_do_this_but_that_is_a_correction() -> None:
    talk = Talk()
    talk.says("Freeze my debit card", sure("lost_or_stolen_card"), (("card_kind", "debit", "debit"),))
    reply = talk.says("No, don't stop that, the virtual one", slots=(("card_kind", "virtual", "virtual"),))
    assert kinds(reply) == ["confirming"] and talk.state.forms[0].filled == {"card": "virtual"}


def test_the_other_card_of_two_is_taken_and_of_three_is_asked() -> None:
    talk = Talk()
    talk.says("order me a card", sure("getting_spare_card"))
    talk.says("yes", act="yes")
    talk.says("the first")
    talk.says("express please")
    reply = talk.says("no, the other card")
    assert kinds(reply) == ["confirming"]
    assert "order a spare card, sent by express post" in reply.text
    talk = Talk()
    talk.says(*STOLEN)
    talk.says("debit")
    reply = talk.says("no, the other card")
    assert kinds(reply) == ["asked"]
    assert talk.state.forms[0].filled == {}


def test_a_slot_that_is_called_wrong_is_asked_again() -> None:
    talk = Talk()
    slots = (("amount", "20", "20"), ("name", "Bo", "Bo"), ("date", "2026-11-20", "Friday"))
    talk.says("cancel 20 pounds to Bo, Friday", sure("cancel_transfer"), slots)
    reply = talk.says("the date is wrong")
    assert reply.text == talk.policy.forms["cancel_transfer"].slot("date").question


def test_a_correction_that_names_a_slot_is_none_of_the_intents_that_it_sounds_like() -> None:
    talk = Talk()
    talk.says(*TRANSFER)
    talk.says("£20 to Bo", slots=(("amount", "20", "20"), ("name", "Bo", "Bo")))
    talk.says("yesterday", slots=(("date", "2026-11-22", "yesterday"),))
    reply = talk.says("no, the amount is wrong", sure("card_arrival"))
    assert reply.text == talk.policy.forms["cancel_transfer"].slot("amount").question


def corrected(text: str, slots: tuple = ()) -> Talk:
    """A talk whose bot waits for the reason to close an account, after which `text` is said."""
    talk = Talk()
    talk.says("close my account", sure("terminate_account"))
    talk.says("yes", act="yes")
    talk.says("GB33", slots=(("account", "GB33BUKB20201555555555", "GB33"),))
    assert talk.state.forms[0].asked == "reason"
    talk.says(text, slots=slots)
    return talk


def test_a_correction_is_no_free_answer_and_the_open_slot_is_asked_again() -> None:
    other = (("account", "GB29NWBK60161331926819", "GB29"),)
    form = corrected("sorry, I meant GB29", other).state.forms[0]
    assert (form.asked, form.filled) == ("reason", {"payout": "GB29NWBK60161331926819"})
    form = corrected("no, the other account").state.forms[0]
    assert (form.asked, form.filled) == ("payout", {})


@pytest.mark.parametrize(
    "text",
    [
        "your fees are wrong and the account is slow",
        "no, I just never liked how this account was run by all of you",
        "I want to change to an account elsewhere",
    ],
)
def test_a_free_answer_that_sounds_like_a_correction_is_taken(text: str) -> None:
    talk = corrected(text)
    assert talk.state.forms[0].filled == {"payout": "GB33BUKB20201555555555", "reason": text}


def test_a_correction_is_no_name() -> None:
    talk = Talk()
    talk.says(*TRANSFER)
    talk.says("£80", slots=(("amount", "80", "80"),))
    reply = talk.says("sorry, I meant 40 pounds", slots=(("amount", "40", "40"),))
    assert reply.text == talk.policy.forms["cancel_transfer"].slot("recipient").question
    assert talk.state.forms[0].filled == {"amount": "40"}
    reply = talk.says("sorry, I meant 0 pounds", slots=(("amount", "0", "0"),))
    assert reply.text.startswith(talk.policy.forms["cancel_transfer"].slot("amount").wrong)
    assert talk.state.forms[0].filled == {"amount": "40"}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("no, 50", {"amount": "50"}),
        ("sorry, I meant 50.", {"amount": "50"}),
        ("no, to Anne Baker", {"recipient": "Anne Baker"}),
        ("please change the recipient to Anne Baker", {"recipient": "Anne Baker"}),
        ("no, that's wrong", {}),
        ("50", {}),
    ],
)
def test_a_short_correction_of_a_summary_needs_no_sign_of_its_kind(text: str, changed: dict[str, str]) -> None:
    talk = Talk()
    slots = (("amount", "20", "20"), ("name", "Bo", "Bo"), ("date", "2026-11-20", "Friday"))
    talk.says("cancel 20 pounds to Bo, Friday", sure("cancel_transfer"), slots)
    reply = talk.says(text)
    given = {"amount": "20", "recipient": "Bo", "date": "2026-11-20"}
    assert (kinds(reply), talk.state.forms[0].filled) == (["confirming"], given | changed)


def test_a_name_is_corrected_while_something_else_is_asked_for() -> None:
    talk = Talk()
    talk.says(*TRANSFER)
    talk.says("£20", slots=(("amount", "20", "20"),))
    talk.says("Tom")
    reply = talk.says("actually it was Sainsbury's")
    assert talk.state.forms[0].filled == {"amount": "20", "recipient": "Sainsbury's"}
    assert reply.text == talk.policy.forms["cancel_transfer"].slot("date").question
    assert "I need a day" in talk.says("sorry, I forgot").text


def test_a_corrected_address_is_taken_whole() -> None:
    talk = Talk()
    talk.says("I need to change my address", sure("edit_personal_details"))
    talk.says("yes", act="yes")
    talk.says("12 High Street, Leeds LS1 4DY")
    assert "**14 High Street, Leeds LS1 4DY**" in talk.says("no, 14 High Street, Leeds LS1 4DY").text


def test_a_slot_may_be_called_by_what_it_holds() -> None:
    talk = Talk()
    slots = (("amount", "20", "20"), ("name", "Bo", "Bo"), ("date", "2026-11-20", "Friday"))
    talk.says("cancel 20 pounds to Bo, Friday", sure("cancel_transfer"), slots)
    assert talk.says("the name is wrong").text == talk.policy.forms["cancel_transfer"].slot("recipient").question
