"""The paired test: published and worked cases, a reference score by brute force, and how often it errs."""

import numpy as np
import pytest

from headwater.comparison import not_inferior, paired_difference, tango_low, tango_score
from headwater.errors import InputError
from headwater.metrics import Counts, document_counts
from headwater.span_metrics import span_counts
from headwater.spans import Span


def test_tango_1998_soft_contact_lenses():
    # 44 pairs, 43 agree and 1 is lost; margin 0.1: Z = 1.709, 90 % interval from -0.096
    assert tango_score(0, 1, 44, -0.1) == pytest.approx(1.709, abs=5e-4)
    assert tango_low(0, 1, 44, 0.05) == pytest.approx(-0.096, abs=5e-4)


def test_no_discordant_row_by_hand():
    z2 = 1.6448536**2
    assert tango_low(0, 0, 100, 0.05) == pytest.approx(-z2 / (100 + z2), abs=1e-7)


@pytest.mark.parametrize(("wins", "losses", "rows"), [(3, 9, 100), (0, 4, 50), (12, 2, 50), (7, 7, 3000), (0, 1, 5)])
def test_the_score_agrees_with_a_search_for_the_likeliest_loss_rate(wins, losses, rows):
    for delta in (-0.3, -0.1, -0.02, 0.05, 0.2):
        loss = np.linspace(max(0, -delta), (1 - delta) / 2, 400_001)[1:-1]
        with np.errstate(divide="ignore"):
            likelihood = (rows - wins - losses) * np.log1p(-2 * loss - delta)
            likelihood += wins * np.log(loss + delta) if wins else 0
            likelihood += losses * np.log(loss) if losses else 0
        best = loss[likelihood.argmax()]
        score = (wins - losses - rows * delta) / np.sqrt(rows * (2 * best + delta - delta**2))
        assert tango_score(wins, losses, rows, delta) == pytest.approx(score, abs=2e-3, rel=2e-3)


def test_rows_right_or_wrong():
    reference = np.ones(1000, dtype=int)
    candidate = reference.copy()
    candidate[:4] = 0
    found = not_inferior(reference, candidate, margin=0.005)
    assert found.difference == pytest.approx(-0.004)
    assert not found.passed  # 4 of 1,000 lost may be 8 or more of 1,000 in truth
    assert found.low == pytest.approx(tango_low(0, 4, 1000, 0.05))
    assert not_inferior(reference, candidate, margin=0.01).passed
    assert not_inferior(candidate, reference, margin=0.005).passed
    assert not_inferior(candidate.astype(bool), reference.astype(bool), margin=0.005).difference > 0


def test_a_test_set_too_small_to_tell_does_not_pass():
    for rows, passed in ((100, False), (1000, True)):
        right = np.ones(rows, dtype=int)
        assert not_inferior(right, right, margin=0.005).passed is passed
        spans = [[Span(0, 3, "PER")]] * rows
        counts = span_counts(spans, spans)
        found = not_inferior(counts, counts, margin=0.005)
        assert found.difference == 0
        assert found.passed is passed


def test_the_f1_of_counts_by_hand():
    gold = [[Span(0, 3, "PER"), Span(4, 7, "LOC")]] * 50
    reference = [[Span(0, 3, "PER"), Span(4, 7, "LOC")]] * 50
    candidate = [[Span(0, 3, "PER")]] * 10 + reference[10:]
    old, new = span_counts(gold, reference), span_counts(gold, candidate)
    difference, low = paired_difference(old, new)
    assert difference == pytest.approx(2 * 90 / (2 * 90 + 10) - 1)
    assert -0.12 < low < difference
    macro, _ = paired_difference(old, new, average="macro")
    assert macro == pytest.approx((80 / 90 + 1) / 2 - 1)


def test_types_that_only_one_of_both_found_are_lined_up():
    gold = [[Span(0, 3, "PER")]] * 40
    odd = span_counts(gold, [[Span(0, 3, "AGE")], *gold[1:]])
    assert paired_difference(span_counts(gold, gold), odd, average="macro")[0] == pytest.approx((78 / 79 + 0) / 2 - 1)


def test_labels_that_never_occur_change_nothing():
    generator = np.random.default_rng(0)
    gold = generator.choice(["a", "b"], 300).tolist()
    predicted = generator.choice(["a", "b"], 300).tolist()
    narrow = document_counts(gold, gold, ["a", "b"]), document_counts(gold, predicted, ["a", "b"])
    labels = ["a", "b", *(f"unused {i}" for i in range(20))]
    wide = document_counts(gold, gold, labels), document_counts(gold, predicted, labels)
    for average in ("micro", "macro"):
        assert paired_difference(*narrow, average=average) == pytest.approx(paired_difference(*wide, average=average))


def test_pairing_tells_what_two_separate_intervals_cannot():
    generator = np.random.default_rng(1)
    reference = (generator.random(3000) < 0.93).astype(int)  # either interval alone is 0.9 points wide each side
    candidate = reference.copy()
    candidate[generator.choice(np.flatnonzero(reference), 5, replace=False)] = 0
    assert not_inferior(reference, candidate, margin=0.005).passed


@pytest.mark.parametrize(("wins", "losses"), [(0.00, 0.01), (0.01, 0.02)])
def test_a_candidate_that_is_worse_by_the_margin_passes_as_rarely_as_it_says(wins, losses):
    generator = np.random.default_rng(2)
    drawn = generator.multinomial(1500, [wins, losses, 1 - wins - losses], size=1000)
    passed = sum(tango_low(int(won), int(lost), 1500, 0.05) > -0.01 for won, lost, _ in drawn)
    assert passed <= 72  # 50 + 3.2 standard deviations of 6.9


def test_the_bootstrap_of_f1_errs_as_rarely_as_it_says():
    generator = np.random.default_rng(3)
    passed = 0
    for _ in range(120):
        spans = generator.poisson(1.6, 400)
        lost = generator.binomial(spans, 0.04)  # F1 2 x .96 / 1.96 = 0.9796 against 1: worse by 2.04 points
        zero = np.zeros_like(spans)
        old = Counts(("X",), np.stack([spans, zero, zero], axis=-1)[:, None])
        new = Counts(("X",), np.stack([spans - lost, zero, lost], axis=-1)[:, None])
        passed += not_inferior(old, new, margin=1 - 1.92 / 1.96).passed
    assert passed <= 13  # 6 + 3 standard deviations of 2.4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: not_inferior(np.ones(3), np.ones(3), margin=0), "above 0"),
        (lambda: not_inferior(np.ones(3), np.ones(4), margin=0.1), "same rows"),
        (lambda: not_inferior(np.ones(0), np.ones(0), margin=0.1), "one or more"),
        (lambda: not_inferior(np.full(3, 0.5), np.ones(3), margin=0.1), "0 or 1"),
        (lambda: paired_difference(span_counts([[]], [[]]), span_counts([[], []], [[], []])), "got 1 and 2"),
        (lambda: paired_difference(span_counts([[]], [[]]), span_counts([[]], [[]]), average="mean"), "macro, micro"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_reason(call, message):
    with pytest.raises(InputError, match=message):
        call()
