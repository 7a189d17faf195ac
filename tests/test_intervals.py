"""Bootstrap intervals: they hold their value, repeat, and cover the truth about as often as they say."""

import numpy as np
import pytest

from headwater import intervals
from headwater.errors import InputError
from headwater.intervals import bootstrap, poisson, resampled_sums, wilson


def accuracy(right):
    right = np.asarray(right, dtype=float)
    columns = {"right": right, "rows": np.ones(len(right))}
    return bootstrap(columns, {"accuracy": lambda sums: sums["right"] / sums["rows"]})["accuracy"]


def test_a_resample_draws_as_many_rows_as_there_are_and_columns_share_the_draws():
    sums = resampled_sums({"one": np.ones(7), "row": np.arange(14).reshape(7, 2)})
    assert sums["one"].shape == (1000,)
    assert sums["row"].shape == (1000, 2)
    assert (sums["one"] == 7).all()
    assert (sums["row"][:, 1] - sums["row"][:, 0] == 7).all()  # 2i + 1 - 2i, seven times, if the draws are the same


def test_the_draws_do_not_depend_on_how_many_are_held_at_a_time(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(50, 3))
    at_once = resampled_sums({"x": rows})["x"]
    monkeypatch.setattr(intervals, "CELLS", 120)  # two draws at a time
    # Nearly: a matrix product of two rows is summed in another order on some processors.
    assert np.allclose(resampled_sums({"x": rows})["x"], at_once, rtol=1e-12, atol=1e-12)


def test_a_column_without_width_is_kept():
    assert resampled_sums({"x": np.zeros((4, 0, 3))})["x"].shape == (1000, 0, 3)


def test_the_interval_of_a_share_is_about_the_normal_one_and_repeats():
    right = np.arange(1000) < 900
    found = accuracy(right)
    half = 1.96 * (0.9 * 0.1 / 1000) ** 0.5
    assert found.value == 0.9
    assert (found.low, found.high) == pytest.approx((0.9 - half, 0.9 + half), abs=0.002)
    assert accuracy(right) == found


def test_where_all_rows_agree_the_interval_is_a_point():
    assert accuracy([1, 1, 1]) == intervals.Interval(1.0, 1.0, 1.0)


def test_intervals_cover_the_truth():
    generator = np.random.default_rng(5)
    draws = generator.random((200, 300)) < 0.8
    held = sum(found.low <= 0.8 <= found.high for found in map(accuracy, draws))
    assert 180 <= held <= 199  # 95 % of 200 is 190; binomial noise is 3.1, the bootstrap's own shortfall about 1 %


def test_draws_without_the_rows_in_question_do_not_count():
    rows = np.array([1.0, 0.0, 0.0])  # missing from 30 % of the draws
    columns = {"right": rows, "rows": rows}
    with np.errstate(invalid="ignore"):
        found = bootstrap(columns, {"recall": lambda sums: sums["right"] / sums["rows"]})["recall"]
    assert found == intervals.Interval(1.0, 1.0, 1.0)


def test_no_rows_are_refused():
    with pytest.raises(InputError, match="at least one row"):
        accuracy([])


def test_wilson_by_hand():
    # 0 of 10: z^2 / (n + z^2) = 3.8415 / 13.8415
    assert wilson(0, 10).high == pytest.approx(3.841459 / 13.841459, abs=1e-6)
    assert wilson(0, 10).low == 0.0
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(37, 50).proportion_ci(method="wilson")
    found = wilson(37, 50)
    assert (found.value, found.low, found.high) == pytest.approx((0.74, expected.low, expected.high))


def test_poisson_rates_keep_close_to_the_exact_limits():
    stats = pytest.importorskip("scipy.stats")
    assert poisson(0, 2.0).low == 0.0
    assert poisson(0, 2.0).high == pytest.approx(stats.chi2.ppf(0.975, 2) / 2 / 2.0, rel=0.01)
    for count in (5, 9, 250):
        found = poisson(count, 4.0)
        exact = [stats.chi2.ppf(0.025, 2 * count) / 2, stats.chi2.ppf(0.975, 2 * count + 2) / 2]  # Garwood 1936
        assert (found.low * 4, found.high * 4) == pytest.approx(exact, rel=0.02)
        assert found.value == count / 4
