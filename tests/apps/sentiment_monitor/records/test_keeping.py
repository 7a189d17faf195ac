"""What is too old goes whole, its counts stay, and nothing that went comes as new."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from headwater.store import open_store
from headwater.store.news import NEWS_ITEM, NEWS_LABEL, NEWS_MENTION, NEWS_STORY
from sentiment_monitor.cli import app
from sentiment_monitor.commands.watch import _expiry
from sentiment_monitor.news import Rejected
from sentiment_monitor.records import Kept, News, Past, expire_daily, expire_news
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


def test_the_verb_forgets_what_is_too_old(tmp_path) -> None:
    file = str(tmp_path / "store.sqlite")
    with open_store(file) as store:
        news = News(store)
        news.arrive(news.feed("a", "events"), [arrived("1", NOON, NOON), arrived("2", NOON, NOON)])
        news.settle([placed(item, reading()) for item in news.waiting()], "b")
    done = CliRunner().invoke(app, ["expire", "--days", "0", "--store", file, "--json"])
    assert json.loads(done.stdout) == {"vectors": 0, "stories": 2, "items": 2, "rejects": 0}
    assert "0 stories" in CliRunner().invoke(app, ["expire", "--store", file]).stdout
    assert CliRunner().invoke(app, ["expire", "--store", str(tmp_path / "none.sqlite")]).exit_code == 1


def told_in_march(news: News) -> None:
    """A story of each of ten days."""
    feed = news.feed("daily", "events")
    news.arrive(feed, [arrived(f"{n}", NOON + n * DAY, NOON + n * DAY) for n in range(10)])
    settle_all(news, joins=0.0)


def test_once_a_day_by_one_of_many(news, clock) -> None:
    told_in_march(news)
    kept, now = Kept(items=20), NOON + 22 * DAY
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: expire_daily(news.store, kept, now), range(4)))
    (gone,) = [one for one in done if one is not None]
    assert gone["items"] == 2, "those of the first two days"
    assert expire_daily(news.store, kept, now + 23 * HOUR) is None
    tomorrow = expire_daily(news.store, kept, now + DAY)
    assert tomorrow is not None and tomorrow["items"] == 1


def test_who_is_cut_off_is_followed_after_an_hour(news, clock, monkeypatch) -> None:
    told_in_march(news)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sentiment_monitor.records.keeping._drop_stories", killed)
        with pytest.raises(KeyboardInterrupt):
            expire_daily(news.store, Kept(items=20), NOON + 25 * DAY)
    assert expire_daily(news.store, Kept(items=20), NOON + 25 * DAY + HOUR / 2) is None
    gone = expire_daily(news.store, Kept(items=20), NOON + 25 * DAY + HOUR)
    assert gone is not None and gone["items"] == 6, "of the first five days, and of the one an hour old"


def test_a_watch_expires_by_the_code_of_the_verb(news, clock) -> None:
    told_in_march(news)
    clock.moment = NOON + 22 * DAY
    chore = _expiry(news, 20.0)
    assert (chore.work(), len(Past(news.store).items())) == (0, 8)
    clock.moment += 12 * HOUR
    assert (chore.work(), len(Past(news.store).items())) == (0, 8)
    clock.moment += 12 * HOUR
    assert (chore.work(), len(Past(news.store).items())) == (0, 7)
    assert expire_news(news.store, Kept(items=20), clock()) == {"vectors": 0, "stories": 0, "items": 0, "rejects": 0}
