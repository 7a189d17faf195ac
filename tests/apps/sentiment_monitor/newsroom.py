"""A small store of news, read by nobody's model: one story told three times, one that says the opposite, one that is unsure."""

from datetime import UTC, datetime, timedelta

from headwater.store import Store
from sentiment_monitor.news import Arrived, Mention, Placed, Reading
from sentiment_monitor.records import News

__all__ = ["NOON", "TEXT", "fill"]

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
TEXT = "Siemens rises as GE falls."


def fill(store: Store, bundle: str = "read by hand") -> list[int]:
    """Ids of the stories, in order; the last hours before noon of 12 November 2026."""
    news = News(store, now=lambda: NOON)
    texts = [TEXT, TEXT, f"UPDATE 1-{TEXT}", "Banks are calm.", "Who knows?"]
    times = [NOON - timedelta(hours=hours) for hours in (5, 4, 3, 2, 1)]
    sources = ["Wire", "Paper", "Wire", "Wire", "Blog"]
    arrived = [
        Arrived(str(number), text, text, source, at, at, None, f"https://{source.lower()}.example/{number}")
        for number, (text, source, at) in enumerate(zip(texts, sources, times, strict=True))
    ]
    news.arrive(news.feed("hand", "stream"), arrived)
    waiting = news.waiting()
    named = (
        Mention(0, 7, "Siemens", "positive", 0.9, "siemens", 0.6),
        Mention(17, 19, "GE", "negative", 0.8, "ge-aerospace", 0.4),
    )
    sure = {"negative": 0.7, "neutral": 0.2, "positive": 0.1}
    told = Reading("negative", sure, False, (("markets", 0.9),), named, "en")
    readings = [
        told,
        told,
        told,
        Reading("positive", {"positive": 0.8, "neutral": 0.1, "negative": 0.1}, False, (("markets", 0.6),), (), "en"),
        Reading("neutral", {"neutral": 0.4, "negative": 0.3, "positive": 0.3}, True, (), (), "en"),
    ]
    relations = [("first", None), ("copy", -1), ("update", -1), ("first", None), ("first", None)]
    batch = [
        Placed(item, reading, relation, story)
        for item, reading, (relation, story) in zip(waiting, readings, relations, strict=True)
    ]
    return [story for story in news.settle(batch, bundle) if story is not None]
