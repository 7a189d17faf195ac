"""What writes: nothing twice, nothing half, one worker at a time."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store.news import NEWS_COUNT, NEWS_ITEM, NEWS_LABEL, NEWS_MENTION, NEWS_STORY, hour_of
from sentiment_monitor.news import Reading, Rejected
from sentiment_monitor.records import Intake, News, Past, WorkerBusy
from sentiment_monitor.records.settling import labels_of
from tests.apps.sentiment_monitor.records.conftest import (
    NOON,
    arrived,
    drawn_feed,
    mention,
    placed,
    reading,
    settle_all,
    vector,
)


def rows(news: News, table: sa.Table) -> list:
    with news.store.read() as connection:
        return connection.execute(table.select().order_by(*table.primary_key)).all()


def test_a_feed_is_made_once_and_another_address_forgets_what_the_last_fetch_left(news, clock) -> None:
    feed = news.feed("wire", "url", "https://a.example/feed", {"every": 300})
    news.arrive(feed, [], state={"etag": "1"}, due=clock.moment + timedelta(minutes=5))
    assert news.feed("wire", "url", "https://a.example/feed", {"every": 600}) == feed
    (found,) = news.feeds()
    assert found.state == {"etag": "1"} and found.options == {"every": 600}
    assert news.feed("wire", "url", "https://b.example/feed", {"every": 600}) == feed
    assert news.feeds()[0].state == {}
    with pytest.raises(InputError, match="expected kind url"):
        news.feed("wire", "folder", "/news")


def test_what_is_due_and_what_is_paused(news, clock) -> None:
    first, second = (news.feed(name, "url", f"https://{name}.example") for name in ("a", "b"))
    pushed = news.feed("pushed", "events")
    assert [feed.id for feed in news.feeds(due=clock.moment)] == [first, second]
    news.arrive(first, [], due=clock.moment + timedelta(hours=1))
    news.pause(second)
    assert news.feeds(due=clock.moment) == []
    clock.forward(hours=2)
    assert [feed.id for feed in news.feeds(due=clock.moment)] == [first]
    news.pause(second, False)
    news.pause(pushed, False)
    assert [feed.id for feed in news.feeds(due=clock.moment)] == [first, second]


def test_what_comes_twice_stands_once(news) -> None:
    feed, other = news.feed("a", "events"), news.feed("b", "events")
    first = arrived("one")
    assert news.arrive(feed, [first, arrived("two"), replace(first, title="again")]) == Intake(2, 1, 0)
    assert news.arrive(feed, [first, arrived("three")], [Rejected("bad", "no title", "{}")]) == Intake(1, 1, 1)
    assert news.arrive(other, [first], [Rejected("bad", "no title")] * 2) == Intake(1, 0, 2)
    assert [item.title for item in news.waiting()] == ["title one", "title two", "title three", "title one"]
    assert [(row.feed, row.reason) for row in Past(news.store).rejects()] == [(other, "no title"), (feed, "no title")]
    with pytest.raises(InputError, match="expected the id of a feed"):
        news.arrive(99, [first])


def test_items_and_the_feed_s_state_are_written_together_or_not_at_all(news, monkeypatch) -> None:
    feed = news.feed("a", "url", "https://a.example")
    news.arrive(feed, [arrived("one")], state={"etag": "1"})

    def fail(*given: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("sentiment_monitor.records.news.add_rejects", fail)
    with pytest.raises(RuntimeError):
        news.arrive(feed, [arrived("two")], state={"etag": "2"})
    assert news.feeds()[0].state == {"etag": "1"} and news.backlog() == 1


def test_a_failed_fetch_is_counted_and_a_good_one_forgets_it(news, clock) -> None:
    feed = news.feed("a", "url", "https://a.example")
    for _ in range(2):
        news.arrive(feed, [], failed="503 \0")
    (found,) = news.feeds()
    assert (found.failures, found.last_error, found.succeeded) == (2, "503 �", None)
    clock.forward(minutes=5)
    news.arrive(feed, [])
    (found,) = news.feeds()
    assert (found.failures, found.last_error, found.succeeded) == (0, None, clock.moment)


def test_what_no_database_takes_is_written_without_it(news) -> None:
    odd = replace(arrived("k" * 99, source="S" * 400), title="a\0b", text="\ud800x", url="u\0")
    news.arrive(news.feed("a", "events"), [odd])
    (item,) = news.waiting()
    assert (item.title, item.text, item.url, len(item.source)) == ("a�b", "�x", "u�", 255)
    assert news.arrive(news.feeds()[0].id, [odd]).known == 1


def test_the_order_is_that_in_which_they_were_seen(news) -> None:
    feed = news.feed("a", "events")
    news.arrive(feed, [arrived("late", NOON + timedelta(hours=1)), arrived("early", NOON)])
    assert [item.title for item in news.waiting(1)] == ["title early"]
    assert news.backlog() == 2


def test_labels_by_hand(news) -> None:
    news.arrive(news.feed("a", "events"), [arrived("one")])
    told = reading("neutral", ["legal", "legal"], True, [
        mention("acme", "positive", 0.9), mention("acme", "negative", 0.5), mention("acme", "negative", 0.5),
        mention(None, "positive"), mention("birch", "positive"),
    ])  # fmt: skip
    assert labels_of(placed(news.waiting()[0], told)) == [
        ("all", "", "unsure"), ("topic", "legal", "unsure"), ("company", "acme", "negative"),
        ("company", "birch", "positive"), ("source", "Wire", "unsure"),
    ]  # fmt: skip


def test_a_story_counts_once_from_the_first_item_that_carries_a_label(news) -> None:
    hour = timedelta(hours=1)
    feed = news.feed("a", "events")
    news.arrive(feed, [arrived("1", NOON), arrived("2", NOON + hour), arrived("3", NOON + 2 * hour)])
    one, two, three = news.waiting()
    (story,) = news.settle([placed(one, reading("negative", ["legal"]))], "b")
    again = [
        placed(two, reading("positive", ["legal", "macro"]), story),
        placed(three, reading("neutral", ["macro"]), story),
    ]
    assert news.settle(again, "b") == [story, story]
    labels = {(row.dimension, row.value): (row.sentiment, row.at) for row in rows(news, NEWS_LABEL)}
    assert labels == {
        ("all", ""): ("negative", NOON), ("topic", "legal"): ("negative", NOON),
        ("topic", "macro"): ("positive", NOON + hour), ("source", "Wire"): ("negative", NOON),
    }  # fmt: skip
    (stored,) = rows(news, NEWS_STORY)
    assert (stored.title, stored.items, stored.at, stored.latest) == ("title 1", 3, NOON, NOON + 2 * hour)


def test_stories_of_one_batch_and_items_that_no_model_read(news) -> None:
    feed = news.feed("a", "events")
    news.arrive(feed, [arrived(str(n), NOON + timedelta(minutes=n)) for n in range(5)])
    items = news.waiting()
    skipped = Reading(skipped="language de", language="de")
    batch = [
        placed(items[0], skipped), placed(items[1], reading()), placed(items[2], reading(), -2),
        replace(placed(items[3], reading()), story=-4), placed(items[4], reading(), -4),
    ]  # fmt: skip
    none, first, same, second, last = news.settle(batch, "b")
    assert none is None and first == same and second == last and first < second
    assert news.backlog() == 0
    stored = rows(news, NEWS_ITEM)
    assert [row.skipped for row in stored] == ["language de", None, None, None, None]
    assert [row.items for row in rows(news, NEWS_STORY)] == [2, 2]
    assert news.settle(batch, "other") == [None, first, first, second, second], "what is scored is left alone"
    assert [row.items for row in rows(news, NEWS_STORY)] == [2, 2]
    assert {row.bundle for row in rows(news, NEWS_ITEM)} == {"b"}


def test_a_batch_of_which_half_was_settled_before(news) -> None:
    news.arrive(news.feed("a", "events"), [arrived("1"), arrived("2", mentioned := NOON + timedelta(hours=1))])
    one, two = news.waiting()
    first = placed(one, reading("negative", mentions=[mention("acme", "negative")]))
    (story,) = news.settle([first], "b")
    assert news.settle([first, placed(two, reading("positive"), -1)], "b") == [story, story]
    assert len(rows(news, NEWS_MENTION)) == 1 and rows(news, NEWS_STORY)[0].latest == mentioned


def test_what_the_store_does_not_hold_is_refused_whole(news) -> None:
    news.arrive(news.feed("a", "events"), [arrived("1"), arrived("2")])
    one, two = news.waiting()
    for wrong, message in (
        (placed(two, reading(), 77), "expected stories of this store, got 77"),
        (placed(two, reading(), -2 - 1), "expected an earlier item"),
        (placed(replace(two, id=99), reading()), "expected items of this store, got 99"),
    ):
        with pytest.raises(InputError, match=message):
            news.settle([placed(one, reading()), wrong], "b")
    assert news.backlog() == 2 and rows(news, NEWS_STORY) == []


def test_one_worker_at_a_time(store, clock) -> None:
    first, second = News(store, clock, seconds=30), News(store, clock, seconds=30)
    first.arrive(first.feed("a", "events"), [arrived("1")])
    batch = [placed(first.waiting()[0], reading())]
    assert first.take() and not first.take()
    with pytest.raises(WorkerBusy, match="another worker"):
        second.settle(batch, "b")
    clock.forward(seconds=31)
    assert second.take(), "who is gone is not waited for any longer"
    with pytest.raises(WorkerBusy):
        first.settle(batch, "b")
    first.release()
    with pytest.raises(WorkerBusy):
        first.take()
    second.release()
    assert first.take()
    assert first.settle(batch, "b")


def test_open_stories_with_all_their_titles(news) -> None:
    feed = news.feed("a", "events")
    news.arrive(feed, [arrived(str(n), NOON + timedelta(days=n)) for n in range(4)])
    items = news.waiting()
    batch = [placed(items[0], reading()), placed(items[1], reading()), placed(items[2], reading(), -1)]
    old, new, _ = news.settle([*batch, placed(items[3], reading())], "b")[:3]
    found = list(news.open_stories(NOON + timedelta(days=1)))
    assert [story.id for story in found] == [old, new, new + 1]
    assert found[0].titles == ("title 0", "title 2") and found[0].text == "title 0: text"
    assert found[0].latest == NOON + timedelta(days=2)
    assert np.allclose(found[0].vector, vector(items[0].id), atol=1e-3) and found[0].vector.dtype == np.float32
    assert [story.id for story in news.open_stories(NOON + timedelta(days=2))] == [old, new + 1]


def test_counts_are_the_labels_counted(news) -> None:
    news.arrive(news.feed("a", "events"), drawn_feed(400))
    assert settle_all(news) == 400
    labels = Counter(
        (r.dimension, r.value, hour_of(r.at), hour_of(r.seen), r.sentiment) for r in rows(news, NEWS_LABEL)
    )
    counts = rows(news, NEWS_COUNT)
    names = ("negative", "neutral", "positive", "unsure")
    assert len(labels) > 500
    assert labels == Counter({(*r[:4], name): getattr(r, name) for r in counts for name in names if getattr(r, name)})
