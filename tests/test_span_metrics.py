"""Metrics of spans: cases by hand, seqeval's strict IOB2 and scikit-learn over words on random sentences."""

import time
import warnings

import numpy as np
import pytest

from headwater.errors import InputError
from headwater.metrics import ece, per_label
from headwater.span_metrics import span_counts, span_metrics, word_counts
from headwater.spans import Span, from_bio, to_bio

EDGES = [(0, 3), (4, 7), (8, 11), (12, 15)]
TYPES = ("LOC", "ORG", "PER")


def random_sentence(generator):
    """Words of a sentence with two layers of spans that share some."""
    length = int(generator.integers(1, 12))
    edges = [(5 * i, 5 * i + 4) for i in range(length)]
    layers = []
    for _ in range(2):
        labels = ["O"] * length
        for at in range(length):
            name = generator.choice(TYPES)
            labels[at] = str(generator.choice(["O", f"B-{name}", f"I-{name}"]))
        layers.append(from_bio(edges, labels))
    gold, other = layers
    kept = [span for span in gold if generator.random() < 0.6]
    taken = {i for span in kept for i in range(span.start, span.end)}
    kept += [span for span in other if not taken & set(range(span.start, span.end))]
    return edges, gold, [Span(s.start, s.end, s.label, float(generator.random())) for s in sorted(kept)]


def random_corpus(seed, rows=60):
    generator = np.random.default_rng(seed)
    return [list(column) for column in zip(*(random_sentence(generator) for _ in range(rows)), strict=True)]


def test_spans_by_hand():
    gold = [[Span(0, 7, "PER"), Span(8, 11, "LOC")], []]
    predicted = [[Span(0, 7, "PER", 0.9), Span(8, 11, "ORG", 0.8), Span(12, 15, "LOC", 0.5)], []]
    found = span_metrics(gold, predicted, [EDGES, EDGES])
    assert list(found) == ["span_f1", "span_precision", "span_recall", "token_f1_micro_with_o", "token_f1_macro", "ece"]
    assert found["span_precision"].value == pytest.approx(1 / 3)
    assert found["span_recall"].value == pytest.approx(1 / 2)
    assert found["span_f1"].value == pytest.approx(2 / 5)
    # words: PER PER | ORG for LOC | LOC for O | four right O of the second sentence
    assert found["token_f1_micro_with_o"].value == pytest.approx(6 / 8)
    # B-PER 1, I-PER 1, B-LOC 0 (1 missed, 1 invented), B-ORG 0, O: tp 4, fn 1 -> 8/9
    assert found["token_f1_macro"].value == pytest.approx((1 + 1 + 0 + 0 + 8 / 9) / 5)
    assert found["ece"].value == pytest.approx((0.1 + 0.8 + 0.5) / 3)
    assert all(one.low <= one.value <= one.high for one in found.values())


def test_tables_by_hand():
    gold, predicted = [[Span(0, 7, "PER")]], [[Span(0, 3, "PER")]]
    assert per_label(span_counts(gold, predicted)) == {"PER": {"precision": 0, "recall": 0, "f1": 0, "support": 1}}
    table = per_label(word_counts(gold, predicted, [EDGES]))
    assert list(table) == ["B-PER", "I-PER", "O"]
    assert [row["support"] for row in table.values()] == [1, 1, 2]
    assert table["O"]["precision"] == pytest.approx(2 / 3)


def test_a_span_given_twice_counts_once():
    twice = [Span(0, 3, "PER", 0.9), Span(0, 3, "PER", 0.4)]
    once = [twice[0]]
    assert span_counts([twice], [once]).values.tolist() == [[[1, 0, 0]]]
    assert span_counts([once], [twice]).values.tolist() == [[[1, 0, 0]]]
    assert span_counts([[]], [twice]).values.tolist() == [[[0, 1, 0]]]
    assert span_metrics([once], [once + once], [EDGES])["ece"].value == pytest.approx(0.1)


def test_a_span_with_the_wrong_edge_or_type_is_both_missed_and_invented():
    gold = [[Span(0, 7, "PER")]]
    for wrong in (Span(0, 3, "PER"), Span(0, 7, "LOC"), Span(4, 7, "PER")):
        assert span_counts(gold, [[wrong]]).values.sum(axis=(0, 1)).tolist() == [0, 1, 1]


def test_equal_spans_of_different_sentences_are_different():
    counts = span_counts([[Span(0, 3, "PER")], []], [[], [Span(0, 3, "PER")]])
    assert counts.values.tolist() == [[[0, 0, 1]], [[0, 1, 0]]]


@pytest.mark.parametrize("seed", range(10))
def test_spans_agree_with_seqeval_strict(seed):
    seqeval = pytest.importorskip("seqeval.metrics")
    from seqeval.scheme import IOB2

    edges, gold, predicted = random_corpus(seed)
    found = span_metrics(gold, predicted, edges)
    truth, guess = ([to_bio(e, s) for e, s in zip(edges, rows, strict=True)] for rows in (gold, predicted))
    how = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    assert found["span_f1"].value == pytest.approx(seqeval.f1_score(truth, guess, **how))
    assert found["span_precision"].value == pytest.approx(seqeval.precision_score(truth, guess, **how))
    assert found["span_recall"].value == pytest.approx(seqeval.recall_score(truth, guess, **how))
    expected = seqeval.classification_report(truth, guess, output_dict=True, **how)
    table = per_label(span_counts(gold, predicted))
    assert set(table) == set(TYPES)
    for label, row in table.items():
        assert list(row.values()) == pytest.approx(list(expected[label].values()))


@pytest.mark.parametrize("seed", range(10))
def test_words_agree_with_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    edges, gold, predicted = random_corpus(seed)
    found = span_metrics(gold, predicted, edges)
    truth, guess = (
        [label for e, s in zip(edges, rows, strict=True) for label in to_bio(e, s)] for rows in (gold, predicted)
    )
    assert found["token_f1_micro_with_o"].value == pytest.approx(metrics.f1_score(truth, guess, average="micro"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = metrics.classification_report(truth, guess, output_dict=True, zero_division=0)
    assert found["token_f1_macro"].value == pytest.approx(expected["macro avg"]["f1-score"])
    for label, row in per_label(word_counts(gold, predicted, edges)).items():
        assert list(row.values()) == pytest.approx(list(expected[label].values()))


def test_confidence_is_held_against_found_spans():
    edges, gold, predicted = random_corpus(3)
    pairs = [(s.probability, s in g) for g, p in zip(gold, predicted, strict=True) for s in p]
    confidence, right = map(np.array, zip(*pairs, strict=True))
    assert span_metrics(gold, predicted, edges)["ece"].value == pytest.approx(ece(confidence, right))


@pytest.mark.parametrize("gold", [[[]], [[Span(0, 3, "PER")]]])
def test_a_model_that_finds_nothing_has_numbers_too(gold):
    found = span_metrics(gold, [[]], [EDGES])
    assert found["span_f1"].value == found["span_precision"].value == found["ece"].value == 0.0
    assert found["token_f1_micro_with_o"].value == 1 - len(gold[0]) / 4


def test_sentences_without_words_are_no_fault():
    assert span_metrics([[]], [[]], [[]])["token_f1_macro"].value == 0.0


def test_other_numbers_of_rows_are_refused():
    with pytest.raises(InputError, match="as many rows of each, got 1, 2"):
        span_metrics([[]], [[], []], [[]])
    with pytest.raises(InputError, match="at least one row"):
        span_metrics([], [], [])


def test_a_test_set_of_3453_sentences_takes_a_second_or_two_at_most():
    edges, gold, predicted = random_corpus(1, rows=3453)
    start = time.perf_counter()
    span_metrics(gold, predicted, edges)
    assert time.perf_counter() - start < 5  # 0.3 s where nothing else runs
