"""Metrics of documents and label sets: cases by hand, and scikit-learn on random rows."""

import time
from itertools import pairwise

import numpy as np
import pytest

from headwater.errors import InputError
from headwater.metrics import (
    document_counts,
    document_metrics,
    ece,
    label_set_counts,
    label_set_metrics,
    macro_f1,
    micro_f1,
    per_label,
    reliability,
)

LABELS = ["a", "b", "c", "oos"]


def random_documents(seed, rows=400, labels=LABELS):
    generator = np.random.default_rng(seed)
    gold = generator.choice(labels, rows)
    guess = generator.choice(labels[: generator.integers(1, len(labels) + 1)], rows)
    predicted = np.where(generator.random(rows) < 0.7, gold, guess)
    return gold.tolist(), predicted.tolist(), np.round(generator.random(rows), 2)


def test_documents_by_hand():
    gold = ["a", "a", "b", "oos"]
    predicted = ["a", "oos", "b", "oos"]
    found = document_metrics(gold, predicted, np.array([1.0, 1.0, 1.0, 1.0]), LABELS, "oos")
    assert list(found) == ["accuracy", "macro_f1", "ece", "in_scope_accuracy", "oos_recall"]
    assert found["accuracy"].value == 0.75
    # a: tp 1, fn 1 -> 2/3; b: 1; oos: tp 1, fp 1 -> 2/3; c never occurs and does not count
    assert found["macro_f1"].value == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert found["ece"].value == pytest.approx(0.25)  # all rows tie: one bin, sure of 1, right in 3 of 4
    assert found["in_scope_accuracy"].value == pytest.approx(2 / 3)
    assert found["oos_recall"].value == 1.0
    assert all(one.low <= one.value <= one.high for one in found.values())


def test_scope_metrics_are_left_out_where_there_is_nothing_to_measure():
    sure = np.array([0.9])
    assert set(document_metrics(["a"], ["a"], sure, LABELS)) == {"accuracy", "macro_f1", "ece"}
    assert "oos_recall" not in document_metrics(["a"], ["a"], sure, LABELS, "oos")
    assert "in_scope_accuracy" not in document_metrics(["oos"], ["a"], sure, LABELS, "oos")


@pytest.mark.parametrize("seed", range(8))
def test_documents_agree_with_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    gold, predicted, confidence = random_documents(seed, rows=30 + 50 * seed)
    found = document_metrics(gold, predicted, confidence, LABELS, "oos")
    assert found["accuracy"].value == pytest.approx(metrics.accuracy_score(gold, predicted))
    assert found["macro_f1"].value == pytest.approx(metrics.f1_score(gold, predicted, average="macro", zero_division=0))
    inside = [i for i, label in enumerate(gold) if label != "oos"]
    assert found["in_scope_accuracy"].value == pytest.approx(np.mean([gold[i] == predicted[i] for i in inside]))
    recall = metrics.recall_score(gold, predicted, labels=["oos"], average=None, zero_division=0)[0]
    assert found["oos_recall"].value == pytest.approx(recall)
    table = per_label(document_counts(gold, predicted, LABELS))
    expected = metrics.classification_report(gold, predicted, labels=LABELS, output_dict=True, zero_division=0)
    for label in LABELS:
        assert list(table[label].values()) == pytest.approx(list(expected[label].values()))


def test_one_label_right_of_two_that_never_were_gold():
    counts = document_counts(["a", "a"], ["b", "a"], ["a", "b", "c"])
    assert counts.values.sum(axis=0).tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    table = per_label(counts)
    assert table["b"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert table["c"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert macro_f1(counts.values.sum(axis=0)) == pytest.approx(1 / 3)  # a 2/3, b 0
    assert micro_f1(counts.values.sum(axis=0)) == pytest.approx(0.5)


def test_label_sets_by_hand():
    gold = [{"a", "b"}, set(), {"c"}, {"a"}]
    predicted = [["a"], [], ["c", "b"], ["a"]]
    found = label_set_metrics(gold, predicted, ["a", "b", "c", "d"])
    assert found["exact_match"].value == 0.5  # the empty set, and {"a"}
    assert found["micro_f1"].value == pytest.approx(2 * 3 / (2 * 3 + 1 + 1))
    assert found["macro_f1"].value == pytest.approx((1 + 0 + 1) / 3)
    assert "ece" not in found


@pytest.mark.parametrize("seed", range(6))
def test_label_sets_agree_with_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(seed)
    labels = ["a", "b", "c", "d", "e"]
    probabilities = generator.random((80, 5))
    truth = generator.random((80, 5)) < probabilities**2
    truth[0] = True  # every label occurs: scikit-learn averages over all columns
    guess = probabilities >= 0.5
    gold, predicted = ([{labels[i] for i in np.flatnonzero(row)} for row in rows] for rows in (truth, guess))
    found = label_set_metrics(gold, predicted, labels, probabilities)
    assert found["micro_f1"].value == pytest.approx(metrics.f1_score(truth, guess, average="micro"))
    assert found["macro_f1"].value == pytest.approx(metrics.f1_score(truth, guess, average="macro", zero_division=0))
    assert found["exact_match"].value == pytest.approx(metrics.accuracy_score(truth, guess))
    assert found["ece"].value == pytest.approx(ece(probabilities.ravel(), truth.ravel()))
    table = per_label(label_set_counts(gold, predicted, labels))
    expected = metrics.precision_recall_fscore_support(truth, guess, zero_division=0)
    assert [list(row.values()) for row in table.values()] == [pytest.approx(row) for row in zip(*expected, strict=True)]


def test_ece_by_hand():
    confidence = np.array([0.9, 0.6, 0.8, 0.7])
    correct = np.array([1, 0, 0, 1])
    # two bins: {.6, .7} means .65 with 1 of 2 right; {.8, .9} means .85 with 1 of 2 right
    assert ece(confidence, correct, bins=2) == pytest.approx((2 * 0.15 + 2 * 0.35) / 4)
    assert ece(np.zeros(0), np.zeros(0)) == 0.0


def test_ece_without_ties_has_bins_of_equal_mass():
    generator = np.random.default_rng(1)
    confidence, correct = generator.permutation(300) / 300, generator.random(300) < 0.5
    order = np.argsort(confidence)
    gaps = [abs(confidence[part].mean() - correct[part].mean()) for part in np.array_split(order, 15)]
    assert ece(confidence, correct) == pytest.approx(np.mean(gaps))
    assert [point.rows for point in reliability(confidence, correct)] == [20] * 15


def test_ties_share_a_bin_whatever_the_order_of_rows():
    generator = np.random.default_rng(2)
    confidence, correct = generator.choice([0.3, 0.5, 0.5, 0.9], 200), generator.random(200) < 0.5
    values = set()
    for _ in range(5):
        order = generator.permutation(200)
        values.add(round(ece(confidence[order], correct[order]), 12))
        assert [point.low for point in reliability(confidence[order], correct[order])] == [0.3, 0.5, 0.9]
    assert len(values) == 1


def test_reliability_adds_up_to_ece():
    generator = np.random.default_rng(3)
    confidence = generator.random(501)
    correct = generator.random(501) < confidence
    points = reliability(confidence, correct)
    assert sum(point.rows for point in points) == 501
    gap = sum(point.rows * abs(point.confidence - point.accuracy.value) for point in points) / 501
    assert gap == pytest.approx(ece(confidence, correct))
    assert all(point.low <= point.confidence <= point.high for point in points)
    assert all(before.high < after.low for before, after in pairwise(points))


def test_the_interval_of_a_calibrated_models_ece_reaches_down_to_little():
    generator = np.random.default_rng(4)
    confidence = generator.uniform(0.6, 1, 3000)
    right = generator.random(3000) < confidence
    gold = ["a"] * 3000
    found = document_metrics(gold, np.where(right, "a", "b").tolist(), confidence, ["a", "b"])["ece"]
    assert found.value == pytest.approx(ece(confidence, right))
    assert found.low < 0.005 < found.value  # the truth is 0; a percentile interval would lie above the value
    assert found.high < 0.04


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: document_metrics([], [], np.zeros(0), ["a"]), "at least one row"),
        (lambda: document_metrics(["a"], ["z"], np.ones(1), ["a"]), r"got also \['z'\]"),
        (lambda: document_metrics(["a"], ["a", "a"], np.ones(1), ["a"]), "same rows"),
        (lambda: document_metrics(["a"], ["a"], np.ones(2), ["a"]), "same rows"),
        (lambda: label_set_metrics([{"a"}], [{"b"}], ["a"]), "got also"),
        (lambda: ece(np.array([0.2, np.nan]), np.ones(2)), "from 0 to 1"),
        (lambda: ece(np.array([3.2]), np.ones(1)), "not logits"),
        (lambda: reliability(np.ones(2), np.ones(3)), "same rows"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_reason(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.slow
def test_five_thousand_rows_of_151_labels_take_seconds_at_most():
    labels = [f"intent {i}" for i in range(151)]
    gold, predicted, confidence = random_documents(1, 5500, labels)
    start = time.perf_counter()
    document_metrics(gold, predicted, confidence, labels, labels[0])
    assert time.perf_counter() - start < 5
