"""Stories counted between any moments, as of any moment: whole hours from the counts, parts of hours from the labels.

`news_count` holds whole hours of `at` and of `seen`. Where a window begins or ends inside an hour, and in the hour in
which the moment that is shown lies, the labels themselves are counted: both together are exact.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from headwater.store.news import EPOCH, NEWS_COUNT, NEWS_ITEM, NEWS_LABEL, Moment, hour_of
from sentiment_monitor.news import SENTIMENTS, Counts

__all__ = ["Cell", "cells", "counts_of", "tally"]

HOUR = timedelta(hours=1)
MICROSECONDS = HOUR // timedelta(microseconds=1)
Cell = tuple[
    str, int, Sequence[int]
]  # value, microseconds since 1970 of the bucket that they belong to, counts by sentiment
COUNT, LABEL = NEWS_COUNT.c, NEWS_LABEL.c
AT = sa.type_coerce(LABEL.at, sa.BigInteger).label("at")  # as it is stored: a million moments cost seconds
ONE = {sentiment: tuple(int(sentiment == name) for name in SENTIMENTS) for sentiment in SENTIMENTS}


def counts_of(four: Sequence[Any]) -> Counts:
    """Counts of four numbers in the order of SENTIMENTS."""
    return Counts(*map(int, four))


def cells(
    connection: sa.Connection,
    dimension: str,
    value: str | None,
    edges: Sequence[datetime],
    as_of: datetime | None,
) -> list[Cell]:
    """Counts of stories between the first and the last of `edges`, rising; no cell spans an edge.

    `value` None: of every value of the dimension.
    """
    parts = sorted({hour_of(edge) for edge in edges if (edge - EPOCH) % HOUR})
    found = _whole(connection, dimension, value, edges, as_of, parts)
    found += _labels(connection, dimension, value, _inside(parts, edges), as_of)
    if as_of is not None:
        found += _last_hour(connection, dimension, value, edges, as_of, parts)
    return found


def _of(columns: Any, dimension: str, value: str | None) -> list[sa.ColumnElement[bool]]:
    return [columns.dimension == dimension, *([] if value is None else [columns.value == value])]


def _whole(
    connection: sa.Connection,
    dimension: str,
    value: str | None,
    edges: Sequence[datetime],
    as_of: datetime | None,
    parts: Sequence[int],
) -> list[Cell]:
    """Whole hours of `at` that no edge cuts, less what was seen in the hour of the moment that is shown, or later."""
    hour = COUNT.hour if len(edges) > 2 else sa.func.min(COUNT.hour)
    keys = [*([] if value is not None else [COUNT.value]), *([COUNT.hour] if len(edges) > 2 else [])]
    chosen = sa.select(
        COUNT.value if value is None else sa.literal(value),
        hour,
        *(sa.func.sum(COUNT[name]) for name in SENTIMENTS),
    ).where(*_of(COUNT, dimension, value), COUNT.hour >= hour_of(edges[0]), COUNT.hour < hour_of(edges[-1]))
    if parts:
        chosen = chosen.where(COUNT.hour.not_in(parts))
    if as_of is not None:
        chosen = chosen.where(COUNT.seen_hour < hour_of(as_of))
    if keys:
        chosen = chosen.group_by(*keys)
    return [(name, at * MICROSECONDS, four) for name, at, *four in connection.execute(chosen) if at is not None]


def _inside(parts: Sequence[int], edges: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """The hours that an edge cuts, as far as they lie between the first and the last edge."""
    hours = [EPOCH + part * HOUR for part in parts]
    return [(max(hour, edges[0]), min(hour + HOUR, edges[-1])) for hour in hours]


def _labels(
    connection: sa.Connection,
    dimension: str,
    value: str | None,
    spans: Sequence[tuple[datetime, datetime]],
    as_of: datetime | None,
) -> list[Cell]:
    """The labels of these spans of `at`, one by one."""
    if not spans:
        return []
    given = sa.values(sa.column("low", Moment), sa.column("high", Moment), name="span").data(list(spans)).cte("span")
    inside = [*_of(LABEL, dimension, value), LABEL.at >= given.c.low, LABEL.at < given.c.high]
    if as_of is not None:
        inside.append(LABEL.seen <= as_of)
    columns = (LABEL.value, AT, LABEL.sentiment)
    if connection.dialect.name == "postgresql":
        # It takes the spans of a join to hold a ninth of all labels each, and reads all; OFFSET keeps this from being one.
        each = sa.select(*columns).where(*inside).correlate(given).offset(0).lateral()
        chosen = sa.select(*each.c).select_from(given.join(each, sa.true()))
    else:
        chosen = sa.select(*columns).select_from(given.join(NEWS_LABEL, sa.true())).where(*inside)
    return [(name, at, ONE[sentiment]) for name, at, sentiment in connection.execute(chosen)]


def _last_hour(
    connection: sa.Connection,
    dimension: str,
    value: str | None,
    edges: Sequence[datetime],
    as_of: datetime,
    parts: Sequence[int],
) -> list[Cell]:
    """The labels seen in the hour of the moment that is shown, up to it; those of cut hours have been counted.

    Few items were seen in one hour: their stories are looked for first. What stands in the way of that, an index of the
    dimension, is of no use to a column with something added.
    """
    began = EPOCH + hour_of(as_of) * HOUR
    lately = sa.select(NEWS_ITEM.c.story).where(NEWS_ITEM.c.seen >= began, NEWS_ITEM.c.seen <= as_of)
    chosen = sa.select(LABEL.value, AT, LABEL.sentiment).where(
        LABEL.dimension.concat("") == dimension,
        *([] if value is None else [LABEL.value == value]),
        LABEL.story.in_(lately),
        LABEL.seen >= began,
        LABEL.seen <= as_of,
        LABEL.at >= edges[0],
        LABEL.at < edges[-1],
    )
    cut = set(parts)
    return [
        (name, at, ONE[sentiment])
        for name, at, sentiment in connection.execute(chosen)
        if at // MICROSECONDS not in cut
    ]


def tally(found: Sequence[Cell], edges: Sequence[datetime]) -> dict[str, np.ndarray]:
    """Cells -> by value int64 (buckets, 4): bucket i is from edges[i] up to edges[i + 1]."""
    if not found:
        return {}
    names = sorted({name for name, _, _ in found})
    place = {name: index for index, name in enumerate(names)}
    values = np.fromiter((place[name] for name, _, _ in found), np.int64, len(found))
    moments = np.fromiter((at for _, at, _ in found), np.int64, len(found))
    bounds = np.array([(edge - EPOCH) // timedelta(microseconds=1) for edge in edges])
    buckets = np.searchsorted(bounds, moments, side="right") - 1
    total = np.zeros((len(names), len(edges) - 1, len(SENTIMENTS)), np.int64)
    np.add.at(total, (values, buckets), np.array([four for _, _, four in found], np.int64))
    return {name: total[index] for name, index in place.items()}
