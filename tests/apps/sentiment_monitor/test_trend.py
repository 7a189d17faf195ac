from datetime import UTC, datetime

import numpy as np
import pytest

from sentiment_monitor.feed import Item
from sentiment_monitor.sample_stories import Story
from sentiment_monitor.trend import daily, net


def story(day: int, label: str) -> Story:
    return Story(Item(str(day), datetime(2026, 11, day, tzinfo=UTC), "", "", ""), label, {label: 1.0})


def test_every_day_is_there_also_an_empty_one() -> None:
    days = daily([story(1, "negative"), story(1, "positive"), story(3, "neutral")])
    assert [day.total for day in days] == [2, 0, 1]
    assert days[0].counts == {"negative": 1, "neutral": 0, "positive": 1}
    assert daily([]) == []


def test_net_sentiment_by_hand() -> None:
    value, low, high = net(negative=1, neutral=2, positive=5)
    assert value == 0.5
    assert low < value < high


@pytest.mark.parametrize("counts", [(0, 0, 1), (1, 2, 5), (20, 10, 3)])
def test_the_interval_is_that_of_the_posterior_drawn(counts: tuple[int, int, int]) -> None:
    draws = np.random.default_rng(7).dirichlet(np.add(counts, 0.5), 200_000)
    sampled = draws[:, 2] - draws[:, 0]
    _, low, high = net(*counts)
    assert low == pytest.approx(max(-1, sampled.mean() - 1.96 * sampled.std()), abs=0.01)
    assert high == pytest.approx(min(1, sampled.mean() + 1.96 * sampled.std()), abs=0.01)


def test_more_stories_make_it_narrower() -> None:
    _, low, high = net(2, 2, 2)
    _, lower, higher = net(20, 20, 20)
    assert higher - lower < (high - low) / 2
