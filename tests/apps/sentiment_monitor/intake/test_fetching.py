"""A feed by URL over a real socket: asked for what is new alone, spared when it is ill, followed when it moves."""

from datetime import timedelta

import pytest

from sentiment_monitor.intake.register import Wanted, claim, declare
from sentiment_monitor.records.news import News
from sentiment_monitor.watching import Watcher
from tests.apps.sentiment_monitor.intake.broken import item, rss
from tests.apps.sentiment_monitor.intake.feedserver import Answer, FeedServer


@pytest.fixture
def url(tmp_path) -> str:
    """One database: what is written there is looked at elsewhere."""
    return str(tmp_path / "store.sqlite")


class Desk:
    """One feed, and a look at it."""

    def __init__(self, news: News, server: FeedServer, path: str = "/feed", private: bool = True) -> None:
        self.news, self.server = news, server
        declare(news, [Wanted("wire", "url", server.url + path, {"private": private, "every": 300.0})])
        self.watcher = Watcher(news)

    def look(self):
        self.watcher.look(self.feed)
        return self.feed

    @property
    def feed(self):
        return self.news.feeds()[0]

    def titles(self) -> list[str]:
        return [waiting.title for waiting in self.news.waiting()]


def test_only_what_is_new_is_sent_and_read(news: News, server: FeedServer, clock) -> None:
    server.pages["/feed"] = Answer(
        rss(item("Oil fell")), headers={"ETag": '"v1"', "Last-Modified": "Thu, 12 Nov 2026 12:00:00 GMT"}
    )
    desk = Desk(news, server)
    feed = desk.look()
    assert desk.titles() == ["Oil fell"] and feed.failures == 0
    assert timedelta(seconds=270) <= feed.due - clock() <= timedelta(seconds=300)
    desk.look()
    _, headers = server.asked[-1]
    assert headers["if-none-match"] == '"v1"' and headers["if-modified-since"] == "Thu, 12 Nov 2026 12:00:00 GMT"
    server.pages["/feed"] = Answer(
        rss(item("Gold rose", name="<guid>2</guid>") + item("Oil fell")), headers={"ETag": '"v2"'}
    )
    assert desk.look().state["etag"] == '"v2"'
    assert desk.titles() == ["Oil fell", "Gold rose"]
    assert "modified" not in desk.feed.state


def test_a_body_that_is_the_same_is_not_parsed_again(news: News, server: FeedServer, monkeypatch) -> None:
    server.pages["/feed"] = Answer(rss(item("Oil fell")))
    desk = Desk(news, server)
    desk.look()
    monkeypatch.setattr("sentiment_monitor.intake.fetching.read_document", None)
    assert desk.look().failures == 0


def test_failures_are_told_and_spaced_and_forgotten(news: News, server: FeedServer, clock) -> None:
    server.pages["/feed"] = Answer(status=500)
    desk = Desk(news, server)
    waits = [(desk.look().due - clock()).total_seconds() for _ in range(4)]
    assert [round(wait / 300, 3) <= most for wait, most in zip(waits, (1, 2, 4, 8), strict=True)] == [True] * 4
    assert waits[3] > 1200 and (desk.feed.failures, desk.feed.succeeded) == (4, None)
    assert "expected status 200, got 500" in desk.feed.last_error
    server.pages["/feed"] = Answer(b"<html>Sign in</html>")
    assert "expected an RSS or Atom feed" in desk.look().last_error
    server.pages["/feed"] = Answer(rss(item()))
    feed = desk.look()
    assert (feed.failures, feed.last_error, feed.succeeded) == (0, None, clock())


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept(news: News, server: FeedServer, clock, status: int) -> None:
    server.pages["/feed"] = Answer(status=status, headers={"Retry-After": "7200"})
    assert Desk(news, server).look().due == clock() + timedelta(hours=2)


def test_gone_is_paused(news: News, server: FeedServer) -> None:
    server.pages["/feed"] = Answer(status=410)
    feed = Desk(news, server).look()
    assert feed.paused and "410 Gone" in feed.last_error


def test_moved_for_good_is_remembered_until_it_fails(news: News, server: FeedServer) -> None:
    server.pages |= {"/feed": Answer(status=301, headers={"Location": "/new"}), "/new": Answer(rss(item()))}
    desk = Desk(news, server)
    assert desk.look().state["address"] == server.url + "/new"
    server.asked.clear()
    desk.look()
    assert [path for path, _ in server.asked] == ["/new"]
    server.pages["/new"] = Answer(status=410)
    feed = desk.look()
    assert not feed.paused and "address" not in feed.state and "410" in feed.last_error


def test_moved_for_now_is_not_remembered(news: News, server: FeedServer) -> None:
    server.pages |= {"/feed": Answer(status=302, headers={"Location": "/new"}), "/new": Answer(rss(item()))}
    assert "address" not in Desk(news, server).look().state


def test_a_private_address_is_not_fetched_unless_the_operator_says_so(news: News, server: FeedServer) -> None:
    server.pages["/feed"] = Answer(rss(item()))
    feed = Desk(news, server, private=False).look()
    assert "not a public address" in feed.last_error and server.asked == []


def test_what_one_entry_lacks_is_a_reject_that_stands_once(news: News, server: FeedServer) -> None:
    server.pages["/feed"] = Answer(rss(item("") + item("Oil fell", name="<guid>2</guid>")))
    desk = Desk(news, server)
    desk.look()
    server.pages["/feed"] = Answer(
        rss(item("") + item("Oil fell", name="<guid>2</guid>") + item("Gas", name="<guid>3</guid>"))
    )
    desk.look()
    with news.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT reason FROM news_reject").all()
    assert [row.reason for row in rows] == ["the text is empty"] and desk.titles() == ["Oil fell", "Gas"]


def test_a_claim_is_one_process_s(news: News, server: FeedServer, clock) -> None:
    desk = Desk(news, server)
    feed, until = desk.feed, clock() + timedelta(minutes=2)
    assert [claim(news.store, feed, clock(), until) for _ in range(2)] == [True, False]
    clock.forward(minutes=3)
    assert claim(news.store, feed, clock(), clock())
    news.pause(feed.id)
    clock.forward(minutes=3)
    assert not claim(news.store, feed, clock(), clock())
