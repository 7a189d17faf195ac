"""What a text may hold when it is written."""

import pytest

from headwater.errors import InputError
from headwater.spans import Span
from headwater.store.cleaning import clean_text, clean_values, mask_text


def test_signs_that_a_database_refuses_are_replaced_one_by_one() -> None:
    assert clean_text("a\0b\ud800c 🙂") == "a\ufffdb\ufffdc 🙂"
    assert mask_text("\0 ann@example.org Oslo", [Span(18, 22, "LOC")]) == ("\ufffd [email] Oslo", [Span(10, 14, "LOC")])


def test_every_text_of_a_value_and_nothing_else() -> None:
    value = {"a@b.example": ["ann@example.org", 4111111111111111, None, True, ("bob@example.org",)]}
    assert clean_values(value) == {"a@b.example": ["[email]", 4111111111111111, None, True, ["[email]"]]}
    assert clean_values("ann@example.org\0", masked=False) == "ann@example.org\ufffd"


def test_the_region_says_which_national_numbers_count(monkeypatch: pytest.MonkeyPatch) -> None:
    number = "call 020 7946 0018"
    assert mask_text(number)[0] == number
    monkeypatch.setenv("HEADWATER_REGION", "gb")
    assert mask_text(number)[0] == "call [phone]"
    monkeypatch.setenv("HEADWATER_REGION", "Britain")
    with pytest.raises(InputError, match="HEADWATER_REGION: expected a country in two letters, such as GB"):
        mask_text(number)
