"""What comes between a form's questions: other questions, other tasks, small talk, other languages."""

import pytest

from support_chatbot.turn import Form
from tests.apps.support_chatbot.dialogue.conversation import STOLEN, TRANSFER, UNSURE, Talk, close, kinds, sure


def test_a_question_in_between_is_answered_and_the_form_comes_back() -> None:
    talk = Talk()
    talk.says(*STOLEN)
    reply = talk.says("How long does a transfer take?", sure("transfer_timing"))
    assert kinds(reply) == ["answered", "resumed"]
    assert reply.parts[1].text == "Now back to stopping your card. " + talk.policy.forms["block_card"].slots[0].question
    talk.says("spare")
    reply = talk.says("how long does a transfer take", sure("transfer_timing"))
    assert kinds(reply) == ["answered", "resumed"]
    assert reply.parts[1].text.startswith("Now back to stopping your card. Shall I stop your spare card now?")
    assert talk.says("ok", act="yes").actions == (("block_card", {"card": "spare"}),)


def test_a_question_between_two_intents_in_between_is_settled_first() -> None:
    talk = Talk()
    talk.says(*STOLEN)
    assert kinds(talk.says("what about the card?", close("card_arrival", "card_linking"))) == ["asked"]
    assert kinds(talk.says("the first one")) == ["clarified", "resumed"]


def test_a_value_and_a_question_in_one_message() -> None:
    talk = Talk()
    talk.says(*STOLEN)
    text = "The debit card. How long does a transfer of 50 pounds take?"
    tops = {"The debit card.": (("oos", 0.9),), "How long does a transfer of 50 pounds take?": sure("transfer_timing")}
    reply = talk.says(text, tops, (("card", "debit", "debit card"), ("amount", "50", "50")))
    assert kinds(reply) == ["answered", "resumed"]
    asked_at = int(talk.now.timestamp()) if talk.now else None
    form = Form("block_card", "lost_or_stolen_card", {"card": "debit"}, confirming=True, since=asked_at)
    assert talk.state.forms == (form,)


def test_a_question_about_a_choice_is_not_the_choice() -> None:
    talk = Talk(help={"virtual": "A virtual card lives in the app."})
    talk.says(*STOLEN)
    assert kinds(talk.says("What is a virtual card?")) == ["found", "resumed"]
    assert talk.state.forms[0].filled == {}
    assert kinds(talk.says("Can you stop the virtual one?")) == ["confirming"]


def test_a_task_in_between_is_done_first_then_the_other_comes_back() -> None:
    talk = Talk()
    talk.says(*TRANSFER)
    reply = talk.says("and my card was stolen as well", sure("lost_or_stolen_card"))
    assert kinds(reply) == ["answered", "asked"]
    assert [form.name for form in talk.state.forms] == ["cancel_transfer", "block_card"]
    talk.says("debit")
    reply = talk.says("yes", act="yes")
    assert kinds(reply) == ["done", "resumed"]
    assert reply.parts[1].intent == "cancel_transfer"


def test_two_tasks_in_one_message_are_done_in_their_order() -> None:
    talk = Talk()
    tops = {"My card is stolen.": sure("lost_or_stolen_card"), "Cancel my transfer.": sure("cancel_transfer")}
    reply = talk.says("My card is stolen. Cancel my transfer.", tops)
    assert kinds(reply) == ["answered", "answered", "asked"]
    assert reply.parts[2].intent == "lost_or_stolen_card"
    assert [form.name for form in talk.state.forms] == ["cancel_transfer", "block_card"]


def test_cancel_gives_up_the_task_under_way_only() -> None:
    talk = Talk()
    talk.says(*TRANSFER)
    talk.says("my card was stolen", sure("lost_or_stolen_card"))
    assert kinds(talk.says("never mind", act="cancel")) == ["cancelled", "resumed"]
    assert kinds(talk.says("Never mind")) == ["cancelled"]
    assert kinds(talk.says("stop", act="cancel")) == ["small_talk"]


def test_small_talk_does_not_lose_the_form() -> None:
    talk = Talk()
    talk.says(*STOLEN)
    assert kinds(talk.says("thanks", act="thanks")) == ["small_talk", "resumed"]
    assert kinds(talk.says("what?", act="repeat")) == ["asked"]
    assert talk.state.forms[0].tries == 0


def test_an_offer_begins_with_a_yes_and_lapses_with_another_question() -> None:
    talk = Talk()
    reply = talk.says("I do not know this payment", sure("card_payment_not_recognised"))
    assert kinds(reply) == ["answered", "asked"]
    assert kinds(talk.says("yes", act="yes")) == ["asked"]
    assert talk.state.forms[0].asked == "merchant"
    talk = Talk()
    talk.says("I do not know this payment", sure("card_payment_not_recognised"))
    assert kinds(talk.says("how long does a transfer take?", sure("transfer_timing"))) == ["answered"]
    assert talk.state.forms == ()
    talk.says("I do not know this payment", sure("card_payment_not_recognised"))
    assert talk.says("no", act="no").text == talk.policy.filling.dropped


@pytest.mark.parametrize(
    ("text", "top", "slots", "asked"),
    [
        ("Yes, it was £20", UNSURE, (("amount", "20", "20"),), "merchant"),
        ("£20 at Bo's", UNSURE, (("amount", "20", "20"), ("name", "Bo", "Bo")), "date"),
        ("yes it was", UNSURE, (), "merchant"),
        ("Yes, I have a question", UNSURE, (), None),
        ("what about £20?", UNSURE, (("amount", "20", "20"),), None),
        ("£20 took two hours", sure("transfer_timing"), (("amount", "20", "20"),), None),
        ("it is what it is", UNSURE, (), None),
    ],
)
def test_an_offer_is_taken_up_by_saying_what_its_form_would_ask_for(text, top, slots, asked) -> None:
    talk = Talk()
    talk.says("I do not know this payment", sure("card_payment_not_recognised"))
    reply = talk.says(text, top, slots)
    assert [form.asked for form in talk.state.forms] == ([asked] if asked else [])
    assert reply.actions == ()


def test_a_task_that_needs_no_yes_at_its_end_needs_one_at_its_beginning() -> None:
    slots = (("amount", "20", "20"), ("date", "2026-11-20", "Friday"))
    for text, actions in (("by card, 20, Friday", 0), ("yes: by card, 20, Friday", 1)):
        talk = Talk()
        talk.says("my top-up failed", sure("top_up_failed"))
        assert len(talk.says(text, slots=slots).actions) == actions


def test_another_language_in_a_form_is_limited_and_the_form_asked_again() -> None:
    talk = Talk()
    talk.says("my card is broken", sure("card_not_working"))
    talk.says("yes", act="yes")
    assert kinds(talk.says("je ne sais pas", language="fr")) == ["declined", "resumed"]


def test_a_question_in_another_language_in_a_form_is_not_searched_for() -> None:
    talk = Talk()
    talk.says(*STOLEN)
    reply = talk.says("Où est ma carte?", language="fr")
    assert reply.parts[0].text == talk.policy.languages.other
    assert (kinds(reply), talk.searched) == (["declined", "resumed"], [])
