"""Corrections: written masked, spans on the same words, and nothing that contradicts itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from headwater.errors import InputError
from headwater.spans import Span
from headwater.store import Store
from headwater.store.corrections import Correction, record, recorded

LABEL = Correction(
    text="my card 4111 1111 1111 1111 was charged twice",
    said="card_arrival",
    right="charged_twice",
    who="ann",
    bundle="support-intent",
    version="1",
    digest="d" * 64,
    variant="int8",
    confidence=0.61,
    head="label",
    kind="single",
)
TEXT = "ann@example.org of Acme Bank wrote to bob@example.org in Oslo"


def span(words: str, label: str, text: str = TEXT, probability: float = 1.0) -> Span:
    start = text.index(words)
    return Span(start, start + len(words), label, probability, words)


SPANS = replace(
    LABEL,
    text=TEXT,
    head="entities",
    kind="token",
    confidence=None,
    said=(span("Acme", "PER", probability=0.5),),
    right=(span("Acme Bank", "ORG"), span("Oslo", "LOC")),
)


def test_a_correction_is_kept_as_it_was_made_but_for_personal_data(store: Store, clock) -> None:
    kept = record(store, LABEL, subject="customer-9", now=clock)
    assert kept == replace(LABEL, text="my card [card] was charged twice", created=clock.moment, id=kept.id)
    assert recorded(store) == [kept]


def test_spans_stay_on_their_words(store: Store) -> None:
    kept = record(store, SPANS, labels=["ORG", "LOC", "PER"])
    assert kept.text == "[email] of Acme Bank wrote to [email] in Oslo"
    assert [(s.start, s.text, s.label) for s in kept.right] == [(11, "Acme Bank", "ORG"), (41, "Oslo", "LOC")]
    assert [(s.start, s.text, s.probability) for s in kept.said] == [(11, "Acme", 0.5)]


def test_spans_over_a_masked_piece_take_in_its_placeholder_and_equal_ones_are_one(store: Store) -> None:
    given = replace(SPANS, said=None, right=(span("ann", "PER"), span("example", "PER"), span("org of Acme", "ORG")))
    kept = record(store, given)
    assert [(s.text, s.label) for s in kept.right] == [("[email]", "PER"), ("[email] of Acme", "ORG")]
    assert kept.said is None


@pytest.mark.parametrize(
    "given",
    [
        replace(LABEL, kind="multi", head="topics", said=("gold", "oil"), right=()),
        replace(LABEL, kind="multi", head="topics", said=(), right=("gold",)),
        replace(LABEL, kind="pair", second="écrivez à bob@example.org 🙂", right="same"),
        replace(LABEL, said=None, confidence=None, variant=None),
        replace(SPANS, right=()),
        replace(LABEL, text="a\0b\ud800 gold"),
    ],
    ids=["multi", "empty said", "pair", "nothing said", "no spans", "odd signs"],
)
def test_every_kind_comes_back(store: Store, given: Correction) -> None:
    kept = record(store, given)
    assert (kept.said, kept.right, kept.confidence) == (
        tuple(replace(s, start=s.start - 8, end=s.end - 8) for s in given.said)
        if given.kind == "token"
        else given.said,
        given.right,
        given.confidence,
    )
    assert "@" not in kept.text + (kept.second or "")
    assert "\0" not in kept.text and "\ud800" not in kept.text
    assert recorded(store) == [kept]


def test_they_are_found_by_head_bundle_moment_and_use(store: Store, clock) -> None:
    first = record(store, LABEL, now=clock)
    clock.forward(hours=1)
    second = record(store, SPANS, now=clock)
    third = record(store, replace(LABEL, bundle="tickets"), now=clock)
    assert recorded(store) == [first, second, third]
    assert recorded(store, head="label") == [first, third]
    assert recorded(store, bundle="support-intent") == [first, second]
    assert recorded(store, since=clock.moment) == [second, third]
    assert recorded(store, since=clock.moment + timedelta(microseconds=1)) == []
    assert recorded(store, unused=True) == [first, second, third]


REFUSED = [
    (replace(LABEL, kind="embedding"), "expected a kind of single, pair, multi, token"),
    (replace(LABEL, right=("a",)), "expected a label"),
    (replace(LABEL, right=""), "expected a label, none of them empty"),
    (replace(LABEL, kind="multi", right="gold"), "expected a tuple of labels"),
    (replace(SPANS, right=("ORG",)), "expected a tuple of spans"),
    (replace(SPANS, right=(Span(5, 500, "ORG"),)), "expected 0 <= start < end <= 61, got 5 and 500"),
    (replace(SPANS, right=(Span(5, 5, "ORG"),)), "got 5 and 5"),
    (replace(SPANS, right=(Span(19, 23, "ORG", text="Oslo"),)), "of another text"),
    (replace(SPANS, said=(Span(19, 23, "ORG", text="Oslo"),)), "of another text"),
    (replace(LABEL, right="other"), "expected labels of charged_twice, card_arrival, got other"),
    (replace(LABEL, who=" "), "expected who in 1 to 255 characters"),
    (replace(LABEL, head="h" * 256), "expected head in 1 to 255"),
    (replace(LABEL, second="x"), "second text for a pair"),
    (replace(LABEL, kind="pair"), "second text for a pair"),
    (replace(LABEL, confidence=float("nan")), "confidence of 0 to 1"),
]


def test_what_contradicts_itself_is_refused(store: Store) -> None:
    assert len(REFUSED) > 10
    for given, expected in REFUSED:
        with pytest.raises(InputError, match=expected):
            record(store, given, labels=["charged_twice", "card_arrival"] if given.kind == "single" else None)
    assert recorded(store) == []


def test_a_subject_of_nothing_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="expected the id of a subject"):
        record(store, LABEL, subject=" ")
