from datetime import timedelta

import pytest

from headwater.store import Store, open_store
from headwater.ui.texts import catalogue
from sentiment_monitor.alerts.inbox import Judged
from sentiment_monitor.alerts.rule import Alert, Finding, Rule
from sentiment_monitor.news import Counts
from sentiment_monitor.overview import Overview, change_ratio, change_words, overview, sentence, standing
from sentiment_monitor.records import Past
from sentiment_monitor.trends import changes
from tests.apps.sentiment_monitor.newsroom import NOON, fill

RULE = Rule("company", "company", chance=1e-4)
FOUND = Finding(6, 6, 0.0049, 1e-6)
T = catalogue("en")


@pytest.fixture
def store(tmp_path) -> Store:
    with open_store(str(tmp_path / "store.sqlite")) as opened:
        fill(opened)
        yield opened


def alert(value: str) -> Alert:
    return Alert("company", "company", value, NOON - timedelta(hours=3), NOON, 2, FOUND.reason)


def test_the_day_is_counted_and_without_history_nothing_stands_out(store: Store) -> None:
    found = overview(store, NOON, NOON, [RULE])
    assert found.now == Counts(negative=1, positive=1, unsure=1)
    assert found.before == Counts()
    assert found.standing == ()
    assert found.changes == {"company": (), "topic": ()}  # one story more is no news
    assert sentence(T, found, {}) == "Nothing stands out: 3 stories in 24 h, 1 of them negative"


def test_nothing_seen_later_is_used(store: Store) -> None:
    moment = NOON - timedelta(hours=4, minutes=30)
    assert overview(store, moment, moment, [RULE]).now == Counts(negative=1)


def test_what_stands_out_is_measured_now_and_false_ones_are_gone() -> None:
    found = {"company": {"a": FOUND, "b": FOUND, "c": Finding(4, 6, 1.0, 1e-2)}}
    marked = [Judged(alert("a")), Judged(alert("b"), "false"), Judged(alert("c")), Judged(alert("d"))]
    out = standing([RULE], found, marked)
    assert [(one.value, one.finding is not None) for one in out] == [("a", True), ("c", True), ("d", False)]
    assert [one.value for one in standing([RULE], found, [])] == ["a", "b"]


def test_the_sentence_tells_of_the_severest() -> None:
    found = Overview(NOON, Counts(6), Counts(), standing([RULE], {"company": {"a": FOUND}}, []), {})
    said = sentence(T, found, {("company", "a"): "Larkmoor Bank"})
    assert said == "Negative stories on Larkmoor Bank: 6\xa0in 6\xa0h where under 0.1 was expected"


def test_a_change_in_words(store: Store) -> None:
    (one,) = [change for change in changes(Past(store), "company", NOON) if change.value == "ge-aerospace"]
    assert change_words(T, one) == "1, from none the day before"
    assert change_ratio(T, one) == ""  # one story tells of no ratio
