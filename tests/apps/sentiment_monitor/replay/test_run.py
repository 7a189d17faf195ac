"""A replay tells what the live alerts tell, catches what was laid in, and keeps a budget."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headwater.errors import InputError
from sentiment_monitor import lab
from sentiment_monitor.alerts.alarm import Alerts
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.replay.budget import Budget, chances, read_budget, within
from sentiment_monitor.replay.history import Event, History, moment
from sentiment_monitor.replay.report import catches, report
from sentiment_monitor.replay.run import replay, told, trace
from sentiment_monitor.replay.shown import Shown, ticks
from tests.apps.sentiment_monitor.replay.conftest import ONSET, START, SURGE, hummed

RULE = Rule("topics", "topic", chance=1e-6)


@pytest.fixture(scope="module")
def traced(history):
    return trace(history, [RULE])


def test_what_is_told_is_what_the_alerts_tell_tick_by_tick(history, traced):
    alerts, shown, opened = Alerts([RULE]), Shown(history), []
    for now in ticks(history):
        shown.see(now)
        opened += [change.alert for change in alerts.tick(now, shown) if change.kind == "opened"]
    found = told(traced, [RULE])
    assert [(one.target, one.opened) for one in found] == [(one.target, one.opened) for one in opened]
    assert found


def test_a_surge_is_caught_with_its_delay(history):
    found = replay(history, [RULE], [SURGE])
    (caught,) = found.caught
    assert caught.alert is not None and caught.alert.value == "Energy"
    assert timedelta() < caught.delay < timedelta(hours=3)
    assert found.recall.value == 1.0 and found.recall_by_factor[6.0].value == 1.0
    assert found.delay.value == pytest.approx(caught.delay / timedelta(hours=1))
    assert found.precision.value == 1 - len(found.false) / len(found.alerts)


def test_without_known_surges_nothing_is_right_nor_wrong(history):
    found = replay(history, [RULE])
    assert found.precision is found.recall is found.delay is None
    months = (found.end - found.start) / timedelta(days=30)
    assert found.false_a_month["topics"].value == pytest.approx(len(found.alerts) / months / 2)  # two topics


def test_nothing_is_told_before_there_is_something_to_learn_from(history, traced):
    assert timedelta(days=9) <= traced.ticks[0] - START < timedelta(days=10)  # a week, a day of windows, a day of guard
    with pytest.raises(InputError, match="over ten days"):
        trace(hummed(days=5, surge=False), [RULE])


def test_looser_rules_are_decided_on_the_same_trace(traced):
    strict, loose = (told(traced, [replace(RULE, chance=chance)]) for chance in (1e-12, 1e-3))
    assert len(strict) < len(loose)


def test_a_budget_is_kept_and_used(traced):
    for text, allowed in (("3 false alarms a week per topic", 3 * 2 / 7), ("2 false alarms a month", 2 / 30)):
        found = chances(traced, [RULE], read_budget(text), [SURGE])
        (rule,) = within([RULE], found)
        days = (traced.ticks[-1] - traced.ticks[0]) / timedelta(days=1)
        assert len(catches(told(traced, [rule]), [SURGE])[1]) <= allowed * days
        if rule.chance < 1e-3:
            looser = told(traced, [replace(rule, chance=rule.chance * 10 ** (1 / 8))])
            assert len(catches(looser, [SURGE])[1]) > allowed * days


def test_a_budget_for_what_no_rule_watches_is_refused(traced):
    with pytest.raises(InputError, match="per company"):
        chances(traced, [RULE], Budget(1, timedelta(days=30), "company"))


@pytest.mark.parametrize("text", ["", "1 a month", "0 false alarms a month", "1 false alarm a month per planet"])
def test_a_budget_that_says_nothing_is_refused(text):
    with pytest.raises(InputError, match="1 false alarm a month per topic"):
        read_budget(text)


def test_budgets_as_people_write_them():
    assert read_budget("2.5 False alarms per week per company.") == Budget(2.5, timedelta(days=7), "company")
    assert read_budget("1 false alarm a day") == Budget(1.0, timedelta(days=1))


def test_an_alert_before_a_surge_catches_nothing_and_one_long_after_neither(traced):
    alert = told(traced, [RULE])[0]
    times = (-1, 0, 3, 14, 14.01)  # hours from the onset; the surge takes twelve, and two more are given
    alerts = [replace(alert, value="Energy", opened=ONSET + timedelta(hours=hours)) for hours in times]
    caught, false = catches(alerts, [SURGE])
    assert caught[0].alert == alerts[1] and false == [alerts[0], alerts[4]]
    assert catches([replace(alerts[1], value="Banking")], [SURGE])[0][0].alert is None


def test_a_story_that_was_seen_too_late_raises_no_alert(history):
    late = [
        Event(ONSET - timedelta(days=2), ONSET + timedelta(days=2), "topic", "Banking", "negative", 10_000 + n)
        for n in range(60)
    ]
    rows = [
        Event(*moments, *history.series[of], kind, story)
        for moments, of, kind, story in zip(*_columns(history), strict=True)
    ]
    both = (told(trace(each, [RULE]), [RULE]) for each in (History.of_events(rows), History.of_events(rows + late)))
    first, second = ([(one.target, one.opened) for one in each] for each in both)
    assert first == second


def _columns(history):
    moments = [(moment(at), moment(seen)) for at, seen in zip(history.at, history.seen, strict=True)]
    return moments, history.of, [SENTIMENTS[kind] for kind in history.sentiment], history.story.tolist()


def test_days_that_were_only_learnt_from_are_told_from_those_that_were_replayed() -> None:
    end = datetime(2026, 11, 12, 12, tzinfo=UTC)
    made = report([], [], {}, end - timedelta(days=14, hours=6), end, [])
    assert lab.days(made, end - timedelta(days=30)) == (14, 30)
    assert lab.days(made, end - timedelta(days=14, hours=6)) == (14, 14)
    assert lab.days(made, end - timedelta(hours=3)) == (1, 1)
