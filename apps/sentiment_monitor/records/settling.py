"""A batch that was read and placed -> items, stories, labels, counts and mentions, each story counted once.

Whoever settles holds the lease: nobody else writes these tables meanwhile, so what is read here first holds to the end.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from headwater.errors import InputError
from headwater.store.news import NEWS_COUNT, NEWS_ITEM, NEWS_LABEL, NEWS_MENTION, NEWS_STORY, hour_of
from sentiment_monitor.news import SENTIMENTS, Mention, Placed

__all__ = ["labels_of", "settle"]

READ = ("scored", "skipped", "bundle", "language", "sentiment", "negative", "neutral", "positive", "unsure", "topics", "story", "relation")  # fmt: skip
SCORED = (
    NEWS_ITEM.update().where(NEWS_ITEM.c.id == sa.bindparam("row")).values({name: sa.bindparam(name) for name in READ})
)
BEGUN = NEWS_STORY.insert().returning(NEWS_STORY.c.id, sort_by_parameter_order=True)
GROWN = (
    NEWS_STORY.update()
    .where(NEWS_STORY.c.id == sa.bindparam("row"))
    .values(items=NEWS_STORY.c["items"] + sa.bindparam("more"), latest=sa.bindparam("newest"))
)
Label = tuple[str, str, str]  # dimension, value, sentiment


def settle(connection: sa.Connection, batch: Sequence[Placed], bundle: str, moment: datetime) -> list[int | None]:
    """Write what is new of a batch; return the story of each, None for what no model read.

    An item that has been scored is left alone, and gives the story that it is in. Raises InputError for an item or a
    story that the store does not hold.
    """
    before = _before(connection, batch)
    fresh = [index for index, placed in enumerate(batch) if not before[placed.item.id][0]]
    stories = [before[placed.item.id][1] for placed in batch]
    _begin(connection, batch, fresh, stories)
    for index in fresh:
        stories[index] = _story(batch, index, stories)
    placed = [(batch[i], story) for i in fresh if (story := stories[i]) is not None]
    begun = _grow(connection, placed)
    if fresh:
        connection.execute(SCORED, [_scored(batch[i], stories[i], bundle, moment) for i in fresh])
    _mention(connection, [batch[i] for i in fresh])
    _count(connection, placed, begun)
    return stories


def _before(connection: sa.Connection, batch: Sequence[Placed]) -> dict[int, tuple[bool, int | None]]:
    """Whether each item has been scored, and its story."""
    ids = [placed.item.id for placed in batch]
    chosen = sa.select(NEWS_ITEM.c.id, NEWS_ITEM.c.scored.is_not(None), NEWS_ITEM.c.story).where(
        NEWS_ITEM.c.id.in_(ids)
    )
    found = {row[0]: (bool(row[1]), row[2]) for row in connection.execute(chosen)}
    missing = next((item for item in ids if item not in found), None)
    if missing is not None:
        raise InputError(f"expected items of this store, got {missing}, which it does not hold or no longer")
    return found


def _begin(connection: sa.Connection, batch: Sequence[Placed], fresh: Sequence[int], stories: list[int | None]) -> None:
    """Make the stories that begin in this batch, in its order."""
    first = [i for i in fresh if batch[i].story in (None, -i - 1) and batch[i].reading.skipped is None]
    rows = [
        {
            "title": batch[i].item.title, "at": batch[i].item.at, "seen": batch[i].item.seen, "latest": batch[i].item.at,
            "items": 0, "vector": _packed(batch[i].vector),
        }
        for i in first
    ]  # fmt: skip
    if rows:
        for index, story in zip(first, connection.scalars(BEGUN, rows), strict=True):
            stories[index] = story


def _packed(vector: np.ndarray | None) -> bytes | None:
    return None if vector is None else np.asarray(vector, np.float16).tobytes()


def _story(batch: Sequence[Placed], index: int, stories: Sequence[int | None]) -> int | None:
    """Of an item of the batch: its own, one that stands, or that of an earlier item of the batch."""
    wanted = batch[index].story
    if batch[index].reading.skipped is not None:
        return None
    if wanted is None or wanted >= 0:
        return stories[index] if wanted is None else wanted
    begun = -wanted - 1
    if begun > index or stories[begun] is None:
        raise InputError(f"item {batch[index].item.id}: expected an earlier item of the batch, got story {wanted}")
    return stories[begun]


def _scored(placed: Placed, story: int | None, bundle: str, moment: datetime) -> dict[str, Any]:
    reading = placed.reading
    row: dict[str, Any] = dict.fromkeys(READ)
    row |= {"row": placed.item.id, "scored": moment, "bundle": bundle, "language": reading.language}
    if reading.skipped is not None:
        return row | {"skipped": reading.skipped[:255]}
    topics = [[label, float(chance)] for label, chance in reading.topics]
    chances = {name: float(reading.probabilities[name]) for name in SENTIMENTS[:3]}
    row |= {"sentiment": reading.sentiment, "unsure": reading.unsure, "topics": topics} | chances
    return row | {"story": story, "relation": placed.relation}


def _mention(connection: sa.Connection, batch: Sequence[Placed]) -> None:
    rows = [
        {
            "item": placed.item.id, "start": mention.start, "end": mention.end, "company": mention.company,
            "polarity": mention.polarity, "probability": float(mention.probability), "relevance": float(mention.relevance),
        }
        for placed in batch
        for mention in placed.reading.mentions
    ]  # fmt: skip
    if rows:
        connection.execute(NEWS_MENTION.insert(), rows)


def _grow(connection: sa.Connection, placed: Sequence[tuple[Placed, int]]) -> dict[int, datetime]:
    """Add items to their stories; when each story was first seen, by its id."""
    more: dict[int, list[datetime]] = defaultdict(list)
    for one, story in placed:
        more[story].append(one.item.at)
    columns = (NEWS_STORY.c.id, NEWS_STORY.c.seen, NEWS_STORY.c.latest)
    found = {row.id: row for row in connection.execute(sa.select(*columns).where(NEWS_STORY.c.id.in_(list(more))))}
    missing = next((story for story in more if story not in found), None)
    if missing is not None:
        raise InputError(f"expected stories of this store, got {missing}: build the index of stories anew from it")
    rows = [
        {"row": story, "more": len(times), "newest": max(found[story].latest, *times)} for story, times in more.items()
    ]
    if rows:
        connection.execute(GROWN, rows)
    return {story: row.seen for story, row in found.items()}


def labels_of(placed: Placed) -> list[Label]:
    """What an item counts under: (dimension, value, sentiment), each (dimension, value) once.

    Of a company with several mentions the polarity is that of most weight: the sum of the mentions' probabilities.
    """
    reading, counted = placed.reading, placed.reading.counted
    topics = [("topic", label, counted) for label in dict(reading.topics)]
    source = [("source", placed.item.source, counted)] if placed.item.source else []
    return [("all", "", counted), *topics, *_companies(reading.mentions), *source]


def _companies(mentions: Sequence[Mention]) -> list[Label]:
    weights: dict[str, dict[str, float]] = {}
    for mention in mentions:
        if mention.company is not None:
            by_polarity = weights.setdefault(mention.company, {})
            by_polarity[mention.polarity] = by_polarity.get(mention.polarity, 0.0) + mention.probability
    return [("company", company, max(by, key=by.__getitem__)) for company, by in weights.items()]


def _count(connection: sa.Connection, placed: Sequence[tuple[Placed, int]], begun: Mapping[int, datetime]) -> None:
    """Label the stories with what they do not carry yet, and count those labels by their hours.

    A label is seen once its item and its story are: where feeds overtake each other the item may be the earlier.
    """
    columns = (NEWS_LABEL.c.story, NEWS_LABEL.c.dimension, NEWS_LABEL.c.value)
    standing = connection.execute(sa.select(*columns).where(NEWS_LABEL.c.story.in_(list(begun))))
    carried = {tuple(row) for row in standing}
    rows: list[dict[str, Any]] = []
    counts: dict[tuple[str, str, int, int], dict[str, int]] = {}
    for one, story in placed:
        at, seen = one.item.at, max(one.item.seen, begun[story])
        for dimension, value, sentiment in labels_of(one):
            if (story, dimension, value) in carried:
                continue
            carried.add((story, dimension, value))
            rows.append({"story": story, "dimension": dimension, "value": value, "item": one.item.id, "at": at, "seen": seen, "sentiment": sentiment})  # fmt: skip
            cell = counts.setdefault((dimension, value, hour_of(at), hour_of(seen)), dict.fromkeys(SENTIMENTS, 0))
            cell[sentiment] += 1
    if rows:
        connection.execute(NEWS_LABEL.insert(), rows)
        keys = ("dimension", "value", "hour", "seen_hour")
        connection.execute(_added(connection.dialect.name), [dict(zip(keys, key, strict=True)) | cell for key, cell in counts.items()])  # fmt: skip


def _added(dialect: str) -> sa.Insert:
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[dialect](NEWS_COUNT)
    more = {name: NEWS_COUNT.c[name] + insert.excluded[name] for name in SENTIMENTS}
    return insert.on_conflict_do_update(index_elements=list(NEWS_COUNT.primary_key), set_=more)
