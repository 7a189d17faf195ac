"""Temperatures against scipy's optimum; thresholds against exact binomial bounds and by simulating their promise."""

import numpy as np
import pytest

from headwater.calibration import (
    GRID,
    STARTS,
    binomial_cdf,
    calibrated,
    fit_label_temperature,
    fit_span_calibration,
    fit_span_temperature,
    fit_temperature,
    risk_thresholds,
)
from headwater.errors import InputError
from headwater.metrics import ece


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    shifted = np.exp(x - x.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def sampled(seed, rows=4000, labels=5, spread=2.0):
    """Logits whose softmax is the true chance of each label."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(scale=spread, size=(rows, labels))
    return logits, (logits + generator.gumbel(size=logits.shape)).argmax(axis=1)


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_the_temperature_undoes_what_was_multiplied_in(factor):
    logits, gold = sampled(0)
    assert fit_temperature(logits * factor, gold) == pytest.approx(factor * fit_temperature(logits, gold), rel=1e-6)
    assert fit_temperature(logits * factor, gold) == pytest.approx(factor, rel=0.06)


@pytest.mark.parametrize("seed", range(4))
def test_temperatures_agree_with_scipy(seed):
    optimize = pytest.importorskip("scipy.optimize")
    logits, gold = sampled(seed, rows=200)
    logits = np.float32(logits * (1 + seed))

    def single(t):
        return -np.log(softmax(logits / t)[np.arange(len(gold)), gold]).mean()

    def multi(t):
        p = sigmoid(np.where(members, 1, -1) * logits / t)
        return -np.log(p).mean()

    members = np.random.default_rng(seed).random(logits.shape) < sigmoid(logits / 3)
    for fitted, loss in ((fit_temperature(logits, gold), single), (fit_label_temperature(logits, members), multi)):
        best = optimize.minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-9}).x
        assert fitted == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_temperature_of_spans_is_found(factor):
    draw = np.random.default_rng(3)
    logits = draw.normal(scale=3, size=(4000, 2))
    chance = softmax(logits / factor).max(axis=1)  # of the likelier label: so often it is right
    correct = draw.random(4000) < chance
    found = fit_span_temperature(lambda t: (softmax(logits / t).max(axis=1), correct))
    assert found == pytest.approx(factor, rel=0.12)


def test_a_temperature_of_spans_where_nothing_is_wrong_or_nothing_found():
    assert fit_span_temperature(lambda t: (np.array([0.9, 0.8]), np.array([True, True]))) == 1.0
    assert fit_span_temperature(lambda t: (np.zeros(0), np.zeros(0, dtype=bool))) == 1.0
    assert fit_span_temperature(lambda t: (np.array([0.5 ** (1 / t)]), np.array([False]))) == 0.2


def test_a_temperature_by_hand():
    # Three of four rows right, all with a lead of 2: the best chance is 3/4, so 2 / T = log 3
    logits, gold = np.array([[2.0, 0.0]] * 4), np.array([0, 0, 0, 1])
    assert fit_temperature(logits, gold) == pytest.approx(2 / np.log(3))
    assert fit_label_temperature(logits[:, :1], np.array([[1], [1], [1], [0]])) == pytest.approx(2 / np.log(3))


def test_where_every_row_is_right_nothing_changes():
    assert fit_temperature(np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([0, 1])) == 1.0
    assert fit_label_temperature(np.array([[3.0, -1.0]]), np.array([[1, 0]])) == 1.0


def test_a_model_that_knows_nothing_is_cooled_to_the_end_of_the_range():
    logits, gold = np.array([[30.0, 0.0]] * 2), np.array([1, 1])
    assert fit_temperature(logits, gold) == pytest.approx(20.0)
    assert fit_label_temperature(logits, np.array([[0, 1], [0, 1]])) == pytest.approx(20.0)


def test_large_logits_do_not_overflow():
    with np.errstate(over="raise", invalid="raise"):
        assert fit_temperature(np.array([[1e4, 0, -1e4]] * 3), np.array([0, 0, 1])) == pytest.approx(20.0)
        assert fit_label_temperature(np.array([[1e4]] * 3), np.array([[1], [1], [0]])) == pytest.approx(20.0)


def test_a_fitted_temperature_lowers_the_calibration_error():
    logits, gold = sampled(7)
    before, after = softmax(3 * logits), softmax(3 * logits / fit_temperature(3 * logits, gold))
    right = before.argmax(axis=1) == gold
    assert ece(after.max(axis=1), right) < 0.03 < 0.1 < ece(before.max(axis=1), right)


def test_the_binomial_sum_agrees_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    cases = [(0, 0, 0.1), (0, 230, 0.01), (3, 1000, 0.01), (40, 400, 0.1), (900, 1000, 0.05), (77, 100_000, 0.001)]
    for wrong, rows, risk in cases:
        assert binomial_cdf(wrong, rows, risk) == pytest.approx(stats.binom.cdf(wrong, rows, risk), rel=1e-9)
    bound = stats.binomtest(3, 1000).proportion_ci(0.8).high  # Clopper-Pearson, one-sided 0.90
    assert binomial_cdf(3, 1000, bound) == pytest.approx(0.1)


def test_the_grid_falls_to_zero_and_its_last_threshold_is_a_start():
    assert (np.diff(GRID) < 0).all()
    assert GRID[0] == 0.9995
    assert GRID[-1] == 0.0
    assert STARTS[-1] == len(GRID) - 1
    assert len(STARTS) == 10


def test_a_model_that_is_always_right_answers_all():
    found = risk_thresholds(np.full(5000, 0.99), np.ones(5000))
    assert [(t.risk, t.threshold, t.coverage) for t in found] == [(r, 0.0, 1.0) for r in (0.01, 0.02, 0.05, 0.10)]
    assert {t.delta for t in found} == {0.10}


def test_what_cannot_be_proved_is_left_out():
    # 100 rows without an error prove at most 1 - 0.1^(1/100) = 2.3 % at the full delta
    assert [t.risk for t in risk_thresholds(np.full(100, 0.99999), np.ones(100))] == [0.05, 0.10]
    assert risk_thresholds(np.full(100, 0.9), np.zeros(100)) == ()
    assert risk_thresholds(np.zeros(0), np.zeros(0)) == ()


def test_thresholds_by_hand():
    # 1,000 rows at .95, all right; 1,000 at .6, half of them wrong
    confidence, correct = np.repeat([0.95, 0.6], 1000), np.repeat([1, 0, 1], [1000, 500, 500])
    (found,) = risk_thresholds(confidence, correct, risks=(0.05,))
    assert 0.6 < found.threshold <= 0.95
    assert found.coverage == 0.5
    assert found.threshold == min(t for t in GRID if t > 0.6)
    everything = risk_thresholds(confidence, correct, risks=(0.28,))[0]  # a quarter is wrong, 2.8 points below 28 %
    assert (everything.threshold, everything.coverage) == (0.0, 1.0)


def test_coverage_is_what_the_threshold_lets_through():
    generator = np.random.default_rng(0)
    confidence = sigmoid(generator.normal(3, 2, 3000))
    correct = generator.random(3000) < confidence
    found = risk_thresholds(confidence, correct)
    assert len(found) >= 3
    for one in found:
        answered = confidence >= one.threshold
        assert one.coverage == answered.mean()
        assert (~correct[answered]).mean() <= one.risk
    assert [one.threshold for one in found] == sorted((one.threshold for one in found), reverse=True)


def test_one_label_error_among_the_surest_does_not_end_the_search():
    confidence = np.linspace(0.9999, 0.9, 3000)
    correct = np.ones(3000)
    correct[2] = 0
    assert risk_thresholds(confidence, correct, risks=(0.02,))[0].coverage == 1.0


def honest(generator, rows):
    confidence = sigmoid(generator.normal(3.2, 2.2, rows))
    return confidence, confidence


def overconfident(generator, rows):
    lead = generator.normal(2.6, 1.8, rows)
    return sigmoid(1.6 * lead), sigmoid(lead)


def upside_down(generator, rows):
    """Risk is highest where the model is surest: what a fixed sequence that trusts confidence may not survive."""
    confidence = generator.random(rows) ** 0.1
    return confidence, np.where(confidence > 0.98, 0.93, 0.97)


def at_the_risk(generator, rows):
    """Exactly 5 % of the answers are wrong at every threshold: each pass is a violation for 5 % and less."""
    return generator.uniform(0.5, 1, rows), np.full(rows, 0.9499)


@pytest.mark.parametrize("world", [honest, overconfident, upside_down, at_the_risk])
def test_thresholds_keep_their_promise(world):
    generator = np.random.default_rng(11)
    confidence, chance = world(generator, 400_000)
    order = np.argsort(-confidence)
    true_risk = 1 - np.cumsum(chance[order]) / np.arange(1, len(order) + 1)
    violations, draws = dict.fromkeys((0.01, 0.02, 0.05, 0.10), 0), 400
    for _ in range(draws):
        rows_confidence, rows_chance = world(generator, 800)
        correct = generator.random(800) < rows_chance
        for one in risk_thresholds(rows_confidence, correct, delta=0.10):
            answered = np.searchsorted(-confidence[order], -one.threshold, side="right")
            violations[one.risk] += true_risk[answered - 1] > one.risk
    assert max(violations.values()) <= 58  # 10 % of 400 is 40; three standard deviations are 18


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=int)), "at least one row"),
        (lambda: fit_temperature(np.zeros((2, 3)), np.zeros(3, dtype=int)), "got logits"),
        (lambda: fit_temperature(np.zeros((2, 3)), np.array([0, -100])), "drop unlabelled rows"),
        (lambda: fit_temperature(np.array([[np.nan, 0.0]]), np.array([0])), "finite"),
        (lambda: fit_label_temperature(np.zeros((2, 3)), np.zeros((2, 2))), "got logits"),
        (lambda: fit_label_temperature(np.ones((1, 1)), np.array([[0.5]])), "0 or 1"),
        (lambda: risk_thresholds(np.ones(2), np.ones(3)), "per row"),
        (lambda: risk_thresholds(np.array([np.nan]), np.ones(1)), "per row"),
        (lambda: risk_thresholds(np.ones(1), np.ones(1), delta=0), "between 0 and 1"),
        (lambda: risk_thresholds(np.ones(1), np.ones(1), risks=(5,)), "between 0 and 1"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_a_reason(call, message):
    with pytest.raises(InputError, match=message):
        call()


def spans_of_a_tagger(seed, rows, power=0.5):
    """Chances, and whether each span is right: less often than its chance says, and not about 1/2 alone."""
    draw = np.random.default_rng(seed)
    chances = draw.beta(6, 0.7, size=rows)
    true = sigmoid(power * np.log(chances / (1 - chances)) - 1.0)
    return chances, draw.random(rows) < true


def test_a_line_of_spans_agrees_with_scipy():
    optimize = pytest.importorskip("scipy.optimize")
    chances, correct = spans_of_a_tagger(0, 500)
    scores = np.log(np.clip(chances, 1e-6, 1 - 1e-6) / (1 - np.clip(chances, 1e-6, 1 - 1e-6)))
    targets = np.where(correct, (correct.sum() + 1) / (correct.sum() + 2), 1 / ((~correct).sum() + 2))

    def loss(line):
        return (np.logaddexp(0, line[0] * scores + line[1]) - targets * (line[0] * scores + line[1])).sum()

    best = optimize.minimize(loss, [1.0, 0.0], tol=1e-12).x
    found = fit_span_calibration(chances, correct, 0.05)
    assert (found.slope, found.offset) == pytest.approx(best, abs=1e-4)
    assert found.smoothing == 0.05


def test_a_line_of_spans_holds_on_spans_that_it_never_saw():
    found = fit_span_calibration(*spans_of_a_tagger(1, 2000))
    assert (found.slope, found.offset) == (pytest.approx(0.5, abs=0.06), pytest.approx(-1.0, abs=0.15))
    chances, correct = spans_of_a_tagger(2, 8000)
    assert ece(chances, correct) > 0.2
    assert ece(calibrated(chances, found), correct) < 0.03
    order = np.argsort(chances)
    assert (np.diff(calibrated(chances, found)[order]) >= 0).all()  # no span overtakes another


def test_a_few_spans_make_nobody_sure():
    found = fit_span_calibration(np.array([0.9, 0.95, 0.4]), np.array([True, True, False]))
    assert 0.5 < calibrated(np.array([0.99]), found)[0] < 0.95


@pytest.mark.parametrize(
    ("chances", "correct"),
    [([], []), ([0.9, 0.8], [True, True]), ([0.9, 0.8], [False, False]), ([0.9, 0.9], [True, False]), ([0.9, 0.2], [False, True])],
)  # fmt: skip
def test_spans_that_teach_nothing(chances, correct):
    assert fit_span_calibration(np.array(chances), np.array(correct, dtype=bool)) is None
