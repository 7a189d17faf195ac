import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.bundle import Head
from headwater.serving.decoding import (
    Prediction,
    read,
    read_best,
    read_labels,
    read_spans,
    read_vector,
    sigmoid,
    softmax,
)
from headwater.spans import Span, bio_labels
from headwater.text import words

LABELS = bio_labels(["LOC", "ORG"])
logits_of = {label: np.eye(5)[i] * 6 for i, label in enumerate(LABELS)}


def rows(*labels: str) -> np.ndarray:
    return np.stack([logits_of[label] for label in labels]).astype(np.float32)


def test_probabilities():
    p = softmax(np.log([[1.0, 2.0, 5.0]]))
    assert p.tolist() == [pytest.approx([0.125, 0.25, 0.625])]
    assert softmax(np.array([1e30, -1e30])).tolist() == [1.0, 0.0]
    assert softmax(np.zeros((0, 3))).shape == (0, 3)


def test_the_sigmoid_says_nothing_about_overflow():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sigmoid(np.array([-1e4, 0.0, 1e4], dtype=np.float32)).tolist() == [0.0, 0.5, 1.0]


def test_one_label_with_the_five_likeliest():
    [found] = read_best(np.log([[0.1, 0.4, 0.05, 0.2, 0.15, 0.1]]), list("abcdef"), 1.0)
    assert (found.label, found.probability, found.abstained) == ("b", pytest.approx(0.4), False)
    assert [label for label, _ in found.top] == ["b", "d", "e", "a", "f"]
    assert [p for _, p in found.top] == pytest.approx([0.4, 0.2, 0.15, 0.1, 0.1])


@pytest.mark.parametrize(("threshold", "abstained"), [(0.0, False), (0.6, False), (0.61, True), (1.0, True)])
def test_below_the_threshold_the_label_is_a_guess(threshold, abstained):
    [found] = read_best(np.log([[0.6, 0.4]]), ["a", "b"], 1.0, threshold - 1e-9 if threshold == 0.6 else threshold)
    assert (found.label, found.abstained) == ("a", abstained)


def test_a_temperature_moves_probabilities_and_no_label():
    cold, warm = (read_best(np.array([[1.0, 3.0]]), ["a", "b"], t)[0] for t in (0.5, 4.0))
    assert cold.label == warm.label == "b"
    assert cold.probability == pytest.approx(1 / (1 + np.exp(-4)))
    assert warm.probability == pytest.approx(1 / (1 + np.exp(-0.5)))


def test_a_set_of_labels():
    logits = np.log([0.7 / 0.3, 0.2 / 0.8, 0.9 / 0.1])
    assert [p.label for p in read_labels(logits, ["a", "b", "c"], 1.0)] == ["c", "a"]
    assert [p.label for p in read_labels(logits, ["a", "b", "c"], 1.0, 0.8)] == ["c"]
    assert read_labels(logits, ["a", "b", "c"], 1.0, 0.95) == ()
    assert read_labels(logits, ["a", "b", "c"], 1.0)[0].probability == pytest.approx(0.9)


def test_spans_have_exact_places_and_texts():
    text = "In São Paulo: Acme."
    found = read_spans(text, rows("O", "B-LOC", "I-LOC", "O", "B-ORG", "O"), LABELS, 1.0)
    assert [(span.text, span.label) for span in found] == [("São Paulo", "LOC"), ("Acme", "ORG")]
    assert all(text[span.start : span.end] == span.text for span in found)


@pytest.mark.parametrize(
    ("text", "marks", "wanted"),
    [
        ("In Oslo 🙂 Acme", ["O", "B-LOC", "I-LOC", "B-ORG"], ["Oslo", "Acme"]),
        ("🇳🇴 Oslo", ["B-LOC", "I-LOC", "I-LOC"], ["Oslo"]),  # a flag is two signs
        ("Oslo 👍🏽", ["B-LOC", "I-LOC", "I-LOC"], ["Oslo"]),  # a thumb and its tint
        ("Coca® Cola", ["B-ORG", "I-ORG", "I-ORG"], ["Coca® Cola"]),
        ("Yahoo!", ["B-ORG", "I-ORG"], ["Yahoo!"]),
        ("🙂", ["B-ORG"], []),
    ],
)
def test_pictures_at_an_edge_are_no_part_of_a_name(text, marks, wanted):
    assert [span.text for span in read_spans(text, rows(*marks), LABELS, 1.0)] == wanted


@pytest.mark.parametrize("name", ["दिल्ली", "नेहरू", "เชียงใหม่", "தமிழ்", "القُدْس"])
def test_vowel_signs_are_no_pictures(name):
    marks = ["B-LOC", *["I-LOC"] * (len(words(name)) - 1)]
    assert [span.text for span in read_spans(name, rows(*marks), LABELS, 1.0)] == [name]


def test_where_every_word_is_a_span_a_picture_is_a_word():
    logits = np.array([[5.0, 0.0], [0.0, 5.0]])
    found = read_spans("it 🙂", logits, ("B-PRON", "B-SYM"), 1.0)
    assert [(span.text, span.label) for span in found] == [("it", "PRON"), ("🙂", "SYM")]


def test_a_span_is_as_probable_as_its_least_probable_word_of_its_type():
    # word 2: B-LOC or I-LOC together 0.5 + 0.3
    p = np.array([[0.05, 0.9, 0.05, 0.0, 0.0], [0.2, 0.3, 0.5, 0.0, 0.0]]) + 1e-9
    (span,) = read_spans("New York", np.log(p), LABELS, 1.0)
    assert (span.start, span.end, span.label) == (0, 8, "LOC")
    assert span.probability == pytest.approx(0.8, abs=1e-6)
    assert read_spans("New York", np.log(p), LABELS, 1.0, 0.79) == (span,)
    assert read_spans("New York", np.log(p), LABELS, 1.0, 0.81) == ()


def test_a_tag_that_cannot_stand_is_read_as_the_likeliest_that_can():
    logits = rows("O", "O")  # 6 for O, 0 for the others
    logits[1] = [2.0, 1.5, 9.0, 0.0, 0.0]  # I-LOC after an O
    # B-LOC I-LOC 0 + 9; O O 6 + 2; O B-LOC 6 + 1.5; the softmax takes the same from each
    (span,) = read_spans("in Rome", logits, LABELS, 1.0)
    assert (span.start, span.end, span.label) == (0, 7, "LOC")


def test_a_tagger_without_b_marks_and_without_o():
    (span,) = read_spans("New York", np.array([[0.0, 5.0], [0.0, 5.0]]), ("O", "I-LOC"), 1.0)
    assert (span.start, span.end, span.label) == (0, 8, "LOC")
    verbs = read_spans("it is", np.array([[5.0, 0.0], [0.0, 5.0]]), ("B-PRON", "B-VERB"), 1.0)
    assert [(span.text, span.label) for span in verbs] == [("it", "PRON"), ("is", "VERB")]


def test_no_words_no_spans():
    assert read_spans(" \n", np.zeros((0, 5), dtype=np.float32), LABELS, 1.0) == ()


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(0, 2**32 - 1), st.floats(0.1, 8))
def test_spans_never_leave_the_text_and_never_overlap(text, seed, spread):
    logits = np.random.default_rng(seed).normal(scale=spread, size=(len(words(text)), 5))
    found = read_spans(text, logits, LABELS, 1.3)
    assert all(text[span.start : span.end] == span.text != "" for span in found)
    assert all(first.end <= second.start for first, second in zip(found, found[1:], strict=False))
    assert all(0 < span.probability <= 1 for span in found)


def test_a_vector_has_length_one():
    vector = read_vector(np.array([3.0, 4.0]))
    assert vector.tolist() == pytest.approx([0.6, 0.8])
    assert vector.dtype == np.float32
    assert np.isfinite(read_vector(np.zeros(2))).all()


def test_each_kind_is_read_in_its_way():
    labels = ("a", "b")
    logits = np.array([0.0, 2.0])
    assert read(Head("h", "single", labels, "h"), ["t"], [logits], 1.0, None)[0].label == "b"
    assert read(Head("h", "pair", labels, "h"), ["t"], [logits], 1.0, 0.99)[0] == Prediction(
        "b",
        pytest.approx(0.8808, abs=1e-4),
        True,
        (("b", pytest.approx(0.8808, abs=1e-4)), ("a", pytest.approx(0.1192, abs=1e-4))),
    )
    assert [p.label for p in read(Head("h", "multi", labels, "h"), ["t"], [logits], 1.0, None)[0]] == ["b", "a"]
    assert read(Head("h", "token", LABELS, "h"), ["Acme"], [rows("B-ORG")], 1.0, None)[0] == (Span(0, 4, "ORG"),)
    assert read(Head("h", "embedding", (), "h"), ["t"], [logits], 1.0, None)[0].tolist() == [0.0, 1.0]
