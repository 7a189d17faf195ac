"""News in the store, for those who read it: as of a moment, from nothing that was seen later."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.news import EPOCH, NEWS_ITEM, NEWS_LABEL, NEWS_REJECT, NEWS_STORY
from headwater.store.tables import utc_now
from sentiment_monitor.news import DIMENSIONS, SENTIMENTS, Counts
from sentiment_monitor.records.arriving import EXPIRED
from sentiment_monitor.records.buckets import check_window, edges_of
from sentiment_monitor.records.counting import cells, counts_of, tally
from sentiment_monitor.records.reading import feed_health, item_rows, story_rows
from sentiment_monitor.records.rows import Bucket, FeedHealth, ItemRow, RejectRow, Story, StoryRow

__all__ = ["ORDERS", "Past"]

HOUR = timedelta(hours=1)
ORDERS = ("total", *SENTIMENTS)
ITEM, LABEL = NEWS_ITEM.c, NEWS_LABEL.c
After = tuple[datetime, int]


class Past:
    """What the store showed at a moment, None for now. Windows are of `at`, from `start` up to, not including, `end`.

    Every method raises InputError for a dimension, a window or an order that cannot be.
    """

    def __init__(self, store: Store, as_of: datetime | None = None) -> None:
        self.store, self.as_of = store, as_of

    def series(
        self, dimension: str, value: str, start: datetime, end: datetime, step: timedelta | str, zone: str = "UTC"
    ) -> list[Bucket]:
        """Stories by bucket, those without any too. `step`: whole hours, or "day", "week", "month" of the zone."""
        edges = edges_of(start, end, step, zone)
        with self.store.read() as connection:
            found = cells(connection, _known(dimension), value, edges, self.as_of)
        counts = tally(found, edges).get(value, np.zeros((len(edges) - 1, 4), int))
        return [
            Bucket(begin, until, counts_of(four))
            for begin, until, four in zip(edges[:-1], edges[1:], counts, strict=True)
        ]

    def tops(
        self, dimension: str, start: datetime, end: datetime, limit: int | None = 10, order: str = "total"
    ) -> list[tuple[str, Counts]]:
        """The values of a dimension with the most stories, or the most of one sentiment; then by name."""
        if order not in ORDERS:
            raise InputError(f"expected one of {', '.join(ORDERS)}, got {order!r}")
        check_window(start, end)
        edges = [start, end]
        with self.store.read() as connection:
            found = tally(cells(connection, _known(dimension), None, edges, self.as_of), edges)
        counts = [(value, counts_of(four[0])) for value, four in found.items()]
        return sorted(counts, key=lambda one: (-getattr(one[1], order), one[0]))[:limit]

    def hourly(self, dimension: str, start: datetime, end: datetime) -> dict[str, np.ndarray]:
        """Stories by hour: int64 (hours, 4) by value, in the order of SENTIMENTS; of values that have any.

        `start` and `end` are whole hours.
        """
        if (start - EPOCH) % HOUR or (end - EPOCH) % HOUR:
            raise InputError(f"expected whole hours, got {start} to {end}")
        edges = edges_of(start, end, HOUR)
        with self.store.read() as connection:
            return tally(cells(connection, _known(dimension), None, edges, self.as_of), edges)

    def recent(
        self, dimension: str, start: datetime, end: datetime, value: str | None = None
    ) -> list[tuple[str, datetime, str, int]]:
        """Each story that counts in a window, of one value or of all: (value, at, sentiment, story), in the order of `at`."""
        chosen = sa.select(LABEL.value, LABEL.at, LABEL.sentiment, LABEL.story).where(
            LABEL.dimension == _known(dimension), LABEL.at >= start, LABEL.at < end, *self._seen(LABEL.seen)
        )
        if value is not None:
            chosen = chosen.where(LABEL.value == value)
        with self.store.read() as connection:
            rows = connection.execute(chosen.order_by(LABEL.at, LABEL.story, LABEL.value))
            return [(row.value, row.at, row.sentiment, row.story) for row in rows]

    def stories(
        self,
        dimension: str,
        value: str,
        start: datetime,
        end: datetime,
        sentiment: str | None = None,
        limit: int = 50,
        before: After | None = None,
    ) -> list[StoryRow]:
        """The stories behind a count, newest first; `before` is (at, id) of the last of the page before."""
        chosen = sa.select(LABEL.story, LABEL.at, LABEL.sentiment).where(
            LABEL.dimension == _known(dimension), LABEL.value == value, LABEL.at >= start, LABEL.at < end,
            *self._seen(LABEL.seen), *_before(before, LABEL.at, LABEL.story),
        )  # fmt: skip
        if sentiment is not None:
            chosen = chosen.where(LABEL.sentiment == sentiment)
        chosen = chosen.order_by(LABEL.at.desc(), LABEL.story.desc()).limit(limit)
        with self.store.read() as connection:
            return story_rows(connection, connection.execute(chosen).all(), self._seen(ITEM.seen))

    def story(self, story: int, limit: int = 200) -> Story:
        """A story with its items as they came. Raises InputError where there is none at this moment."""
        with self.store.read() as connection:
            columns = (NEWS_STORY.c.title, NEWS_STORY.c.at)
            found = connection.execute(
                sa.select(*columns).where(NEWS_STORY.c.id == story, *self._seen(NEWS_STORY.c.seen))
            ).one_or_none()
            if found is None:
                raise InputError(f"expected the id of a story, got {story}: there is none, not yet or no longer")
            mine = (ITEM.story == story, *self._seen(ITEM.seen))
            sums = sa.select(sa.func.count(), sa.func.max(ITEM.at)).where(*mine)
            count, latest = connection.execute(sums).one()
            named = sa.select(ITEM.source).where(*mine).group_by(ITEM.source).order_by(sa.func.min(ITEM.seen), ITEM.source)  # fmt: skip
            labels = sa.select(LABEL.dimension, LABEL.value, LABEL.sentiment).where(LABEL.story == story, *self._seen(LABEL.seen)).order_by(LABEL.id)  # fmt: skip
            items = item_rows(connection, sa.and_(*mine), (ITEM.seen, ITEM.id), limit)
            return Story(
                story, found.title, found.at, latest, count, tuple(connection.scalars(named)), tuple(items),
                tuple(tuple(row) for row in connection.execute(labels)),
            )  # fmt: skip

    def items(
        self,
        unsure: bool | None = None,
        feed: int | None = None,
        limit: int = 50,
        before: After | None = None,
    ) -> list[ItemRow]:
        """Items that were seen, newest first; with `unsure`, those of which the model abstained.

        `before` is (seen, id) of the last of the page before.
        """
        which = [*self._seen(ITEM.seen), *_before(before, ITEM.seen, ITEM.id), ITEM.skipped.is_distinct_from(EXPIRED)]
        if unsure is not None:
            which.append(ITEM.unsure if unsure else ~ITEM.unsure)
        if feed is not None:
            which.append(ITEM.feed == feed)
        with self.store.read() as connection:
            return item_rows(connection, sa.and_(*which), (ITEM.seen.desc(), ITEM.id.desc()), limit)

    def feeds_health(self) -> list[FeedHealth]:
        """Every feed by its name, with what came within a day; where it stands is always that of now."""
        moment = self.as_of or utc_now()
        with self.store.read() as connection:
            return feed_health(connection, moment - timedelta(days=1), moment)

    def rejects(self, feed: int | None = None, limit: int = 50, before: After | None = None) -> list[RejectRow]:
        """What could not be used, newest first; `before` is (seen, id) of the last of the page before."""
        reject = NEWS_REJECT.c
        chosen = sa.select(*(reject[name] for name in RejectRow.__dataclass_fields__)).where(
            sa.true(), *self._seen(reject.seen), *_before(before, reject.seen, reject.id)
        )
        if feed is not None:
            chosen = chosen.where(reject.feed == feed)
        with self.store.read() as connection:
            rows = connection.execute(chosen.order_by(reject.seen.desc(), reject.id.desc()).limit(limit))
            return [RejectRow(**row._mapping) for row in rows]

    def _seen(self, column: sa.Column[datetime]) -> Sequence[sa.ColumnElement[bool]]:
        return () if self.as_of is None else (column <= self.as_of,)


def _known(dimension: str) -> str:
    if dimension not in DIMENSIONS:
        raise InputError(f"expected one of {', '.join(DIMENSIONS)}, got {dimension!r}")
    return dimension


def _before(
    before: After | None, moment: sa.Column[datetime], number: sa.Column[int]
) -> Sequence[sa.ColumnElement[bool]]:
    """What stands after a row in a list that falls by (moment, number)."""
    if before is None:
        return ()
    return moment <= before[0], sa.or_(moment < before[0], number < before[1])
