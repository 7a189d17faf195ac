import pytest

from support_chatbot.learning.talk import answer_in, exchanges, is_question
from support_chatbot.learning.transcripts import Conversation, Said


@pytest.mark.parametrize(
    "text", ["Hello", "ok thank you so much", "yes please do", "4471", "Great, that's all. Bye!", "no"]
)
def test_small_talk_is_no_question(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    "text", ["card swallowed by machine", "Hi, where is my new card?", "I want to close my account please"]
)
def test_a_matter_is_a_question(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hi, you are through to Maya. How can I help?",
        "Let me check that for you.",
        "Bear with me one moment please.",
        "Could you confirm the last four digits of the card?",
        "I am sorry to hear that.",
        "Please tell me your postcode.",
        "I'll transfer you to a colleague now.",
        "Certainly.",
    ],
)
def test_courtesies_waiting_and_asking_answer_nothing(text: str) -> None:
    assert answer_in(text) == ""


def test_what_stands_beside_a_courtesy_is_the_answer() -> None:
    said = "I'm sorry to hear that! Cards cost £4.50 and take 5 days. See help.example.org for more. Is there anything else?"
    assert answer_in(said) == "Cards cost £4.50 and take 5 days. See help.example.org for more."


def test_replies_belong_to_the_question_before_them() -> None:
    turns = [
        ("agent", "Welcome to the bank, how can I help?"), ("customer", "where is my new card"),
        ("agent", "Let me check that."), ("agent", "It was posted on Monday."), ("agent", "It takes five days."),
        ("customer", "ok thanks"), ("agent", "Cards come in a plain envelope."),
        ("customer", "and how do I set the PIN"), ("bot", "I do not know that."), ("agent", "You set it in the app."),
    ]  # fmt: skip
    talk = Conversation("t", tuple(Said(speaker, text, line) for line, (speaker, text) in enumerate(turns, 1)))
    assert [(one.question, one.answer, one.line, one.answered) for one in exchanges(talk)] == [
        ("where is my new card", "It was posted on Monday. It takes five days.", 2, 4),
        ("where is my new card", "Cards come in a plain envelope.", 2, 7),
        ("and how do I set the PIN", "You set it in the app.", 8, 10),
    ]
