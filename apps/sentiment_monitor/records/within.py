"""What else the stories of a topic, company or source are about: counts of one dimension within another."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store.news import NEWS_LABEL
from sentiment_monitor.news import DIMENSIONS, SENTIMENTS, Counts
from sentiment_monitor.records.past import Past

__all__ = ["NEWEST", "within"]

NEWEST = 2_000  # stories that are looked at: a page waits for a part of a second, however many there are
LABEL = NEWS_LABEL.c


def within(
    past: Past, dimension: str, value: str, start: datetime, end: datetime, other: str, limit: int = 8
) -> list[tuple[str, Counts]]:
    """The values of `other` with the most stories among the newest 2,000 that count under (dimension, value) in a window.

    Of a value itself nothing is said; for "all" the whole window is counted. Raises InputError for an unknown dimension.
    """
    if dimension == "all":
        return past.tops(other, start, end, limit)
    if not {dimension, other} <= set(DIMENSIONS):
        raise InputError(f"expected dimensions of {', '.join(DIMENSIONS)}, got {dimension!r} and {other!r}")
    seen = () if past.as_of is None else (LABEL.seen <= past.as_of,)
    mine = sa.select(LABEL.story).where(
        LABEL.dimension == dimension, LABEL.value == value, LABEL.at >= start, LABEL.at < end, *seen
    )  # fmt: skip
    chosen = mine.order_by(LABEL.at.desc()).limit(NEWEST).cte("chosen")
    beside, sums = NEWS_LABEL.alias("beside"), [_of(name) for name in SENTIMENTS]
    counted = (
        sa.select(beside.c.value, *(sa.func.sum(one(beside)) for one in sums))
        .select_from(chosen.join(beside, beside.c.story == chosen.c.story))
        .where(beside.c.dimension == other)
        .group_by(beside.c.value)
    )
    if past.as_of is not None:
        counted = counted.where(beside.c.seen <= past.as_of)
    with past.store.read() as connection:
        rows = [(name, Counts(*map(int, four))) for name, *four in connection.execute(counted)]
    found = [row for row in rows if (other, row[0]) != (dimension, value)]
    return sorted(found, key=lambda row: (-row[1].total, row[0]))[:limit]


def _of(name: str) -> Any:
    return lambda table: sa.case((table.c.sentiment == name, 1), else_=0)
