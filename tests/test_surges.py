"""The made history is what its parameters say, and surges lie upon an unchanged background."""

import numpy as np
import pytest

from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.replay.history import HOUR, micros
from tests.benchmarks.surges import START, Parameters, draw

NEGATIVE = SENTIMENTS.index("negative")


@pytest.fixture(scope="module")
def drawn():
    return draw(7)


@pytest.fixture(scope="module")
def calm():
    return draw(7, surges=False)


def keys(history) -> set[tuple[int, int, int, int]]:
    return set(
        zip(*(column.tolist() for column in (history.of, history.at, history.seen, history.sentiment)), strict=True)
    )


def test_one_seed_is_one_history(drawn):
    again = draw(7)
    assert np.array_equal(again.history.at, drawn.history.at) and again.surges == drawn.surges
    assert not np.array_equal(draw(8).history.at[:9], drawn.history.at[:9])


def test_surges_add_to_the_background_and_change_nothing_of_it(drawn, calm):
    extra = keys(drawn.history) - keys(calm.history)
    assert keys(calm.history) <= keys(drawn.history)
    spans = {(int(one.value[1:]), micros(one.start), micros(one.end)) for one in drawn.surges}
    assert extra and all(kind == NEGATIVE for *_, kind in extra)
    assert all(any(of == topic and start <= at < end for topic, start, end in spans) for of, at, _, _ in extra)


def test_a_surge_multiplies_by_its_factor(drawn, calm):
    for factor in Parameters().factors:
        counts = np.zeros(2)
        for one in (surge for surge in drawn.surges if surge.factor == factor):
            for side, history in enumerate((calm.history, drawn.history)):
                inside = (history.at >= micros(one.start)) & (history.at < micros(one.end))
                counts[side] += (inside & (history.sentiment == NEGATIVE) & (history.of == int(one.value[1:]))).sum()
        assert counts[1] / counts[0] == pytest.approx(factor, rel=0.15)


def test_counts_are_over_dispersed_correlated_and_seasonal(calm):
    history = calm.history
    busiest = (history.of == 11) & (history.sentiment == NEGATIVE)
    hourly = np.bincount((history.at[busiest] - micros(START)) // HOUR, minlength=180 * 24)
    daily = hourly[: 175 * 24].reshape(-1, 7, 24).sum(axis=2)
    assert daily[:, :5].mean() > 2 * daily[:, 5:].mean()
    workdays = daily[:, :5].ravel()
    assert workdays.var() / workdays.mean() > 5  # a Poisson variable has 1
    usual = np.tile(hourly[: 175 * 24].reshape(-1, 168).mean(axis=0) + 0.5, 26)[: len(hourly)]
    left = np.log((hourly + 0.5) / usual)
    assert np.corrcoef(left[:-3], left[3:])[0, 1] > 0.2


def test_nothing_is_seen_before_it_is_written_nor_surges_while_one_learns(drawn):
    assert (drawn.history.seen >= drawn.history.at).all()
    assert min((one.start - START).days for one in drawn.surges) >= Parameters().warm_up
