"""The other detectors see the counts that the alerts see, and rank a surge above what is usual."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.replay.history import HOUR, History, micros, moment
from sentiment_monitor.replay.run import Trace, told
from sentiment_monitor.replay.shown import Shown, ticks
from tests.apps.sentiment_monitor.replay.conftest import ONSET, START, hummed
from tests.benchmarks import surge_detectors as tool
from tests.benchmarks.surge_replay import against, outcome, summary, weekly

RULE = Rule("topic", "topic", close=10.0, chance=1e-5)


@pytest.fixture(scope="module")
def history() -> History:
    return hummed()


@pytest.fixture(scope="module")
def like(history) -> Trace:
    return Trace(
        tuple(tick for tick in ticks(history) if tick >= START + timedelta(days=28)),
        (),
        {"topic": ("Banking", "Energy")},
    )


def test_windows_hold_what_the_alerts_are_shown(history):
    every = list(ticks(history))
    counts = {h: tool.window_counts(history, np.array([micros(tick) for tick in every]), h) for h in (2, 24)}
    shown = Shown(history, ["negative"])
    for place in range(0, len(every), 997):
        shown.see(every[place])
        for hours, found in counts.items():
            held = shown.recent("topic", every[place] - timedelta(hours=hours), every[place])
            for row, name in enumerate(("Banking", "Energy")):
                assert found[row, place] == sum(value == name for value, *_ in held)


def test_plain_z_is_mean_and_deviation_of_what_was_before():
    counts = np.random.default_rng(1).poisson(5.0, (1, 40 * 24 * tool.TICKS)).astype(float)
    last = counts.shape[1] - 1
    until = (last - tool.GUARD) // tool.TICKS
    before = counts[0, :: tool.TICKS][until - 28 * 24 : until]
    assert tool._plain(counts)[0, last] == pytest.approx((counts[0, last] - before.mean()) / before.std())
    assert tool._plain(counts)[0, 5 * 24 * tool.TICKS] == -np.inf  # too little to compare with


def test_the_usual_is_that_of_the_same_hour_of_the_week():
    hourly = np.zeros((1, 4 * tool.WEEK))
    hour = np.arange(hourly.shape[1]) // tool.TICKS % 168
    hourly[0, (hour >= 50) & (hour <= 54)] = 9.0
    mean, spread = tool.usual(hourly)
    at = 3 * tool.WEEK + 52 * tool.TICKS
    assert mean[0, at] == 9.0 and spread[0, at] == 3.0  # Poisson's, where the weeks do not differ
    assert mean[0, at + 10 * tool.TICKS] == 0.0
    assert np.isnan(mean[0, tool.WEEK // 2])


@pytest.mark.parametrize("name", sorted(tool.DETECTORS))
def test_each_detector_ranks_a_large_surge_first(history, like, name):
    found = tool.as_trace(history, RULE, like, [name])[name]
    assert found.ticks == like.ticks and len(found.found) == len(like.ticks)
    highest = max(
        (
            (one.p, value, tick)
            for tick, each in zip(found.ticks, found.found, strict=True)
            for value, one in each.get("topic", {}).items()
        ),
        key=lambda one: -one[0],
    )
    assert highest[1] == "Energy" and ONSET < highest[2] < ONSET + timedelta(hours=16)


def test_detectors_are_told_apart_by_recall_delay_and_false_alarms(history, like):
    from tests.apps.sentiment_monitor.replay.conftest import SURGE

    found = tool.as_trace(history, RULE, like, ["seasonal z"])["seasonal z"]
    ours, none = (outcome(found, [replace(RULE, chance=chance)], [SURGE]) for chance in (1e-5, 1e-200))
    assert told(found, [RULE]) and summary([ours])["6.0x"]["recall"]["value"] == 1.0
    assert summary([none])["all"]["delay"] is None
    found = against([ours], [none])
    assert found["recall"]["value"] == 1.0 and found["both"] == 0 and found["delay"] is None
    months = weekly([ours])["months"].sum()
    assert months == pytest.approx(2 * (like.ticks[-1] - like.ticks[0]) / timedelta(days=30))


@pytest.mark.data
def test_reuters_gets_surges_of_its_own_and_keeps_its_stories():
    from tests.benchmarks.reuters_dates import reuters, with_surges

    history = reuters()
    laid = with_surges(history, 1)
    assert len(history.series) >= 20 and set(history.story) <= set(laid.history.story)
    topics = [value for _, value in history.series]
    spans = [(topics.index(one.value), micros(one.start), micros(one.end)) for one in laid.surges]
    added = ~np.isin(laid.history.story, history.story)
    for of, at in zip(laid.history.of[added].tolist(), laid.history.at[added].tolist(), strict=True):
        assert any(of == topic and start <= at < end + HOUR for topic, start, end in spans), moment(at)
    assert (laid.history.sentiment == SENTIMENTS.index("negative")).all()
