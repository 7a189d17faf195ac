"""What reads, held against the same counted by hand from the items; and nothing of later at any moment."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from headwater.errors import InputError
from headwater.store.news import NEWS_ITEM
from sentiment_monitor.news import SENTIMENTS, Counts, Rejected, Waiting
from sentiment_monitor.records import News, Past
from sentiment_monitor.records.settling import labels_of
from tests.apps.sentiment_monitor.records.conftest import (
    NOON,
    arrived,
    drawn_feed,
    drawn_reading,
    mention,
    placed,
    reading,
    settle_all,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST, LAST = NOON - 2 * DAY, NOON + 4 * DAY
MOMENTS = (None, NOON + 30 * HOUR, NOON + timedelta(hours=47, minutes=23, microseconds=7))
WINDOWS = ((FIRST, LAST), (NOON + timedelta(minutes=17), NOON + timedelta(hours=50, minutes=40)))


@pytest.fixture
def filled(news: News) -> News:
    news.arrive(news.feed("a", "events"), drawn_feed(300))
    settle_all(news)
    return news


def reference(news: News, as_of: datetime | None) -> list[tuple[str, str, datetime, str, int]]:
    """Labels from the items alone: of each story the first item under each (dimension, value)."""
    with news.store.read() as connection:
        rows = connection.execute(NEWS_ITEM.select().order_by(NEWS_ITEM.c.seen, NEWS_ITEM.c.id)).all()
    found: dict[tuple[int, str, str], tuple[str, str, datetime, str, int]] = {}
    for row in rows:
        item = Waiting(row.id, row.source, row.title, row.text, row.seen, row.at)
        told = drawn_reading(item)
        if told.skipped is not None or (as_of is not None and row.seen > as_of):
            continue
        for dimension, value, sentiment in labels_of(placed(item, told)):
            found.setdefault((row.story, dimension, value), (dimension, value, row.at, sentiment, row.story))
    return list(found.values())


@pytest.mark.parametrize("as_of", MOMENTS)
@pytest.mark.parametrize(("start", "end"), WINDOWS)
def test_every_count_is_that_of_the_items(filled, as_of, start, end) -> None:
    past, labels = Past(filled.store, as_of), reference(filled, as_of)
    inside = [label for label in labels if start <= label[2] < end]
    assert len(inside) > 100
    for dimension in ("all", "topic", "company", "source"):
        mine = sorted(
            (at, story, value, sentiment) for kind, value, at, sentiment, story in inside if kind == dimension
        )
        recent = past.recent(dimension, start, end)
        assert [(at, story, value, sentiment) for value, at, sentiment, story in recent] == mine
        totals = Counter((value, sentiment) for _, _, value, sentiment in mine)
        values = {value for value, _ in totals}
        right = {value: Counts(*(totals[value, name] for name in SENTIMENTS)) for value in values}
        tops = past.tops(dimension, start, end, None, "negative")
        assert dict(tops) == right
        assert [value for value, _ in tops] == sorted(values, key=lambda v: (-right[v].negative, v))
        for value in values:
            buckets = past.series(dimension, value, start, end, "day", "Asia/Kolkata")
            assert sum((np.array([*vars(b.counts).values()]) for b in buckets), np.zeros(4)).tolist() == [
                *vars(right[value]).values()
            ]
            for bucket in buckets:
                at = [1 for moment, _, name, _ in mine if name == value and bucket.start <= moment < bucket.end]
                assert bucket.counts.total == len(at)
            assert len(past.stories(dimension, value, start, end, limit=1000)) == right[value].total


@pytest.mark.parametrize("as_of", MOMENTS)
def test_hours_are_those_of_the_items(filled, as_of) -> None:
    hourly = Past(filled.store, as_of).hourly("company", FIRST, LAST)
    right = {value: np.zeros((144, 4), int) for value in ("acme", "birch")}
    for kind, value, at, sentiment, _ in reference(filled, as_of):
        if kind == "company" and FIRST <= at < LAST:
            right[value][(at - FIRST) // HOUR, SENTIMENTS.index(sentiment)] += 1
    assert hourly.keys() == right.keys()
    assert all((hourly[value] == right[value]).all() for value in right)


def everything(store, as_of: datetime | None) -> list:
    """All that can be asked of a moment."""
    past = Past(store, as_of)
    answers: list = []
    for dimension in ("all", "topic", "company", "source"):
        tops = past.tops(dimension, FIRST, LAST, None)
        answers += [tops, past.recent(dimension, FIRST, LAST)]
        answers += [{value: array.tolist() for value, array in past.hourly(dimension, FIRST, LAST).items()}]
        for value, _ in tops:
            stories = past.stories(dimension, value, FIRST, LAST, limit=1000)
            answers += [stories, past.series(dimension, value, FIRST, LAST, 6 * HOUR)]
            answers += [past.story(story.id) for story in stories]
    items = [*past.items(limit=1000), *past.items(unsure=True), *past.items(unsure=False)]
    return [*answers, *items, past.rejects()]


def test_a_store_that_holds_all_shows_of_a_moment_what_one_showed_that_held_half(news) -> None:
    feed, moment = drawn_feed(160), NOON + timedelta(hours=41, minutes=31)
    half = [item for item in feed if item.seen <= moment]
    assert 60 < len(half) < 100
    known = news.feed("a", "events")
    news.now = lambda: moment
    news.arrive(known, half, [Rejected("bad", "no title")])
    settle_all(news)
    shown, shown_now = everything(news.store, moment), everything(news.store, None)
    news.now = lambda: moment  # what is scored says when, and a reader may be behind
    news.arrive(known, feed[len(half) :])
    news.now = lambda: moment + DAY
    news.arrive(known, [], [Rejected("worse", "no text")])
    settle_all(news)
    assert everything(news.store, None) != shown
    assert shown == shown_now, "what is shown of now was shown of that moment"
    assert everything(news.store, moment) == shown


def test_feeds_that_overtake_each_other_show_nothing_of_later(news) -> None:
    feed = news.feed("a", "events")
    news.arrive(feed, [arrived("new", NOON + HOUR)])
    (story,) = news.settle([placed(news.waiting()[0], reading())], "b")
    news.arrive(feed, [arrived("old", NOON)])
    news.settle([placed(news.waiting()[0], reading("positive", ["legal"]), story)], "b")
    past = Past(news.store, NOON + HOUR / 2)
    assert past.tops("topic", FIRST, LAST) == [] == past.tops("all", FIRST, LAST)
    assert past.stories("topic", "legal", FIRST, LAST) == []
    with pytest.raises(InputError, match="not yet"):
        past.story(story)
    assert Past(news.store, NOON + HOUR).tops("topic", FIRST, LAST) == [("legal", Counts(positive=1))]


def test_pages_of_stories_follow_each_other(filled) -> None:
    past = Past(filled.store)
    whole = past.stories("all", "", FIRST, LAST, limit=1000)
    assert len(whole) > 100
    pages, before = [], None
    while page := past.stories("all", "", FIRST, LAST, limit=7, before=before):
        pages += page
        before = page[-1].at, page[-1].id
    assert pages == whole
    assert whole == sorted(whole, key=lambda story: (story.at, story.id), reverse=True)
    negative = past.stories("all", "", FIRST, LAST, "negative", limit=1000)
    assert negative == [story for story in whole if story.sentiment == "negative"]
    items = past.items(limit=1000)
    after = past.items(limit=1000, before=(items[9].seen, items[9].id))
    assert len(items) == 300 and items[10:] == after


def test_a_story_with_its_items(news) -> None:
    feed = news.feed("a", "events")
    news.arrive(
        feed,
        [arrived("1", NOON, source="A"), arrived("2", NOON + HOUR, source="B"), arrived("3", NOON + DAY, NOON, "A")],
    )
    one, two, three = news.waiting()
    batch = [
        placed(one, reading(topics=["legal"], mentions=[mention("acme", "negative")])),
        placed(two, reading(), -1),
        placed(three, reading(), -1),
    ]
    number = news.settle(batch, "b")[0]
    story = Past(news.store).story(number)
    assert (story.title, story.count, story.sources, story.latest) == ("title 1", 3, ("A", "B"), NOON + HOUR)
    assert [item.title for item in story.items] == ["title 1", "title 2", "title 3"]
    assert story.items[0].mentions == (mention("acme", "negative"),)
    assert story.items[0].probabilities == {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
    assert story.labels[:2] == (("all", "", "negative"), ("topic", "legal", "negative"))
    assert len(Past(news.store).story(number, limit=2).items) == 2
    assert Past(news.store, NOON + HOUR).story(number).count == 2
    (row,) = Past(news.store, NOON).stories("all", "", FIRST, LAST)
    assert (row.items, row.sources) == (1, 1)
    (row,) = Past(news.store).stories("all", "", FIRST, LAST)
    assert (row.items, row.sources) == (3, 2)


def test_the_health_of_feeds(news, clock) -> None:
    feed, still = news.feed("b", "events"), news.feed("a", "url", "https://a.example")
    old, late = arrived("old", NOON - 2 * DAY), arrived("late", NOON, NOON - 2 * DAY)
    news.arrive(feed, [arrived("1"), late, old], [Rejected("x", "no title")])
    news.arrive(still, [], failed="404")
    first, second = Past(news.store, clock.moment).feeds_health()
    assert (first.feed.name, first.items, first.newest, first.feed.last_error) == ("a", 0, None, "404")
    assert (second.items, second.late, second.rejects, second.newest) == (2, 1, 1, NOON)


def test_a_day_of_a_zone_is_as_long_as_its_clocks_say(news) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, tzinfo=zone)
    news.arrive(news.feed("a", "events"), [arrived("1", datetime(2026, 3, 29, 22, 30, tzinfo=UTC))])
    news.settle([placed(item, reading()) for item in news.waiting()], "b")
    buckets = Past(news.store).series("all", "", start, datetime(2026, 3, 31, tzinfo=zone), "day", "Europe/Berlin")
    assert [bucket.counts.negative for bucket in buckets] == [0, 0, 1], "half past midnight of the 30th, in summer time"
    lengths = [(bucket.end.astimezone(UTC) - bucket.start.astimezone(UTC)) / HOUR for bucket in buckets]
    assert lengths == [24, 23, 24]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda past: past.series("all", "", LAST, FIRST, "day"), "the first earlier"),
        (lambda past: past.series("all", "", FIRST, LAST, "hour"), "one of day, week, month"),
        (lambda past: past.series("all", "", FIRST, LAST, HOUR / 2), "whole hours"),
        (lambda past: past.series("all", "", FIRST, LAST, "day", "Mars/Base"), "a time zone such as"),
        (lambda past: past.series("all", "", FIRST - 900 * DAY, LAST, HOUR), "at most 10000"),
        (lambda past: past.tops("planet", FIRST, LAST), "one of all, topic, company, source"),
        (lambda past: past.tops("topic", FIRST, LAST, order="name"), "one of total, negative"),
        (lambda past: past.hourly("topic", FIRST + HOUR / 2, LAST), "expected whole hours"),
        (lambda past: past.story(7), "expected the id of a story, got 7"),
    ],
)
def test_what_cannot_be_asked(store, wrong, message) -> None:
    with pytest.raises(InputError, match=message):
        wrong(Past(store))


def test_an_empty_store_answers(store) -> None:
    past = Past(store, NOON)
    assert past.series("all", "", NOON, NOON + DAY, 6 * HOUR)[0].counts == Counts()
    assert past.tops("topic", FIRST, LAST) == past.recent("all", FIRST, LAST) == past.items() == past.rejects() == []
    assert past.hourly("all", FIRST, LAST) == {}
