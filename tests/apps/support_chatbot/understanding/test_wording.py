from datetime import date

import pytest

from support_chatbot.understanding.slots import find_slots
from support_chatbot.understanding.wording import plainly


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("my transfer of £250 to Anna hasn't arrived", "my transfer to my friend hasn't arrived"),
        ("My transfer of 250 pounds to Anna Smith has not come", "My transfer to my friend has not come"),
        ("I sent 20 EUR to John yesterday, where is it", "I sent 20 EUR to my friend yesterday, where is it"),
        ("there's a payment to Tesco I don't recognise", "there's a payment to Tesco I don't recognise"),
        ("Why was I charged £1?", "Why was I charged £1?"),
        ("a payment of € 20.50 and one of £3", "a payment and one"),
        ("Do you do exchanges of EUR?", "Do you do exchanges of EUR?"),
        ("where is my card", "where is my card"),
        ("", ""),
    ],
)
def test_what_is_named_stands_for_any_such_thing(text: str, read: str) -> None:
    assert plainly(text, find_slots(text, today=date(2026, 11, 22))) == read
