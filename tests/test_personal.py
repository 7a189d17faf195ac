"""Personal data: found where check digits hold, never elsewhere."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headwater.personal
from headwater.personal import find_personal, mask, mask_spans
from headwater.spans import Span

# Blanks (no-break, narrow no-break, thin) and dashes of print (hyphen, no-break hyphen, figure dash, en dash).
PRINTED = "\u00a0\u202f\u2009\u2010\u2011\u2012\u2013"


def test_the_examples_run():
    assert doctest.testmod(headwater.personal) == (0, 3)


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
        *((f"card 5500{gap}0055{gap}5555{gap}5559 please", ["card"]) for gap in PRINTED),
        *((f"GB82{gap}WEST{gap}1234{gap}5698{gap}7654{gap}32", ["iban"]) for gap in PRINTED[:3]),
        *((f"call 202{gap}555{gap}0143 or +49{gap}30{gap}1234567", ["phone", "phone"]) for gap in PRINTED),
        ("card 5500 0055\n5555 5559 12 May", ["card"]),
        ("5500 0055 5555 5559\n4111 1111 1111 1111\n12", ["card", "card"]),
        ("GB82 WEST 1234\n5698 7654 32\nDE89 3704 0044 0532 0130 00", ["iban", "iban"]),
        ("1234\n5678\n1234\n5670", []),  # the check digit holds, but it is a column of numbers
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


# Pieces that are masked, and words that are not; a blank stands between any two.
PIECES = st.sampled_from(["ann@example.org", "4111 1111 1111 1111", "+44 20 7946 0018", "GB82 WEST 1234 5698 7654 32"])
WORDS = st.sampled_from(["Acme", "Oslo", "é", "🙂", "order 12", "—", "write to"])


@st.composite
def texts_and_spans(draw):
    """A text, and spans anywhere in it."""
    text = " ".join(draw(st.lists(PIECES | WORDS, min_size=1, max_size=8)))
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted).filter(lambda p: p[0] < p[1])
    return text, [Span(start, end, "X", text=text[start:end]) for start, end in draw(st.lists(places, max_size=6))]


@given(texts_and_spans())
def test_spans_keep_their_words_and_take_in_whole_placeholders(drawn):
    text, spans = drawn
    masked, moved = mask_spans(text, spans)
    assert masked == mask(text)
    pieces = find_personal(text)
    for before, after in zip(spans, moved, strict=True):
        touched = [piece for piece in pieces if piece.start < before.end and before.start < piece.end]
        # The reference: widen the span to whole pieces, then mask what it covers by itself.
        start = min([before.start, *(piece.start for piece in touched)])
        end = max([before.end, *(piece.end for piece in touched)])
        expected = text[start:end]
        for piece in reversed(touched):
            expected = expected[: piece.start - start] + f"[{piece.label}]" + expected[piece.end - start :]
        assert masked[after.start : after.end] == after.text == expected
        assert after.label == before.label


@given(st.text(max_size=80).flatmap(lambda text: st.tuples(st.just(text), st.integers(0, 80))))
def test_where_nothing_is_masked_nothing_moves(drawn):
    text, end = drawn
    spans = [Span(0, min(end, len(text)), "X")]
    if not find_personal(text):
        assert mask_spans(text, spans) == (text, spans)


def test_pieces_that_somebody_else_knows_are_masked_too_and_overlaps_are_one() -> None:
    text = "account 12345678 or ann@example.org of Acme"
    pieces = [Span(8, 16, "account"), Span(20, 30, "name")]
    masked, (acme,) = mask_spans(text, [Span(39, 43, "ORG")], pieces=pieces)
    assert masked == "account [account] or [email] of Acme", "the longer one names it"
    assert (acme.text, masked[acme.start : acme.end]) == ("Acme", "Acme")
