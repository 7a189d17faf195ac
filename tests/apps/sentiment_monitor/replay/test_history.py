from datetime import UTC, datetime, timedelta

import pytest

from headwater.errors import InputError
from sentiment_monitor.replay.history import Event, History, micros, moment

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def event(hours: float, seen: float, value: str = "Energy", story: int = 1) -> Event:
    at = NOON + timedelta(hours=hours)
    return Event(at, at + timedelta(hours=seen), "topic", value, "negative", story)


def test_a_history_stands_in_the_order_in_which_it_was_seen():
    history = History.of_events([event(2, 0.1, story=2), event(0, 9, story=1), event(1, 0, "Banking", 3)])
    assert history.story.tolist() == [3, 2, 1]
    assert [history.series[of] for of in history.of] == [("topic", "Banking"), ("topic", "Energy"), ("topic", "Energy")]
    assert (history.start, history.end) == (NOON + timedelta(hours=1), NOON + timedelta(hours=9))


def test_moments_are_exact_both_ways():
    odd = NOON + timedelta(microseconds=1)
    assert moment(micros(odd)) == odd
    assert micros(odd) - micros(NOON) == 1


def test_an_empty_history_is_refused():
    with pytest.raises(InputError, match="at least one story"):
        History.of_events([])
