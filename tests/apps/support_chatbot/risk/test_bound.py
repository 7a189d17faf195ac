"""The bound on real questions: halvings of Banking77's and CLINC150's test rows, and what ships."""

import json
from pathlib import Path

import numpy as np
import pytest

import support_chatbot
import tests.benchmarks.risk_bound as tool
from headwater.bundle import open_description
from support_chatbot.risk.curve import ARRAYS, check_bundle, read_risk
from support_chatbot.risk.thresholds import DELTA, answer_threshold, provable

ROOT = Path(__file__).resolve().parents[4]
SHIPPED = Path(support_chatbot.__file__).parent / "northmere" / "risk.json"
NOISE = 13  # 3 standard deviations of 200 at 0.1: 3 x sqrt(18)


@pytest.fixture(scope="module")
def curve():
    return tool.held_out()


def test_what_ships_is_of_the_bundle_that_ships():
    bundle = open_description(ROOT / "models" / "support-intent" / "bundle")
    shipped = read_risk(SHIPPED)
    check_bundle(shipped, bundle.digest, bundle.default_variant("cpu"))
    assert (len(shipped), int(shipped.outside.sum())) == (4080, 1000)
    assert SHIPPED.stat().st_size < 150_000


def test_what_ships_proves_what_is_said_of_it():
    shipped = read_risk(SHIPPED)
    assert provable(shipped) == 0.011
    coverage = {risk: shipped.answered(answer_threshold(shipped, risk)).mean() for risk in (0.02, 0.05, 0.10)}
    assert list(coverage.values()) == sorted(coverage.values())
    assert coverage[0.02] > 0.6


@pytest.mark.data
def test_what_ships_is_what_the_bundle_does(curve):
    shipped = read_risk(SHIPPED)
    assert (np.abs(shipped.top - curve.top) <= 50).mean() > 0.99  # arithmetic differs by processor
    for name in ARRAYS[2:]:
        assert abs(int(getattr(shipped, name).sum()) - int(getattr(curve, name).sum())) <= 10


@pytest.mark.data
@pytest.mark.parametrize("risk", [0.01, 0.02, 0.05, 0.10])
def test_the_risk_is_exceeded_no_more_often_than_stated(curve, risk):
    found = tool.halved(curve, risk)
    assert found["times"] == 200
    assert found["exceeded"]["population"] <= DELTA * 200 + NOISE
    assert found["exceeded"]["other_half"] <= DELTA * 200 + NOISE
    assert tool.drawn(curve, risk)["exceeded"]["population"] <= DELTA * 200 + NOISE
    assert risk < 0.05 or found["proved"] == 200  # so that the counts are of something


@pytest.mark.data
def test_asking_in_vain_is_no_more_often_than_stated(curve):
    found = tool.drawn(curve, 0.03, ask=True)
    assert found["proved"] > 150
    assert found["exceeded"]["population"] <= DELTA * 200 + NOISE


@pytest.mark.data
def test_a_bound_that_is_none_would_be_caught(curve):
    """The threshold at which the half itself has the risk, without a bound, exceeds it about every other time."""
    draw, exceeded = np.random.default_rng(0), 0
    for _ in range(100):
        seen = curve.take(draw.permutation(len(curve))[:2040])
        levels = np.unique(seen.top)[::-1] / 10_000
        risks = [(wrong / met if met else 0.0) for wrong, met in (tool.errors(seen, level) for level in levels[::20])]
        level = levels[::20][np.flatnonzero(np.array(risks) <= 0.05)[-1]]
        wrong, met = tool.errors(curve, level)
        exceeded += wrong > 0.05 * met
    assert exceeded > 100 * DELTA + 9


def test_the_figures_that_were_saved_hold():
    saved = json.loads((ROOT / "tests" / "benchmarks" / "results" / "risk_bound.json").read_text())
    counts = [
        entry["exceeded"]["population"]
        for population in saved["populations"].values()
        for kinds in population["risks"].values()
        for entry in kinds.values()
    ]
    assert len(counts) == 2 * len(tool.RISKS) * 4
    assert max(counts) <= DELTA * 200 + NOISE
