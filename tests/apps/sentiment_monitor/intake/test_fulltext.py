"""Articles behind items: of new ones only, never of the own network, and never at the price of the item."""

from pathlib import Path

import pytest

from headwater.errors import DataError, InputError
from headwater.scoring import web
from sentiment_monitor.intake import fulltext
from sentiment_monitor.intake.feedlist import wanted_url
from sentiment_monitor.intake.fulltext import article, with_articles
from sentiment_monitor.intake.items import Batch
from sentiment_monitor.intake.register import Wanted, declare
from sentiment_monitor.news import Arrived
from sentiment_monitor.records.news import News
from sentiment_monitor.watching import Watcher
from tests.apps.sentiment_monitor.intake.broken import item, rss
from tests.apps.sentiment_monitor.intake.feedserver import Answer, FeedServer

BODY = (
    "Brent crude lost three per cent on Thursday after the producers agreed to raise output by more than was expected."
)
PAGE = f"""<html><head><title>Oil fell</title></head><body><nav><a href="/">Home</a> Subscribe now</nav><article><h1>Oil fell</h1>
<p>{BODY}</p><p>{BODY.replace("Thursday", "Friday")}</p></article><footer>Cookies</footer></body></html>""".encode()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "store.sqlite")


def arrived(clock, key: str, text: str = "Oil fell\nShort.", url: str | None = "https://a.example/1") -> Arrived:
    return Arrived(key, "Oil fell", text, "Wire", clock(), url=url)


def test_an_article_without_what_stands_around_it(server: FeedServer, monkeypatch) -> None:
    monkeypatch.setattr(web, "is_public", lambda address: True)
    server.pages["/1"] = Answer(PAGE, headers={"Content-Type": "text/html; charset=utf-8"})
    text = article(server.url + "/1")
    assert BODY in text and "Subscribe" not in text and "Cookies" not in text


@pytest.mark.parametrize(
    ("answer", "said"),
    [(Answer(status=404), "status 404"), (Answer(b"%PDF", headers={"Content-Type": "application/pdf"}), "application/pdf"),
     (Answer(b"", headers={"Content-Type": "text/html"}), "no article"), (Answer(b"\0\xff<" * 1000), "no article"),
     (Answer(b"<p>" + b"x" * 3_000_000), "more than 2,000,000 bytes"), (Answer(b"<div>" * 50_000 + b"x"), "the page")],
)  # fmt: skip
def test_pages_that_hold_none(server: FeedServer, monkeypatch, answer: Answer, said: str) -> None:
    monkeypatch.setattr(web, "is_public", lambda address: True)
    server.pages["/1"] = answer
    with pytest.raises(DataError, match=said):
        article(server.url + "/1")


def test_the_own_network_is_never_reached_not_even_for_a_private_feed(news: News, server: FeedServer, caplog) -> None:
    with pytest.raises(InputError, match="not a public address"):
        article(server.url + "/1")
    server.pages["/feed"] = Answer(rss(item("Oil fell", f"<link>{server.url}/1</link>")))
    declare(news, [Wanted("wire", "url", server.url + "/feed", {"private": True, "full_text": True})])
    assert Watcher(news).look(news.feeds()[0]) == 1
    assert [path for path, _ in server.asked] == ["/feed"]
    assert news.waiting()[0].text == "Oil fell"


def test_only_new_items_and_only_so_many(news: News, clock, monkeypatch) -> None:
    monkeypatch.setattr(fulltext, "PAGES", 3)
    number, asked = news.feed("wire", "url", "https://a.example/"), []
    news.arrive(number, [arrived(clock, "known")])

    def fetch(url: str) -> str:
        asked.append(url)
        if url.endswith("3"):
            raise DataError("404")
        return "Oil fell\nLong." if url.endswith("4") else BODY

    urls = {"known": 1, "a": 2, "b": 3, "c": 4, "d": 5}
    batch = Batch(
        [arrived(clock, key, url=f"https://a.example/{n}") for key, n in urls.items()]
        + [arrived(clock, "none", url=None)]
    )
    found = with_articles(news.store, number, batch, fetch, pause=0.0)
    assert asked == ["https://a.example/2", "https://a.example/3", "https://a.example/4"]
    texts = [item.text for item in found.items]
    assert texts[1] == f"Oil fell\n{BODY}" and set(texts[:1] + texts[2:]) == {"Oil fell\nShort."}
    assert [item.key for item in found.items] == [item.key for item in batch.items]


def test_without_the_extra_it_is_told_at_once(monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"headwater\[fulltext\]"):
        wanted_url("a", "https://a.example/", full_text=True)
    assert wanted_url("a", "https://a.example/", full_text=False).options == {"full_text": False}
