"""A store full of news, made: 180 days of items, stories, labels, counts and mentions, written straight into the tables.

The shape is that of a busy feed: more by day than by night, few companies in most of the news, half of the items copies
of a story of the last hours, one in fifty late by a day or two. Every figure is drawn by seed 13.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from headwater.store import Store
from headwater.store.news import (
    EPOCH,
    NEWS_ALERT,
    NEWS_ALERT_STEP,
    NEWS_COUNT,
    NEWS_FEED,
    NEWS_ITEM,
    NEWS_LABEL,
    NEWS_MENTION,
    NEWS_REJECT,
    NEWS_STORY,
)
from headwater.store.tables import CORRECTION
from sentiment_monitor.news import SENTIMENTS

__all__ = ["COMPANIES", "DAYS", "END", "SOURCES", "TOPICS", "fill"]

SEED, DAYS, FEEDS, ROWS = 13, 180, 20, 50_000
END = datetime(2026, 11, 16, 15, 37, 12, tzinfo=UTC)
TOPICS = [f"topic-{number:02d}" for number in range(15)]
COMPANIES = [f"company-{number:03d}" for number in range(300)]
SOURCES = [f"source-{number:03d}" for number in range(200)]
WORDS = "shares profit bank warns rises falls quarter outlook deal court oil rate euro chief plant debt rating index vote strike".split()
SECOND, HOUR = 1_000_000, 3_600_000_000
KINDS = ("all", "topic", "company", "source")


def fill(store: Store, items: int) -> dict[str, int]:
    """Write so many items and what belongs to them; return the rows by table."""
    drawn = _draw(items)
    frames = {NEWS_FEED: _feeds(), NEWS_STORY: _stories(drawn)}
    labels = _labels(drawn)
    frames |= {
        NEWS_ITEM: _items(drawn),
        NEWS_LABEL: labels,
        NEWS_COUNT: _counts(labels),
        NEWS_MENTION: _mentions(drawn),
        NEWS_REJECT: _rejects(),
    }
    for table, frame in frames.items():
        _write(store, table, frame)
    alerts = _alerts()
    with store.write() as connection:
        numbers = connection.scalars(
            NEWS_ALERT.insert().returning(NEWS_ALERT.c.id, sort_by_parameter_order=True), alerts
        )
        steps = _steps(dict(zip(numbers, alerts, strict=True)))
        told = {NEWS_ALERT_STEP: steps, CORRECTION: _corrections(frames[NEWS_ITEM])}
        for table, rows in told.items():
            connection.execute(table.insert(), rows)
    told = {NEWS_ALERT: alerts, **told}
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return {table.name: len(rows) for table, rows in (frames | told).items()}


def _draw(items: int) -> dict[str, np.ndarray]:
    """Columns of the items in the order in which they were seen; `story` counts from 1, `first` begins one."""
    draw = np.random.default_rng(SEED)
    hours = np.arange(DAYS * 24)
    busy = (1.2 + np.sin((hours % 24 - 8) / 24 * 2 * np.pi)) * np.where(hours // 24 % 7 < 5, 1.0, 0.3)
    end = int((END - EPOCH) / timedelta(microseconds=1))
    chosen = draw.choice(len(hours), items, p=busy / busy.sum())
    seen = np.sort(end - DAYS * 24 * HOUR + chosen * HOUR + draw.integers(0, HOUR, items))
    lag = np.where(
        draw.random(items) < 0.02, draw.integers(0, 48 * HOUR, items), draw.exponential(600 * SECOND, items)
    ).astype(np.int64)
    first = draw.random(items) < 0.5
    first[0] = True
    begun = np.cumsum(first)
    back = np.minimum(draw.exponential(150, items).astype(np.int64), begun - 1)
    zipf = 1 / np.arange(1, len(COMPANIES) + 1)
    return {
        "seen": seen, "at": seen - lag, "first": first, "story": np.where(first, begun, begun - back),
        "sentiment": draw.choice(4, items, p=[0.25, 0.45, 0.22, 0.08]), "source": draw.zipf(1.3, items) % len(SOURCES),
        "topics": draw.integers(0, len(TOPICS), (items, 2)), "second": draw.random(items) < 0.3,
        "company": draw.choice(len(COMPANIES), items, p=zipf / zipf.sum()), "named": draw.random(items) < 0.7,
        "words": draw.integers(0, len(WORDS), (items, 12)), "polarity": draw.choice(3, items),
    }  # fmt: skip


def _feeds() -> pd.DataFrame:
    rows = {"id": range(1, FEEDS + 1), "name": [f"feed {n:02d}" for n in range(FEEDS)], "kind": "url"}
    return pd.DataFrame(
        rows
        | {
            "address": "https://news.example/feed",
            "options": "{}",
            "state": "{}",
            "paused": False,
            "failures": 0,
            "created": 0,
        }
    )


def _titles(drawn: dict[str, np.ndarray]) -> list[str]:
    return [" ".join(WORDS[word] for word in row) for row in drawn["words"].tolist()]


def _stories(drawn: dict[str, np.ndarray]) -> pd.DataFrame:
    frame = pd.DataFrame({"story": drawn["story"], "at": drawn["at"], "seen": drawn["seen"], "title": _titles(drawn)})
    found = frame.groupby("story").agg(
        title=("title", "first"), at=("at", "first"), seen=("seen", "first"), latest=("at", "max"), items=("at", "size")
    )
    vector = np.random.default_rng(SEED).normal(size=384).astype(np.float16).tobytes()
    joined = found["latest"] > found["latest"].max() - 7 * 24 * HOUR
    return found.reset_index(names="id").assign(vector=[vector if yes else None for yes in joined])


def _items(drawn: dict[str, np.ndarray]) -> pd.DataFrame:
    count, titles = len(drawn["seen"]), _titles(drawn)
    names = np.array(SENTIMENTS)
    unsure = drawn["sentiment"] == 3
    topics = [f'[["{TOPICS[a]}", 0.91], ["{TOPICS[b]}", 0.62]]' for a, b in drawn["topics"].tolist()]
    return pd.DataFrame(
        {
            "id": np.arange(1, count + 1), "feed": 1 + drawn["source"] % FEEDS, "key": [f"{n:040x}" for n in range(count)],
            "source": np.array(SOURCES)[drawn["source"]], "url": [f"https://news.example/{n}" for n in range(count)],
            "title": titles, "text": [f"{title}. {title[::-1]}." for title in titles], "language": "en", "published": drawn["at"],
            "published_original": "Mon, 16 Nov 2026 15:37:12 GMT", "seen": drawn["seen"], "at": drawn["at"],
            "timing": np.where(drawn["seen"] - drawn["at"] > 24 * HOUR, "late", "given"), "scored": drawn["seen"] + SECOND,
            "bundle": "d" * 64, "sentiment": names[np.where(unsure, 0, drawn["sentiment"])], "negative": 0.4, "neutral": 0.3,
            "positive": 0.3, "unsure": unsure, "topics": topics, "story": drawn["story"],
            "relation": np.where(drawn["first"], "first", "copy"),
        }
    )  # fmt: skip


def _labels(drawn: dict[str, np.ndarray]) -> pd.DataFrame:
    """As `records.settling` would label them: each story once under each value, from its first item that carries it."""
    items = pd.DataFrame({name: drawn[name] for name in ("story", "at", "seen", "source")})
    items["item"] = np.arange(1, len(items) + 1)
    items["sentiment"] = np.array(SENTIMENTS)[drawn["sentiment"]]
    first = items[drawn["first"]]
    two = drawn["first"] & drawn["second"]
    named = drawn["first"] & drawn["named"]
    company = items[named].assign(
        value=np.array(COMPANIES)[drawn["company"][named]], sentiment=np.array(SENTIMENTS)[drawn["polarity"][named]]
    )
    parts = [
        first.assign(dimension="all", value=""),
        first.assign(dimension="topic", value=np.array(TOPICS)[drawn["topics"][drawn["first"], 0]]),
        items[two].assign(dimension="topic", value=np.array(TOPICS)[drawn["topics"][two, 1]]),
        company.assign(dimension="company"),
        items.assign(dimension="source", value=np.array(SOURCES)[drawn["source"]]),
    ]
    found = pd.concat(parts).sort_values("item", kind="stable").drop_duplicates(["story", "dimension", "value"])
    return found.drop(columns="source").assign(id=np.arange(1, len(found) + 1))


def _counts(labels: pd.DataFrame) -> pd.DataFrame:
    keys = {
        "dimension": labels["dimension"],
        "value": labels["value"],
        "hour": labels["at"] // HOUR,
        "seen_hour": labels["seen"] // HOUR,
    }
    told = {name: (labels["sentiment"] == name).astype(int) for name in SENTIMENTS}
    return pd.DataFrame(keys | told).groupby(list(keys), sort=True).sum().reset_index()


def _mentions(drawn: dict[str, np.ndarray]) -> pd.DataFrame:
    named = np.flatnonzero(drawn["named"])
    rows = {"id": np.arange(1, len(named) + 1), "item": named + 1, "start": 0, "end": 6}
    rows |= {
        "company": np.array(COMPANIES)[drawn["company"][named]],
        "polarity": np.array(SENTIMENTS)[drawn["polarity"][named]],
    }
    return pd.DataFrame(rows | {"probability": 0.8, "relevance": 0.5})


def _rejects() -> pd.DataFrame:
    seen = int((END - EPOCH) / timedelta(microseconds=1)) - np.arange(2000) * 60 * SECOND
    rows = {"id": range(1, 2001), "feed": 1 + np.arange(2000) % FEEDS, "key": [f"{n:x}" for n in range(2000)]}
    return pd.DataFrame(rows | {"seen": seen, "reason": "no title", "raw": "{}"})


def _alerts(count: int = 200) -> list[dict[str, Any]]:
    """Two a day, each open for a day and a half: as of a past moment three of them stood otherwise than they ended."""
    reason = {"code": "surge", "sentiment": "negative", "stories": 14, "hours": 2, "expected": 3.1, "p": 1e-8}
    rows = []
    for number in range(count):
        kind, value = ("company", COMPANIES[number]) if number % 2 else ("topic", TOPICS[number % len(TOPICS)])
        opened = END - timedelta(hours=12 * (count - number))
        closed = None if number >= count - 3 else opened + timedelta(hours=36)
        rows.append({
            "rule": kind, "dimension": kind, "value": value, "opened": opened, "updated": min(opened + timedelta(hours=30), END),
            "closed": closed, "severity": 1 + number % 3, "reason": reason, "led": [number + 1],
        })  # fmt: skip
    return rows


def _steps(alerts: dict[int, dict[str, Any]], hours: int = 4) -> list[dict[str, Any]]:
    """What each alert said when it opened, and every four hours after, as it found a severer window."""
    return [
        {"alert": number, "at": at, "severity": alert["severity"], "reason": alert["reason"], "led": alert["led"]}
        for number, alert in alerts.items()
        for at in (alert["opened"] + timedelta(hours=n) for n in range(0, 32, hours))
        if at <= alert["updated"]
    ]


def _corrections(items: pd.DataFrame, count: int = 2000) -> list[dict[str, Any]]:
    """Of the newest items on which the model abstained."""
    texts = items.loc[items["unsure"].astype(bool), "text"].tail(count)
    same = {
        "created": END,
        "who": "ann",
        "bundle": "financial-news",
        "version": "1",
        "digest": "d" * 64,
        "source": "monitor",
    }
    return [
        same | {"head": "sentiment", "kind": "single", "text": text, "right": {"label": "neutral"}} for text in texts
    ]


def _write(store: Store, table: sa.Table, frame: pd.DataFrame) -> None:
    """By COPY into PostgreSQL, by executemany into SQLite, so many rows at a time."""
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    with store.write() as connection:
        raw = connection.connection.driver_connection
        if connection.dialect.name == "postgresql":
            with raw.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                for row in _rows(frame):
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(frame.columns))
            raw.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", _rows(frame))
        if connection.dialect.name == "postgresql" and "id" in frame:
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {len(frame)})")


def _rows(frame: pd.DataFrame) -> Iterator[tuple]:
    for start in range(0, len(frame), ROWS):
        part = frame.iloc[start : start + ROWS]
        yield from zip(*(part[name].tolist() for name in part.columns), strict=True)
