"""Documents of every kind, broken in every way: each entry is an item or a reject with its reason, and nothing falls over."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from headwater.errors import DataError
from sentiment_monitor.intake.documents import read_document
from sentiment_monitor.intake.items import KEY, SOURCE, TITLE, URL
from sentiment_monitor.news import timing
from tests.apps.sentiment_monitor.intake.broken import BROKEN, Broken, atom, feed, item, rss

WHERE = "https://wire.example/news/feed.xml"
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)

RSS = rss(
    "<item><guid>a1</guid><title>Oil &amp;amp; gas &lt;b&gt;rose&lt;/b&gt;</title><link>../1.html</link>"
    "<pubDate>Tue, 20 Oct 2026 08:00:00 +0200</pubDate><description>&lt;p&gt;Brent gained 3&amp;nbsp;%.&lt;/p&gt;</description></item>"
    "<item><title>Undated</title><link>https://wire.example/2</link></item>"
)
ATOM = atom(
    "<entry><id>urn:1</id><title>Gold fell</title><updated>2026-10-20T06:00:00Z</updated><link href='/x'/></entry>"
    "<entry><id>urn:2</id><title>Gas rose</title><summary>Gas rose. It was cold.</summary><source><title>Other</title></source></entry>"
)
JSON = feed(
    {"id": "1", "title": "Shell <b>cuts</b>", "content_html": "<p>Jobs go.</p>", "date_published": "2026-10-20T08:00:00+02:00", "url": "/s"},
    {"id": 2, "content_text": "No title\nat all", "external_url": "https://else.example/"},
)  # fmt: skip


def sound(broken: Broken) -> None:
    """What must hold of whatever came out."""
    batch = read_document(broken.content, WHERE, NOON, charset=broken.charset)
    assert (len(batch.items), len(batch.rejects)) == (broken.items, broken.rejects), batch.rejects
    check(batch)


def check(batch) -> None:
    for found in batch.items:
        assert 0 < len(found.key) <= KEY and 0 < len(found.title) <= TITLE and 0 < len(found.source) <= SOURCE
        assert found.text.strip() and "\0" not in found.text + found.title + found.key + found.source
        (found.text + found.title + found.key + found.source + (found.published_original or "")).encode()
        assert found.url is None or (found.url.startswith(("http://", "https://")) and len(found.url) <= URL)
        assert not set(found.title) & {chr(code) for code in range(32)}
        at, _ = timing(found.published, found.seen)
        assert datetime(1970, 1, 1, tzinfo=UTC) <= at <= found.seen + timedelta(minutes=5)
    for refused in batch.rejects:
        assert refused.reason and 0 < len(refused.key) <= KEY and len(refused.raw) <= 500


def test_rss() -> None:
    first, second = read_document(RSS, WHERE, NOON).items
    assert (first.key, first.title, first.text) == ("a1", "Oil & gas rose", "Oil & gas rose\nBrent gained 3 %.")
    assert (first.source, first.url) == ("Wire", "https://wire.example/1.html")
    assert (first.published, first.seen) == (datetime(2026, 10, 20, 6, tzinfo=UTC), NOON)
    assert (second.key, second.published) == ("https://wire.example/2", None)


def test_atom() -> None:
    first, second = read_document(ATOM, WHERE, NOON).items
    assert (first.key, first.text, first.url) == ("urn:1", "Gold fell", "https://wire.example/x")
    assert (second.title, second.text, second.source) == ("Gas rose", "Gas rose. It was cold.", "Other")
    assert [item.source for item in read_document(ATOM, WHERE, NOON, "Mine").items] == ["Mine", "Mine"]


def test_json_feed() -> None:
    first, second = read_document(b"\xef\xbb\xbf\n" + JSON, WHERE, NOON).items
    assert (first.title, first.text, first.url) == ("Shell cuts", "Shell cuts\nJobs go.", "https://wire.example/s")
    assert first.published == datetime(2026, 10, 20, 6, tzinfo=UTC)
    assert (second.key, second.title, second.url) == ("2", "No title at all", "https://else.example/")


def test_letters_come_through() -> None:
    for name, word in (("Latin-1 as the server says", "Nestlé"), ("Latin-1 that says it is UTF-8", "Nestl")):
        (found,) = read_document((case := named(name)).content, WHERE, NOON, charset=case.charset).items
        assert found.title.startswith(word)
    for name in ("UTF-16 without a mark", "UTF-32", "UTF-8 that says it is UTF-16"):
        assert read_document(named(name).content, WHERE, NOON).items[0].title == "Oil fell"


def named(name: str) -> Broken:
    return next(broken for broken in BROKEN if broken.name == name)


def test_an_id_of_several_entries_is_none() -> None:
    keys = [found.key for found in read_document(named("one id for different entries").content, WHERE, NOON).items]
    assert len(set(keys)) == 3 and "1" not in keys
    same = read_document(named("the same entry twice").content, WHERE, NOON).items
    assert {found.key for found in same} == {"1"}
    shared = read_document(named("one id and one link for different entries").content, WHERE, NOON).items
    assert len({found.key for found in shared}) == 2


def test_an_item_without_a_name_keeps_its_key() -> None:
    content = named("no ids, no links").content
    first, again = (read_document(content, WHERE, moment).items for moment in (NOON, NOON + timedelta(hours=1)))
    assert [found.key for found in first] == [found.key for found in again]


@pytest.mark.parametrize("when", ["year 1", "the 30th of February", "words for a date"])
def test_a_date_that_is_none_is_kept_as_it_was_written(when: str) -> None:
    (found,) = read_document(named(when).content, WHERE, NOON).items
    assert found.published is None and found.published_original


def test_the_table_is_long_enough() -> None:
    assert len(BROKEN) >= 60 and len({broken.name for broken in BROKEN}) == len(BROKEN)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_broken(broken: Broken) -> None:
    began = time.process_time()
    if broken.refused:
        with pytest.raises(DataError, match=broken.refused):
            read_document(broken.content, WHERE, NOON, charset=broken.charset)
    else:
        sound(broken)
    assert time.process_time() - began < 5


PIECES = [
    b"<", b">", b"&", b"\0", b"\xff", b"]]>", b"<![CDATA[", b"<!--", b"&#0;", b"&#xD800;", b"&#x110000;", b"&x;", b"<item>", b"</item>",
    b"<entry/>", b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"\\ud800", b"0000-00-00", b"<?xml encoding='utf-16'?>", b"<!DOCTYPE x [",
    b"\xed\xa0\x80", b" " * 100, b"javascript:", b"xmlns:a=''", b"<a:b>", b"-9999-01-01", b"&" * 50, b"<" * 50,
]  # fmt: skip


def mutant(draw: random.Random, seed: bytes) -> bytes:
    """One to four changes: bytes flipped, cut out, doubled, moved, or something nasty put in."""
    body = bytearray(seed)
    for _ in range(draw.randint(1, 4)):
        at, size = draw.randrange(len(body) + 1), draw.choice((1, 2, 8, 40))
        kind = draw.randrange(5)
        if kind == 0 and body:
            body[at % len(body)] = draw.randrange(256)
        elif kind == 1:
            del body[at : at + size]
        elif kind == 2:
            body[at:at] = body[at : at + size] * draw.choice((1, 2, 30))
        elif kind == 3:
            body[at:at] = draw.choice(PIECES)
        else:
            body = body[:at]
    return bytes(body)


@pytest.mark.parametrize("part", range(10))
def test_mutants(part: int) -> None:
    """10,000 in all, each from a seed of its own."""
    kept = {"items": 0, "rejects": 0, "refused": 0}
    for number in range(part * 1000, part * 1000 + 1000):
        draw = random.Random(number)
        content = mutant(draw, draw.choice((RSS, ATOM, JSON)))
        try:
            batch = read_document(content, WHERE, NOON)
        except DataError:
            kept["refused"] += 1
            continue
        check(batch)
        kept["items"] += len(batch.items)
        kept["rejects"] += len(batch.rejects)
    assert all(kept.values()), kept


def test_a_title_that_is_not_in_the_text_begins_it() -> None:
    (found,) = read_document(rss(item("Oil fell", "<description>Brent lost 3%.</description>")), WHERE, NOON).items
    assert found.text == "Oil fell\nBrent lost 3%."
