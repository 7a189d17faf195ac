"""Exact tests against scipy and by hand; false alarms over draws of the same; alarms where customers ask otherwise."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import support_chatbot
from headwater.errors import InputError
from support_chatbot.risk.curve import read_risk
from support_chatbot.risk.drift import FEWEST, LEVEL, MATTERS, drift, fisher, smirnov

SHIPPED = Path(support_chatbot.__file__).parent / "northmere" / "risk.json"


def test_smirnov_by_hand():
    gap, p_value = smirnov(np.array([1, 2, 3]), np.array([4, 5, 6]))
    assert (gap, p_value) == (1.0, pytest.approx(2 / 20))  # two of the 20 orders of 3 and 3 part them wholly
    assert smirnov(np.array([4, 5, 6]), np.array([1, 2, 3]))[0] == -1.0  # live is lower
    assert smirnov(np.array([1, 2]), np.array([1, 2])) == (0.0, 1.0)


def test_smirnov_counts_every_order():
    n, m = 4, 5
    draw = np.random.default_rng(1)
    gaps = []
    for places in combinations(range(n + m), n):
        mine = np.array(places)
        other = np.setdiff1d(np.arange(n + m), mine)
        gaps.append(abs(smirnov(mine, other)[0]))
    values = draw.permutation(n + m)
    gap, p_value = smirnov(values[:n], values[n:])
    assert p_value == pytest.approx(np.mean(np.array(gaps) >= abs(gap) - 1e-12))


def test_both_tests_agree_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    draw = np.random.default_rng(2)
    for n, m, apart in ((30, 50, 0.5), (60, 60, 0.1), (700, 200, 0.2)):
        one, other = draw.normal(size=n), draw.normal(apart, size=m)
        wanted = stats.ks_2samp(one, other, method="exact")
        assert abs(smirnov(one, other)[0]) == pytest.approx(wanted.statistic)
        assert smirnov(one, other)[1] == pytest.approx(wanted.pvalue, rel=1e-6)
    for table in ((3, 50, 200, 4000), (0, 10, 5, 10), (40, 50, 300, 4000), (0, 5, 0, 9)):
        hits, rows, other_hits, others = table
        wanted = stats.fisher_exact([[hits, rows - hits], [other_hits, others - other_hits]]).pvalue
        assert fisher(*table) == pytest.approx(wanted, rel=1e-6)


def halves(curve, draw, turns):
    order = draw.permutation(len(curve))
    return curve.take(order[turns : turns + 1000]), curve.take(order[:turns])


def test_false_alarms_stay_below_the_level(monkeypatch):
    for name in MATTERS:
        monkeypatch.setitem(MATTERS, name, 0.0)  # the test alone, without the effect size that holds it back further
    shipped, draw, alarms, level = read_risk(SHIPPED), np.random.default_rng(3), 0, 0.05
    for _ in range(500):
        before, now = halves(shipped, draw, 200)
        alarms += drift(before, now.confidence, now.top_outside, now.length, level=level).drifted
    assert alarms <= level * 500 + 15  # 3 standard deviations of 500 at 0.05
    assert alarms > 0


def test_a_large_sample_does_not_alarm_about_nothing():
    draw = np.random.default_rng(4)
    shipped = read_risk(SHIPPED)
    large = shipped.take(draw.integers(len(shipped), size=20_000))
    now = large.take(draw.integers(len(large), size=2000))
    nearly = np.clip(now.confidence - 0.001, 0, 1)  # more than chance, and of no matter
    found = drift(large, nearly, now.top_outside)
    (confidence, _) = found.shifts
    assert confidence.p_value < LEVEL / 2
    assert abs(confidence.effect) < MATTERS["confidence"]
    assert not found.drifted


def test_less_sure_is_drift_and_is_said():
    draw = np.random.default_rng(5)
    before, now = halves(read_risk(SHIPPED), draw, 300)
    found = drift(before, now.confidence**3, now.top_outside, now.length)
    assert found.drifted
    assert [shift.what for shift in found.shifts if shift.drifted] == ["confidence"]
    assert found.shifts[0].effect < 0
    assert not found.easier
    longer = drift(before, now.confidence, now.top_outside, now.length * 3)
    assert [(shift.what, shift.effect > 0) for shift in longer.shifts if shift.drifted] == [("length", True)]
    assert not longer.easier


def test_surer_customers_are_said_to_be_so():
    shipped = read_risk(SHIPPED)
    easy = shipped.take(np.flatnonzero(~shipped.outside)[:400])  # the surest in scope
    found = drift(shipped, easy.confidence, easy.top_outside)
    assert found.drifted
    assert found.easier


def test_too_few_turns_tell_nothing():
    shipped = read_risk(SHIPPED)
    few = shipped.take(np.arange(FEWEST - 1))
    found = drift(shipped, few.confidence, few.top_outside)
    assert (found.drifted, found.enough, found.shifts) == (False, False, ())
    assert not drift(shipped, [], []).enough


def test_only_the_last_turns_count():
    shipped = read_risk(SHIPPED)
    mixed = shipped.take(np.random.default_rng(6).integers(len(shipped), size=2000))
    old = np.full(3000, 0.2)
    found = drift(shipped, np.concatenate([old, mixed.confidence]), np.concatenate([old > 0, mixed.top_outside]))
    assert (found.turns, found.drifted) == (2000, False)


def test_lists_of_different_lengths_are_refused():
    shipped = read_risk(SHIPPED)
    with pytest.raises(InputError, match="as many of each"):
        drift(shipped, [0.5] * 60, [False] * 59)
    with pytest.raises(InputError, match="as many of each"):
        drift(replace(shipped), [0.5] * 60, [False] * 60, [1])


@pytest.mark.data
@pytest.mark.parametrize(("share", "least"), [(0.3, 0.95), (0.2, 0.9)])
def test_requests_of_another_assistant_are_noticed(share, least):
    from headwater.data.catalogue import named_rows
    from headwater.serving import load

    bundle = Path(__file__).resolve().parents[4] / "models" / "support-intent" / "bundle"
    foreign = load(bundle).predict([row.text for row in named_rows("hwu64:test")[0][:600]])
    sure = np.array([prediction.probability for prediction in foreign])
    outside = np.array([prediction.label == "oos" for prediction in foreign])
    shipped, draw, alarms = read_risk(SHIPPED), np.random.default_rng(7), 0
    for _ in range(50):
        theirs = draw.integers(len(sure), size=round(500 * share))
        ours = shipped.take(draw.integers(len(shipped), size=500 - len(theirs)))
        alarms += drift(
            shipped,
            np.concatenate([ours.confidence, sure[theirs]]),
            np.concatenate([ours.top_outside, outside[theirs]]),
        ).drifted
    assert alarms >= least * 50
