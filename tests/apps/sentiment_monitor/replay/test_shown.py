"""What a replay shows the alerts is what the store would have shown them."""

from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import open_store
from headwater.store.news import EPOCH, NEWS_LABEL
from sentiment_monitor.alerts.alarm import TICK
from sentiment_monitor.news import DIMENSIONS, SENTIMENTS, Arrived, Placed, Reading
from sentiment_monitor.records import News, Past
from sentiment_monitor.replay.history import Event, History
from sentiment_monitor.replay.shown import Shown, ticks
from sentiment_monitor.replay.sources import from_store
from tests.apps.sentiment_monitor.replay.conftest import START

HOURS = timedelta(hours=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Forty stories over ten days, some of them seen hours late, each of two topics and a source."""
    random = np.random.default_rng(4)
    with open_store(str(tmp_path_factory.mktemp("shown") / "store.sqlite")) as opened:
        news = News(opened)
        feed = news.feed("wire", "stream")
        for number in range(40):
            at = START + timedelta(hours=float(random.uniform(0, 240)))
            seen = at + timedelta(hours=float(random.choice([0.01, 5.0])))
            news.arrive(feed, [Arrived(f"{number}", f"t{number}", f"t{number} text", "Wire", seen, at)])
        waiting = news.waiting()
        batch = []
        for item in waiting:
            topics = tuple((name, 0.9) for name in random.choice(["a", "b", "c"], 2, replace=False).tolist())
            batch.append(
                Placed(
                    item,
                    Reading(str(random.choice(SENTIMENTS[:3])), dict.fromkeys(SENTIMENTS[:3], 1 / 3), False, topics),
                    "first",
                    None,
                )
            )
        news.settle(batch, "digest")
        yield opened


def test_every_moment_shows_what_the_store_shows_as_of_then(store):
    history = from_store(store)
    assert len(history) == 40 * 4  # all, a source, two topics
    shown = Shown(history)
    end = START + 11 * 24 * HOURS
    end -= (end - EPOCH) % HOURS
    for day in np.linspace(0.3, 11, 23):
        now = START + timedelta(days=float(day))
        shown.see(now)
        past = Past(store, now)
        for dimension in ("all", "topic", "source", "company"):
            ours, theirs = (one.hourly(dimension, end - 200 * HOURS, end) for one in (shown, past))
            assert ours.keys() == theirs.keys()
            assert all(np.array_equal(ours[value], theirs[value]) for value in theirs)
            span = (now - 24 * HOURS, now)
            assert sorted(shown.recent(dimension, *span)) == sorted(past.recent(dimension, *span))


def test_the_store_gives_the_events_that_it_holds_of_the_window_and_the_dimensions(store, monkeypatch):
    monkeypatch.setattr("sentiment_monitor.replay.sources.PART", 7)  # so that parts are joined
    with store.read() as connection:
        names = ("at", "seen", "dimension", "value", "sentiment", "story")
        events = [Event(*row) for row in connection.execute(sa.select(*(NEWS_LABEL.c[name] for name in names)))]
    since, until = START + 48 * HOURS, START + 150 * HOURS
    for wanted in (DIMENSIONS, ("topic",), ("all", "source")):
        chosen = [one for one in events if since <= one.seen <= until and one.dimension in wanted]
        assert 10 < len(chosen) < len(events)
        found, whole = from_store(store, since, until, wanted), History.of_events(chosen)
        assert found.series == whole.series
        for name in ("at", "seen", "sentiment", "story"):
            assert sorted(getattr(found, name)) == sorted(getattr(whole, name))
        rows = [set(zip(one.of, one.at, one.seen, one.sentiment, one.story, strict=True)) for one in (found, whole)]
        assert rows[0] == rows[1] and len(rows[0]) == len(chosen)
    with pytest.raises(InputError, match="at least one story"):
        from_store(store, dimensions=["company"])


def test_only_the_sentiments_that_are_asked_for_are_recent(history):
    shown = Shown(history, ["negative"])
    shown.see(history.end)
    assert {sentiment for _, _, sentiment, _ in shown.recent("topic", START, history.end)} == {"negative"}
    whole = shown.hourly("topic", START, START + 35 * 24 * HOURS)
    assert sum(counts.sum() for counts in whole.values()) == len(history)


def test_hours_before_and_after_a_history_are_empty():
    one = History.of_events([Event(START + 5 * HOURS, START + 5 * HOURS, "topic", "a", "positive", 1)])
    shown = Shown(one)
    assert shown.hourly("topic", START, START + 9 * HOURS) == {}  # not seen yet
    shown.see(START + 6 * HOURS)
    counts = shown.hourly("topic", START, START + 9 * HOURS)["a"]
    assert counts.shape == (9, 4) and counts[5, SENTIMENTS.index("positive")] == counts.sum() == 1
    assert shown.hourly("topic", START, START + 5 * HOURS) == {}


def test_ticks_go_from_the_first_that_sees_something_to_the_first_that_sees_all():
    seen = [START + timedelta(minutes=12), START + timedelta(minutes=25, seconds=1)]
    found = list(ticks(History.of_events([Event(one, one, "all", "", "neutral", n) for n, one in enumerate(seen)])))
    assert found == [START + n * TICK for n in (3, 4, 5, 6)]
