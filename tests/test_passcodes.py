"""Passcodes: found beside the words for them, and nothing else."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headwater.passcodes
from headwater.passcodes import find_passcodes
from headwater.personal import find_personal, mask


def test_the_examples_run() -> None:
    assert doctest.testmod(headwater.passcodes) == (0, 2)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my pin is 4821", "my pin is [code]"),
        ("cvv 123", "cvv [code]"),
        ("the code is 559201", "the code is [code]"),
        ("I got a code 559201", "I got a code [code]"),
        ("PIN: 4 8 2 1", "PIN: [code]"),
        ("my PIN number for the debit card is 4821!", "my PIN number for the debit card is [code]!"),
        ("4821 is my pin", "[code] is my pin"),
        ("559201 is the code you sent", "[code] is the code you sent"),
        ("change my pin from 4821 to 5555", "change my pin from [code] to [code]"),
        ("my PIN was 4821 and now it is 5555", "my PIN was [code] and now it is [code]"),
        ("my passcode's 482159", "my passcode's [code]"),
        ("the one-time code they texted me was 559201", "the one-time code they texted me was [code]"),
        ("OTP 559 201", "OTP [code]"),
        (
            "the security code on the back is 042, it expires 04/27",
            "the security code on the back is [code], it expires 04/27",
        ),
        ("my password is hunter2", "my password is [code]"),
        ("my pin is four eight two one", "my pin is [code]"),
        ("card ending 4821, pin 1234", "card ending 4821, pin [code]"),
        ("verification code: 559201", "verification code: [code]"),
    ],
)
def test_a_code_is_masked_and_the_rest_is_not(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert {span.label for span in find_personal(text)} == {"code"}


@pytest.mark.parametrize(
    "text",
    [
        "I have 4821 pounds",
        "my card ends 4821",
        "I entered my PIN 3 times",
        "error code 4821",
        "the error code is 4821",
        "my sort code is 12-34-56",
        "I changed my pin in 2024",
        "my pin was sent on 3 March 2026",
        "the pin arrived 2024-05-03",
        "my PIN was declined for 300 pounds",
        "I took out 500 with my pin",
        "I need a new pin, 1234 is the last four of my card",
        "the code was sent to 07700 900123",
        "the code of conduct 1998",
        "reference code is 48291",
        "the PIN is 4 digits",
        "my pin 2024 times",
        "password is wrong",
        "the code did not come on 23 May",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert find_passcodes(text) == []


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["pin", "is", "4821", "the code", ",", "and", "12"]), max_size=9).map(" ".join)
)
def test_any_text_will_do(text: str) -> None:
    places = find_passcodes(text)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(one[1] <= other[0] for one, other in zip(places, places[1:], strict=False))
