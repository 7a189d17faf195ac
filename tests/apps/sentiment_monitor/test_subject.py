from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from headwater.store import Store, open_store
from headwater.ui.texts import catalogue
from sentiment_monitor import charts, subject
from sentiment_monitor.news import Counts
from sentiment_monitor.records import Past
from sentiment_monitor.records.within import within
from tests.apps.sentiment_monitor.newsroom import NOON, fill


@pytest.fixture
def store(tmp_path) -> Store:
    with open_store(str(tmp_path / "store.sqlite")) as opened:
        fill(opened)
        yield opened


def test_copies_count_once_and_the_sentence_says_so(store: Store) -> None:
    found = subject.look(Past(store, NOON), "all", "", NOON - timedelta(days=1), NOON, "hour", UTC)
    assert found.counts == Counts(negative=1, positive=1, unsure=1)
    assert len(found.buckets) == 24
    assert found.before == Counts()
    assert subject.sentence(catalogue("en"), "All news", found) == "All news: 3 stories, 1 of them negative"


def test_what_came_later_is_not_there(store: Store) -> None:
    earlier = NOON - timedelta(hours=4, minutes=30)
    found = subject.look(Past(store, earlier), "all", "", NOON - timedelta(days=1), NOON, "hour", UTC)
    assert found.counts == Counts(negative=1)


def test_within_a_topic_its_companies_are_counted_with_what_is_said_of_them(store: Store) -> None:
    day = (NOON - timedelta(days=1), NOON)
    assert within(Past(store, NOON), "topic", "markets", *day, "company") == [
        ("ge-aerospace", Counts(negative=1)),
        ("siemens", Counts(positive=1)),
    ]
    assert within(Past(store, NOON), "company", "siemens", *day, "company") == [("ge-aerospace", Counts(negative=1))]
    assert within(Past(store, NOON - timedelta(hours=6)), "topic", "markets", *day, "company") == []


@pytest.mark.parametrize(
    ("days", "fitting", "chosen"),
    [(1, ["hour", "six"], "hour"), (7, ["hour", "six", "day"], "six"), (91, ["six", "day", "week"], "day")],
)
def test_steps_suit_the_range(days: int, fitting: list[str], chosen: str) -> None:
    assert subject.steps_for(NOON - timedelta(days=days), NOON) == (fitting, chosen)


def test_the_first_bucket_is_a_whole_one_of_the_zone() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    begun = subject.aligned(datetime(2026, 11, 11, 16, tzinfo=UTC), "week", tokyo)  # Thursday 01:00 there
    assert begun == datetime(2026, 11, 9, tzinfo=tokyo)


def test_an_hour_that_comes_twice_has_two_names() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(berlin) for hour in (0, 1)]
    assert hours[0].hour == hours[1].hour == 2
    assert len({charts.key_of(hour) for hour in hours}) == 2


def test_a_click_on_a_bar_is_read() -> None:
    assert charts.picked({"selection": {"picked": [{"start": "2026-11-11T00:00:00Z0"}]}}) == "2026-11-11T00:00:00Z0"
    assert charts.picked({"selection": {"picked": []}}) is None
    assert charts.picked({}) is None


def test_a_chart_has_every_bucket_on_its_axis(store: Store) -> None:
    found = subject.look(Past(store, NOON), "all", "", NOON - timedelta(days=1), NOON, "hour", UTC)
    words = dict.fromkeys(("count", "net", "day", "full", "range"), "x")
    drawn: Callable = charts.net_chart
    spec = drawn(found.buckets, words).to_dict()
    domains = [layer["encoding"]["x"]["scale"]["domain"] for layer in spec["layer"] if "x" in layer["encoding"]]
    assert domains
    assert all(len(domain) == 24 for domain in domains)
