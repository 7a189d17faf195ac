"""What is too old goes whole, its counts stay, and nothing that went comes as new."""

from datetime import timedelta

import sqlalchemy as sa

from headwater.store.news import NEWS_ITEM, NEWS_LABEL, NEWS_MENTION, NEWS_STORY
from sentiment_monitor.news import Rejected
from sentiment_monitor.records import Kept, News, Past, expire_news
from tests.apps.sentiment_monitor.records.conftest import (
    NOON,
    arrived,
    drawn_feed,
    mention,
    placed,
    reading,
    settle_all,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def count(news: News, table: sa.Table, *which) -> int:
    with news.store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table).where(sa.true(), *which)).scalar_one()


def test_a_story_goes_whole_after_its_newest_item_and_stays_counted(news, clock) -> None:
    feed = news.feed("a", "events")
    old, joined, new = (arrived(str(n), NOON + n * DAY, NOON + n * DAY) for n in range(3))
    lone = arrived("lone", NOON, NOON)
    news.arrive(feed, [lone, old, joined, new], [Rejected("x", "no title")])
    items = {item.title[6:]: item for item in news.waiting()}
    told = reading(topics=["legal"], mentions=[mention("acme", "negative")])
    news.settle(
        [placed(items["lone"], told), placed(items["0"], told), placed(items["1"], told, -2), placed(items["2"], told)],
        "b",
    )
    shown = Past(news.store).tops("company", NOON - DAY, NOON + 9 * DAY)
    done = expire_news(news.store, Kept(vectors=0.5, items=10), NOON + 10 * DAY + HOUR)
    assert done == {"vectors": 2, "stories": 1, "items": 1, "rejects": 0}
    assert [item.title for item in Past(news.store).items()] == ["title 2", "title 1", "title 0"]
    assert (count(news, NEWS_STORY), count(news, NEWS_LABEL), count(news, NEWS_MENTION)) == (2, 8, 3)
    assert [story.titles for story in news.open_stories(NOON - DAY)] == [("title 2",)]
    assert Past(news.store).tops("company", NOON - DAY, NOON + 9 * DAY) == shown
    again = news.arrive(feed, [old, joined, new, lone])
    assert (again.new, again.known, again.rejected) == (0, 3, 1), "a date before what is kept"
    assert Past(news.store).rejects()[0].reason == "published before 2026-03-01, where what this store keeps begins"
    assert expire_news(news.store, Kept(0.5, 10), NOON + 10 * DAY + HOUR) == dict.fromkeys(done, 0)
    assert expire_news(news.store, Kept(items=None, rejects=1), clock.moment + 2 * DAY)["rejects"] == 2


def test_what_has_no_date_and_what_waits_does_not_come_again(news) -> None:
    feed = news.feed("a", "events")
    undated = arrived("undated")
    news.arrive(feed, [undated])
    news.settle([placed(item, reading(mentions=[mention("acme", "negative")])) for item in news.waiting()], "b")
    news.arrive(feed, [arrived("waits", NOON, NOON)])
    assert expire_news(news.store, Kept(items=1), NOON + 9 * DAY)["items"] == 1
    assert [item.title for item in Past(news.store).items()] == ["title waits"]
    assert count(news, NEWS_ITEM, NEWS_ITEM.c.text == "", NEWS_ITEM.c.story.is_(None)) == 1
    assert news.arrive(feed, [undated]).known == 1 and news.backlog() == 1
    assert count(news, NEWS_STORY) == count(news, NEWS_MENTION) == 0
    assert expire_news(news.store, Kept(items=1), NOON + 9 * DAY)["items"] == 0


def test_all_of_a_feed(news) -> None:
    news.arrive(news.feed("a", "events"), drawn_feed(200))
    settle_all(news)
    hourly = Past(news.store).hourly("all", NOON - 3 * DAY, NOON + 6 * DAY)[""].tolist()
    done = expire_news(news.store, Kept(items=30), NOON + 60 * DAY)
    assert done["items"] == 200 and count(news, NEWS_STORY) == count(news, NEWS_LABEL) == 0
    assert count(news, NEWS_ITEM, NEWS_ITEM.c.text != "") == 0
    assert Past(news.store).hourly("all", NOON - 3 * DAY, NOON + 6 * DAY)[""].tolist() == hourly
