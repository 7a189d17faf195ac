from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentiment_monitor.alerts.alarm import GUARD, TICK, Alerts, Memory, tick_of
from sentiment_monitor.alerts.expectation import HOURS
from sentiment_monitor.alerts.findings import findings
from sentiment_monitor.alerts.rule import Change, Rule
from tests.apps.sentiment_monitor.alerts.conftest import MadePast

RULE = Rule("topic", "topic", calm=1.0, cool_down=6.0)


def run(alerts: Alerts, past: MadePast, start: datetime, hours: float, *, anew: bool = False) -> list[Change]:
    """Every tick of some hours; `anew`: by another process from each half hour on, with the same book."""
    told, now = [], start
    while now <= start + timedelta(hours=hours):
        alerts = Alerts(alerts.rules, alerts.book) if anew and now.minute % 30 == 0 else alerts
        told += alerts.tick(now, past)
        now += TICK
    return told


def kinds(changes: list[Change]) -> list[tuple[str, str, int]]:
    return [(change.kind, change.alert.value, change.alert.severity) for change in changes]


def test_a_surge_opens_rises_and_ends_once(past: MadePast, noon: datetime) -> None:
    past.add("legal", noon, 14)
    told = run(Alerts([RULE]), past, noon, 30)
    assert kinds(told) == [("opened", "legal", 1), ("raised", "legal", 2), ("raised", "legal", 3), ("closed", "legal", 3)]  # fmt: skip
    opened, closed = told[0].alert, told[-1].alert
    assert noon + timedelta(minutes=15) < opened.opened < noon + timedelta(minutes=60)
    assert opened.reason["stories"] == len(opened.led) and opened.led[0] == 1000
    assert closed.reason["p"] < opened.reason["p"] <= RULE.chance
    assert closed.reason["stories"] == 14 and closed.reason["hours"] in RULE.windows
    assert timedelta(hours=24) < closed.closed - opened.opened < timedelta(hours=27)  # until the day's window is calm


def test_a_tick_again_or_in_another_process_changes_nothing(past: MadePast, noon: datetime) -> None:
    past.add("legal", noon, 14)
    alerts = Alerts([RULE])
    moment = noon + timedelta(hours=2)
    assert kinds(alerts.tick(moment, past)) == [("opened", "legal", 3)]
    assert alerts.tick(moment, past) == []
    assert Alerts([RULE], alerts.book).tick(moment, past) == []
    whole = run(Alerts([RULE]), past, noon, 30)
    assert run(Alerts([RULE]), past, noon, 30, anew=True) == whole


def test_history_ends_before_window_and_guard(past: MadePast, noon: datetime) -> None:
    alerts = Alerts([RULE])
    run(alerts, past, noon, 7)
    ends = [end for _, _, end in past.asked]
    assert ends == [noon - timedelta(hours=24) - GUARD, noon + timedelta(hours=6) - timedelta(hours=24) - GUARD]
    assert all(end - start == timedelta(hours=HOURS) for _, start, end in past.asked)


def test_the_surge_under_test_does_not_explain_itself(past: MadePast, noon: datetime) -> None:
    alone = MadePast()
    alone.add("legal", noon, 14)
    past.add("legal", noon, 14)
    past.add("legal", noon - timedelta(hours=26), 40, minutes=30)  # not in the window under test, but in the guard
    rule = replace(RULE, windows=(2,))
    moment = noon + timedelta(hours=1)
    (one,), (other,) = (Alerts([rule]).tick(moment, made) for made in (alone, past))
    assert other.alert.reason["expected"] == one.alert.reason["expected"]


def test_too_few_stories_other_sentiments_and_other_values_are_no_surge(past: MadePast, noon: datetime) -> None:
    past.add("legal", noon, 3)
    past.add("macro", noon, 14, sentiment="positive")
    past.add("credit", noon, 14)
    assert run(Alerts([replace(RULE, values=("legal", "macro"))]), past, noon, 3) == []
    assert kinds(run(Alerts([replace(RULE, values=("credit",))]), past, noon, 3))[0][:2] == ("opened", "credit")


def test_without_a_week_of_history_nothing_opens(noon: datetime) -> None:
    young = MadePast(begun=noon - timedelta(days=8))
    young.add("legal", noon, 14)
    assert run(Alerts([RULE]), young, noon, 3) == []
    assert Alerts([RULE]).tick(noon, MadePast(begun=noon)) == []


def test_after_its_end_a_target_rests_unless_it_gets_worse(past: MadePast, noon: datetime) -> None:
    rule = replace(RULE, windows=(2,), severities=(1e-3, 1e-9))
    past.add("legal", noon, 5)
    past.add("legal", noon + timedelta(hours=6), 5)  # as before, within the six hours of rest
    past.add("legal", noon + timedelta(hours=14), 5)  # as before, after them
    told = run(Alerts([rule]), past, noon, 19)
    assert [(c.kind, c.alert.opened.hour) for c in told if c.kind != "raised"] == [("opened", 12), ("closed", 12), ("opened", 2), ("closed", 2)]  # fmt: skip
    past.add("legal", noon + timedelta(hours=6, minutes=2), 12)
    told = run(Alerts([rule]), past, noon, 12)
    assert [c.alert.severity for c in told if c.alert.opened.hour == 18][:1] > [told[0].alert.severity]


def test_near_the_threshold_an_alert_does_not_flap(past: MadePast, noon: datetime) -> None:
    past.add("legal", noon, 60, minutes=20)  # goes on for 20 hours, now above and now below
    told = run(Alerts([replace(RULE, windows=(2,), chance=3e-5)]), past, noon, 30)
    assert [change.kind for change in told if change.kind != "raised"] == ["opened", "closed"]


def test_alerts_of_rules_that_are_no_more_end(past: MadePast, noon: datetime) -> None:
    past.add("legal", noon, 14)
    book = Memory()
    moment = noon + timedelta(hours=2)
    Alerts([RULE], book).tick(moment, past)
    told = Alerts([replace(RULE, name="other", chance=1e-30)], book).tick(moment + TICK, past)
    assert kinds(told) == [("closed", "legal", 3)] and told[0].alert.closed == moment + TICK


def test_the_likeliest_window_speaks(past: MadePast, noon: datetime) -> None:
    alerts = Alerts([RULE])
    alerts.tick(noon, past)
    baseline = alerts.usual(RULE, noon, past)
    labels = [("legal", noon - timedelta(minutes=10 * i + 1), "negative", i) for i in range(6)]
    found = findings(RULE, baseline, labels, noon)["legal"]
    assert (found.stories, found.hours, found.led) == (6, 2, (5, 4, 3, 2, 1, 0))
    slow = [("legal", noon - timedelta(hours=i, minutes=1), "negative", i) for i in range(24)]
    assert findings(RULE, baseline, slow, noon)["legal"].hours == 24
    edge = [("legal", noon - timedelta(hours=2), "negative", i) for i in range(4)]
    late = [("legal", noon, "negative", i) for i in range(4)]
    assert findings(replace(RULE, windows=(2,)), baseline, edge, noon)["legal"].stories == 4
    assert findings(RULE, baseline, late, noon) == {}


@pytest.mark.parametrize(("minute", "tick"), [(0, 0), (4, 0), (5, 5), (59, 55)])
def test_ticks_are_every_five_minutes_of_the_clock(noon: datetime, minute: int, tick: int) -> None:
    assert tick_of(noon + timedelta(minutes=minute, seconds=30)) == noon + timedelta(minutes=tick)
