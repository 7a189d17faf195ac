import doctest
from itertools import product
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headwater.spans
import headwater.text
from headwater.spans import Span, bio_labels, covered, decode, first_tokens, from_bio, to_bio
from headwater.text import TextEncoder, clean, words
from tests.test_text import HARD, INPUTS, byte_level, tokenizer

LABELS = bio_labels(["LOC", "PER"])
marks = st.lists(st.sampled_from(LABELS), max_size=12)


@pytest.mark.parametrize("module", [headwater.spans, headwater.text])
def test_the_examples_run(module):
    found = doctest.testmod(module)
    assert found.attempted >= 2
    assert found.failed == 0


def grid(count: int) -> list[tuple[int, int]]:
    return [(4 * i, 4 * i + 3) for i in range(count)]


@settings(deadline=None)
@given(marks)
def test_labels_to_spans_and_back(labels):
    edges = grid(len(labels))
    spans = from_bio(edges, labels)
    again = to_bio(edges, spans)
    assert from_bio(edges, again) == spans
    valid = all(
        not label.startswith("I-") or (previous != "O" and previous[2:] == label[2:])
        for previous, label in zip(["O", *labels], labels, strict=False)
    )
    if valid:
        assert again == labels


@settings(deadline=None)
@given(marks, st.randoms())
def test_the_order_of_spans_does_not_matter(labels, draw):
    edges = grid(len(labels))
    spans = from_bio(edges, labels)
    shuffled = draw.sample(spans, len(spans))
    assert to_bio(edges, shuffled) == to_bio(edges, spans)


@pytest.mark.parametrize(
    ("spans", "labels"),
    [
        ([], ["O", "O", "O"]),
        ([Span(0, 7, "LOC")], ["B-LOC", "I-LOC", "O"]),
        ([Span(0, 3, "LOC"), Span(4, 7, "LOC")], ["B-LOC", "B-LOC", "O"]),
        ([Span(1, 2, "LOC")], ["B-LOC", "O", "O"]),  # a part of a word
        (
            [Span(0, 2, "LOC"), Span(2, 7, "PER")],
            ["B-LOC", "B-PER", "O"],
        ),  # both touch the first word: the earlier has it
        ([Span(0, 11, "LOC"), Span(4, 7, "PER")], ["B-LOC", "I-LOC", "I-LOC"]),  # nested
        ([Span(3, 4, "LOC")], ["O", "O", "O"]),  # a space
        ([Span(90, 99, "LOC")], ["O", "O", "O"]),
    ],
)
def test_words_take_the_label_of_the_span_that_they_touch(spans, labels):
    assert to_bio(grid(3), spans) == labels


def test_spans_are_equal_by_place_and_label():
    assert Span(0, 3, "LOC", 0.9, "abc") == Span(0, 3, "LOC")
    assert len({Span(0, 3, "LOC", 0.9), Span(0, 3, "LOC", 0.1)}) == 1
    assert Span(0, 3, "LOC") != Span(0, 3, "PER")


def allowed(path: tuple[int, ...], labels: tuple[str, ...]) -> bool:
    names = ["O", *(labels[i] for i in path)]
    return all(
        not b.startswith("I-") or f"B-{b[2:]}" not in labels or (a != "O" and a[2:] == b[2:])
        for a, b in zip(names, names[1:], strict=False)
    )


@settings(deadline=None)
@given(
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
    st.sampled_from([LABELS, ("O", "I-LOC", "B-PER", "I-PER"), ("B-V", "B-N")]),
)
def test_viterbi_finds_what_brute_force_finds(count, seed, labels):
    scores = np.random.default_rng(seed).normal(size=(count, len(labels)))
    best = max(
        (path for path in product(range(len(labels)), repeat=count) if allowed(path, labels)),
        key=lambda path: sum(scores[word, label] for word, label in enumerate(path)),
    )
    assert decode(scores, labels) == list(best)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 2**32 - 1), st.floats(0.1, 50))
def test_no_sequence_breaks_the_rule(count, seed, spread):
    scores = np.random.default_rng(seed).normal(scale=spread, size=(count, len(LABELS)))
    path = decode(scores, LABELS)
    assert len(path) == count
    assert allowed(tuple(path), LABELS)


def test_viterbi_on_no_words():
    assert decode(np.zeros((0, 5)), LABELS) == []


def test_viterbi_on_a_book():
    scores = np.random.default_rng(0).normal(size=(100_000, 9))
    started = process_time()
    assert len(decode(scores, bio_labels(["A", "B", "C", "D"]))) == 100_000
    assert process_time() - started < 10


def test_words_and_the_tokens_that_begin_them():
    # [CLS] ban ##ks of [SEP]; the second word has a token, the last none
    offsets = np.array([[0, 0], [0, 3], [3, 5], [6, 8], [0, 0]])
    assert first_tokens([(0, 5), (6, 8), (9, 12)], offsets).tolist() == [1, 3, -1]
    assert first_tokens([], offsets).tolist() == []
    assert first_tokens([(0, 5)], np.zeros((2, 2), dtype=np.int64)).tolist() == [-1]


def test_only_the_words_of_a_window_are_looked_at():
    edges = np.array(grid(10))
    assert covered(edges, np.array([[0, 0], [8, 11], [12, 14], [0, 0]])) == slice(2, 4)
    assert covered(edges, np.array([[0, 0], [9, 13], [0, 0]])) == slice(2, 4)
    assert covered(edges, np.zeros((2, 2), dtype=np.int64)) == slice(0, 0)
    assert covered(np.zeros((0, 2), dtype=np.int64), np.array([[0, 3]])) == slice(0, 0)


@pytest.mark.parametrize("make", [tokenizer, byte_level])
@pytest.mark.parametrize("name", HARD)
def test_each_word_of_a_window_begins_in_its_token(make, name):
    text = clean(HARD[name])
    edges = np.asarray(words(text), dtype=np.int64).reshape(-1, 2)
    for window in TextEncoder(make(), INPUTS, 16, 4).encode([text])[:40]:
        part = covered(edges, window.offsets)
        for (start, end), token in zip(edges[part], first_tokens(edges[part], window.offsets), strict=True):
            if token >= 0:
                low, high = window.offsets[token]
                assert low < end
                assert start < high
    everywhere = TextEncoder(make(), INPUTS, 16, 4).encode([text])[0]
    part = covered(edges, everywhere.offsets)
    inside = first_tokens(edges, everywhere.offsets)
    assert (np.delete(inside, np.arange(len(edges))[part]) == -1).all()  # what `covered` leaves out has no token
