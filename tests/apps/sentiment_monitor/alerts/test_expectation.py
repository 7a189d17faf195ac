from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sentiment_monitor.alerts.expectation import HOURS, LEARNING, Baseline, fit
from sentiment_monitor.alerts.profile import profile

END = datetime(2026, 11, 9, tzinfo=UTC)  # a Monday, 0 h
WINDOWS = (2, 6, 24)


def fitted(counts: np.ndarray, known: np.ndarray | None = None) -> Baseline:
    baseline = fit([f"v{i}" for i in range(len(counts))], counts, counts.sum(axis=0) if known is None else known, END, WINDOWS)  # fmt: skip
    assert baseline is not None
    return baseline


def poisson(mean: float, values: int = 20, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).poisson(mean, (values, HOURS)).astype(float)


def test_a_steady_rate_is_expected_again() -> None:
    baseline = fitted(np.full((3, HOURS), 2.0))
    for hours in WINDOWS:
        assert baseline.expect("v1", END + timedelta(hours=30, minutes=25), hours).expected == pytest.approx(2 * hours, rel=0.01)  # fmt: skip


def test_the_window_knows_its_hours_of_the_day_and_its_day_of_the_week() -> None:
    counts = np.zeros((4, HOURS))
    moments = [END + timedelta(hours=hour - HOURS) for hour in range(HOURS)]
    counts[:, [i for i, m in enumerate(moments) if m.hour in (9, 10) and m.weekday() < 5]] = 10
    baseline = fitted(counts)
    busy, quiet = END + timedelta(days=2, hours=11), END + timedelta(days=2, hours=20)
    assert baseline.expect("v0", busy, 2).expected == pytest.approx(20, rel=0.15)  # factors of 17, drawn to 1
    assert baseline.expect("v0", quiet, 2).expected < 0.5
    assert baseline.expect("v0", END + timedelta(days=6, hours=11), 2).expected < 3  # a Sunday
    half = baseline.expect("v0", END + timedelta(days=2, hours=10), 2).expected  # 8 to 10 h: one of the two
    assert half == pytest.approx(10, rel=0.15)
    assert baseline.expect("v0", END + timedelta(days=2, hours=9, minutes=30), 2).expected == pytest.approx(5, rel=0.2)


def test_few_stories_make_no_profile() -> None:
    stories, exposure = np.zeros((1, 168)), np.full((1, 168), 8.0)
    stories[0, 9] = 2
    level, factors = profile(stories, exposure)
    assert level[0] == pytest.approx(2 / (8 * 168), rel=0.3)
    assert 1 < factors[0, 9] < 1.7  # twice in eight weeks says little


def test_counts_of_chance_have_the_tails_they_should() -> None:
    counts = poisson(0.5, values=60)
    baseline = fitted(counts)
    again = np.random.default_rng(9).poisson(0.5 * 24, 4000)
    chances = np.array([baseline.expect(f"v{i % 60}", END + timedelta(days=3), 24).chance(int(n)) for i, n in enumerate(again)])  # fmt: skip
    assert (chances < 0.01).mean() < 0.015
    assert 0.3 < (chances < 0.5).mean() < 0.6
    assert np.median(baseline.dispersion[24]) < 0.03  # Poisson's counts have none


def test_scatter_makes_surprise_rarer() -> None:
    random = np.random.default_rng(4)
    calm = fitted(poisson(0.5))
    wild = fitted(random.poisson(0.5 * np.repeat(random.gamma(1.0, 1.0, (20, HOURS // 24)), 24, axis=1)).astype(float))
    moment = END + timedelta(days=3)
    assert 0.6 < np.median(wild.dispersion[24]) < 1.4  # its days have a relative variance of 1
    assert wild.expect("v0", moment, 24).chance(30) > 1000 * calm.expect("v0", moment, 24).chance(30)


def test_a_past_outbreak_hardly_raises_what_is_expected() -> None:
    counts = poisson(0.5)
    quiet = fitted(counts).expect("v0", END + timedelta(days=3), 24).expected
    counts[0, -300:-276] += 20  # 480 stories in a day of 12
    after = fitted(counts).expect("v0", END + timedelta(days=3), 24).expected
    naive = quiet * counts[0].mean() / (counts[0].mean() - 480 / HOURS)
    assert naive > 1.6 * quiet
    assert after < 1.1 * quiet


def test_a_value_that_history_does_not_know_is_rare_and_doubtful() -> None:
    baseline = fitted(poisson(0.5))
    new, known = (baseline.expect(value, END + timedelta(days=3), 24) for value in ("new", "v0"))
    assert new.expected < 0.1 * known.expected
    assert new.size < 1 < known.size
    assert new.chance(1) < 0.5


def test_history_begins_with_its_first_story_and_a_week_is_needed() -> None:
    counts = np.zeros((2, HOURS))
    counts[:, -LEARNING - 24 :] = 1
    assert fitted(counts).expect("v0", END + timedelta(days=3), 6).expected == pytest.approx(6, rel=0.05)
    counts[:, : -LEARNING + 1] = 0
    assert fit(["a", "b"], counts, counts.sum(axis=0), END, WINDOWS) is None
    assert fit(["a", "b"], 0 * counts, 0 * counts.sum(axis=0), END, WINDOWS) is None


def test_days_of_an_outage_do_not_count() -> None:
    counts = np.full((2, HOURS), 2.0)
    counts[:, -24 * 8 : -24 * 4] = 0
    assert fitted(counts).expect("v0", END + timedelta(days=3), 6).expected == pytest.approx(12, rel=0.02)
    sparse = counts / 10  # ten stories a day: there a day without any may be one
    assert fitted(sparse).expect("v0", END + timedelta(days=3), 6).expected < 1.19


def test_all_rows_at_once_are_the_rows_by_themselves() -> None:
    baseline = fitted(poisson(0.5))
    moment = END + timedelta(days=3, hours=7, minutes=35)
    means = baseline.expected(moment, 6)
    assert len(means) == 21
    assert [baseline.expect(f"v{i}", moment, 6).expected for i in range(20)] == pytest.approx(means[:20])
