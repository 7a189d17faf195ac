"""Words that steer a dialogue, and what they must not be mistaken for."""

import pytest

from support_chatbot.dialogue import cues


@pytest.mark.parametrize("text", ["how much is it", "And what about euros", "is it free?", "Ok, can I", "费用多少？"])
def test_questions(text: str) -> None:
    assert cues.is_question(text)


@pytest.mark.parametrize("text", ["12 Mill Lane", "can't use it abroad", "the debit card", "canny", "however", ""])
def test_no_questions(text: str) -> None:
    assert not cues.is_question(text)


@pytest.mark.parametrize("before", ["not ", "no, not £", "it isn't ", "instead of ", "not my "])
def test_what_is_meant_not(before: str) -> None:
    assert cues.negated(before)


@pytest.mark.parametrize("before", ["", "it was ", "no, ", "I did not pay, it was ", "nothing but "])
def test_what_is_meant(before: str) -> None:
    assert not cues.negated(before)


TITLES = ["When your new card arrives", "How long a delivery takes"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("first", (0,)),
        ("the latter", (1,)),
        ("delivery", (1,)),
        ("arrival of the new card", (0,)),
        ("both please", (0, 1)),
        ("the other one", (1,)),
        ("it was last Friday", ()),
        ("hm", ()),
        ("", ()),
        ("I have one more thing that I would like to ask", ()),
    ],
)
def test_a_choice_by_place_or_words(text: str, places: tuple[int, ...]) -> None:
    assert cues.choice_among(text, TITLES) == places


@pytest.mark.parametrize("text", ["skip", "I don't know", "i do not have it.", "not sure"])
def test_passing_over(text: str) -> None:
    assert cues.skips(text)
    assert not cues.skips(f"{text} but it was Tesco")


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("And is it free there?", True),
        ("can I use it there", True),
        ("There is a problem with my money", False),
        ("there's a charge on my account", False),
    ],
)
def test_what_leans_on_the_topic(text: str, leans: bool) -> None:
    assert cues.is_elliptical(text) == leans
