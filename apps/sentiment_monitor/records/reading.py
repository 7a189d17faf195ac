"""Rows of stories, items and feeds as the pages and the command line show them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headwater.store.news import NEWS_FEED, NEWS_ITEM, NEWS_MENTION, NEWS_REJECT, NEWS_STORY
from sentiment_monitor.news import SENTIMENTS, Mention
from sentiment_monitor.records.rows import Feed, FeedHealth, ItemRow, StoryRow

__all__ = ["feed_health", "item_rows", "story_rows"]

ITEM, MENTION, FEED, REJECT = NEWS_ITEM.c, NEWS_MENTION.c, NEWS_FEED.c, NEWS_REJECT.c
PLAIN = [name for name in ItemRow.__dataclass_fields__ if name not in ("probabilities", "mentions")]
COLUMNS = [*(ITEM[name] for name in PLAIN), *(ITEM[name] for name in SENTIMENTS[:3])]


def story_rows(
    connection: sa.Connection, labels: Sequence[sa.Row[Any]], seen: Sequence[sa.ColumnElement[bool]]
) -> list[StoryRow]:
    """Stories by (story, at, sentiment), in that order, with their items and sources of the moment that is shown."""
    ids = [label.story for label in labels]
    titles = dict(connection.execute(sa.select(NEWS_STORY.c.id, NEWS_STORY.c.title).where(NEWS_STORY.c.id.in_(ids))).all())  # fmt: skip
    sizes = sa.select(
        ITEM.story, sa.func.count().label("items"), sa.func.count(ITEM.source.distinct()).label("sources")
    )
    counted = connection.execute(sizes.where(ITEM.story.in_(ids), *seen).group_by(ITEM.story))
    size = {row.story: (row.items, row.sources) for row in counted}
    return [
        StoryRow(label.story, titles[label.story], label.at, label.sentiment, *size.get(label.story, (0, 0)))
        for label in labels
    ]


def item_rows(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[Any]],
    limit: int,
) -> list[ItemRow]:
    """Items with their mentions."""
    rows = connection.execute(sa.select(*COLUMNS).where(which).order_by(*order).limit(limit)).all()
    texts = {row.id: row.text for row in rows}
    mentions: dict[int, list[Mention]] = {item: [] for item in texts}
    chosen = sa.select(NEWS_MENTION).where(MENTION.item.in_(list(texts))).order_by(MENTION.item, MENTION.start)
    for row in connection.execute(chosen):
        words = texts[row.item][row.start : row.end]
        mentions[row.item].append(
            Mention(row.start, row.end, words, row.polarity, row.probability, row.company, row.relevance)
        )
    return [_item(row, mentions[row.id]) for row in rows]


def _item(row: sa.Row[Any], mentions: Sequence[Mention]) -> ItemRow:
    values = dict(row._mapping)
    chances = {name: chance for name in SENTIMENTS[:3] if (chance := values.pop(name)) is not None}
    topics = tuple((label, chance) for label, chance in values.pop("topics") or ())
    unsure = bool(values.pop("unsure"))
    return ItemRow(**values, unsure=unsure, topics=topics, probabilities=chances, mentions=tuple(mentions))


def feed_health(connection: sa.Connection, since: datetime, until: datetime) -> list[FeedHealth]:
    """Every feed by its name, with what was seen from `since` to `until`."""
    lately = (ITEM.seen >= since, ITEM.seen <= until)
    late = sa.func.sum(sa.case((ITEM.timing == "late", 1), else_=0))
    came = sa.select(ITEM.feed, sa.func.count(), late, sa.func.max(ITEM.seen)).where(*lately).group_by(ITEM.feed)
    items = {row[0]: (row[1], row[2], row[3]) for row in connection.execute(came)}
    refused = sa.select(REJECT.feed, sa.func.count()).where(REJECT.seen >= since, REJECT.seen <= until)
    rejects = Counter(dict(connection.execute(refused.group_by(REJECT.feed)).all()))
    feeds = connection.execute(sa.select(*(FEED[name] for name in Feed.__dataclass_fields__)).order_by(FEED.name))
    health = []
    for row in feeds:
        count, behind, newest = items.get(row.id, (0, 0, None))
        health.append(FeedHealth(Feed(**row._mapping), count, int(behind), rejects[row.id], newest))
    return health
