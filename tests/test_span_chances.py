"""The chance of a span against the sum over every sequence of labels that may stand."""

import doctest
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headwater.span_chances
from headwater.serving.decoding import softmax
from headwater.span_chances import LEAST, span_chances, unsmoothed
from headwater.spans import Span, bio_labels, from_bio, rules

SCHEMES = {
    "bio": bio_labels(["LOC", "ORG"]),
    "I- alone": ("O", "I-LOC", "I-ORG"),
    "I- and S-": ("O", "I-LOC", "S-LOC", "I-ORG"),
    "no O": ("B-NOUN", "B-VERB", "I-VERB"),
    "I- first": ("I-LOC", "B-LOC", "O"),
}


def summed(probabilities, labels, transitions=()):
    """Span -> the share of the sequences that hold it, by writing every one of them down."""
    start, allowed = rules(tuple(labels), transitions)
    words = [(word, word + 1) for word in range(len(probabilities))]
    whole, found = 0.0, {}
    for path in product(range(len(labels)), repeat=len(words)):
        if np.isinf(start[path[0]]) or any(np.isinf(allowed[a, b]) for a, b in zip(path, path[1:], strict=False)):
            continue
        weight = float(np.prod([probabilities[word, label] for word, label in enumerate(path)]))
        weight *= float(np.exp(start[path[0]] + sum(allowed[a, b] for a, b in zip(path, path[1:], strict=False))))
        whole += weight
        for span in from_bio(words, [labels[label] for label in path]):
            found[span] = found.get(span, 0.0) + weight
    return {span: weight / whole for span, weight in found.items()}


def test_the_example_runs():
    found = doctest.testmod(headwater.span_chances)
    assert (found.attempted, found.failed) == (1, 0)


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(deadline=None, max_examples=25)
@given(words=st.integers(1, 5), spread=st.floats(0.1, 8), seed=st.integers(0, 2**32 - 1), learnt=st.booleans())
def test_every_span_has_the_share_of_the_sequences_that_hold_it(scheme, words, spread, seed, learnt):
    labels, draw = SCHEMES[scheme], np.random.default_rng(seed)
    probabilities = softmax(draw.normal(scale=spread, size=(words, len(labels))))
    transitions = tuple(map(tuple, draw.normal(size=(len(labels) + 1, len(labels))))) if learnt else ()
    wanted = summed(probabilities, labels, transitions)
    spans = list(wanted)
    np.testing.assert_allclose(
        span_chances(probabilities, labels, spans, transitions), list(wanted.values()), rtol=1e-6, atol=1e-9
    )


def test_two_words_by_hand():
    # B I 0.6 x 0.5 = 0.30, B O 0.6 x 0.3 = 0.18, O B 0.4 x 0.2 = 0.08, B B 0.12, O O 0.12; O I may not stand: of 0.80
    probabilities = np.array([[0.4, 0.6, 0.0], [0.3, 0.2, 0.5]])
    found = span_chances(probabilities, bio_labels(["LOC"]), [Span(0, 2, "LOC"), Span(0, 1, "LOC"), Span(1, 2, "LOC")])
    assert found == pytest.approx([0.30 / 0.80, 0.30 / 0.80, 0.20 / 0.80])


def test_a_long_text_neither_under_nor_overflows():
    labels = bio_labels(["LOC"])
    probabilities = np.tile([0.01, 0.01, 0.98], (5000, 1))  # I- all over, and none can stand alone
    probabilities[2000:2002] = [0.02, 0.96, 0.02], [0.02, 0.02, 0.96]
    found = span_chances(probabilities, labels, [Span(0, 2000, "LOC"), Span(2000, 2001, "LOC"), Span(0, 5000, "LOC")])
    assert np.isfinite(found).all() and ((found >= 0) & (found <= 1)).all()
    assert span_chances(probabilities, labels, []).shape == (0,)


def test_a_text_whose_every_likely_label_cannot_stand():
    found = span_chances(np.array([[0.0, 0.0, 1.0]] * 2), bio_labels(["LOC"]), [Span(0, 2, "LOC")])
    assert found == pytest.approx([1.0])  # B- I- needs one label that was rounded to 0, any other sequence two


def test_what_smoothing_taught_is_taken_back():
    true = np.array([[0.9, 0.06, 0.04], [1.0, 0.0, 0.0]])
    taught = 0.9 * true + 0.1 / 3
    found = unsmoothed(taught, 0.1)
    assert found[0] == pytest.approx(true[0])
    assert found[1] == pytest.approx(np.array([0.9, LEAST, LEAST]) / (0.9 + 2 * LEAST))  # 0.9 was left of the first
    assert unsmoothed(taught, 0.0) is taught
