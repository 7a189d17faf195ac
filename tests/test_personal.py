"""Personal data: found where check digits hold, never elsewhere."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headwater.personal
from headwater.personal import find_personal, mask


def test_the_examples_run():
    assert doctest.testmod(headwater.personal) == (0, 2)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("card 5500 0055 5555 5559 please", ["card"]),
        ("card 5500-0055-5555-5559 please", ["card"]),
        ("card 5500 0055 5555 5558 please", []),  # the check digit is wrong
        ("0000 0000 0000 0000", []),
        ("GB82 WEST 1234 5698 7654 32", ["iban"]),
        ("GB82WEST12345698765432 IS MY ACCOUNT", ["iban"]),
        ("GB83WEST12345698765432", []),
        ("call +44 20 7946 0018 now", ["phone"]),
        ("call (202) 456-1111 now", ["phone"]),
        ("order 12345678 of 2026-11-22", []),
        ("a.b+c@mail.example.co.uk.", ["email"]),
        ("a@b", []),
        ("EUR 1,250,000.00 on 12.11.2026", []),
    ],
)
def test_by_kind(text, kinds):
    assert [span.label for span in find_personal(text)] == kinds


def test_the_spans_are_exact_and_the_rest_is_untouched():
    text = "é ann@example.org and bob@example.org 🙂"
    first, second = find_personal(text)
    assert [text[s.start : s.end] for s in (first, second)] == ["ann@example.org", "bob@example.org"]
    assert mask(text) == "é [email] and [email] 🙂"


@given(st.text(max_size=80))
def test_any_text_will_do(text):
    spans = find_personal(text)
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))
