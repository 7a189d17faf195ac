"""What the sentiment monitor holds, as tables: feeds, items, the stories they belong to, counts of stories, alerts.

Large tables keep times as whole microseconds since 1970 (`Moment`): half the bytes of a written time, and sorted alike.
An item's `at` is the time that it is counted by; `seen` is when it came here: whatever is shown for a moment uses rows
seen up to it, and nothing else. `scored` is NULL for what no model has read yet.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from headwater.store.tables import METADATA, UtcTime, id_column

__all__ = [
    "EPOCH",
    "NEWS_ALERT",
    "NEWS_ALERT_STEP",
    "NEWS_COUNT",
    "NEWS_FEED",
    "NEWS_ITEM",
    "NEWS_LABEL",
    "NEWS_MENTION",
    "NEWS_MUTE",
    "NEWS_REJECT",
    "NEWS_STORY",
    "Moment",
    "hour_of",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Moment(sa.TypeDecorator[datetime]):
    """An aware moment as whole microseconds since 1970, exact both ways."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"expected a moment with its zone, got {value.isoformat()}: use datetime.now(UTC)")
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


def hour_of(moment: datetime) -> int:
    """Whole hours since 1970: the slot that a moment is counted in.

    >>> hour_of(EPOCH + timedelta(hours=5, minutes=59))
    5
    """
    return (moment - EPOCH) // timedelta(hours=1)


# Where items come from. `state` is what the next fetch needs (ETag, Last-Modified, the place in a file).
NEWS_FEED = sa.Table(
    "news_feed",
    METADATA,
    id_column(),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("due", Moment),  # when it is to be fetched next; NULL for what is pushed
    sa.Column("failures", sa.Integer, nullable=False),  # in a row
    sa.Column("tried", Moment),
    sa.Column("succeeded", Moment),
    sa.Column("last_error", sa.Text),
    sa.Column("created", Moment, nullable=False),
    sa.CheckConstraint("kind IN ('url', 'folder', 'stream', 'events')", name="kind"),
    sa.UniqueConstraint("name"),
    sa.Index(None, "due"),
    sqlite_autoincrement=True,
)

NEWS_STORY = sa.Table(
    "news_story",
    METADATA,
    id_column(),
    sa.Column("title", sa.Text, nullable=False),  # of its first item
    sa.Column("at", Moment, nullable=False),  # of its first item
    sa.Column("seen", Moment, nullable=False),
    sa.Column("latest", Moment, nullable=False),  # `at` of its newest item
    sa.Column("items", sa.Integer, nullable=False),
    sa.Column("vector", sa.LargeBinary),  # of its first item, float16; None once it is too old to be joined
    sa.Index(None, "latest"),
    sa.Index(None, "at"),
    sqlite_autoincrement=True,
)

# `key` is its identity within its feed, so that what comes twice stands once. `timing` is the rule that gave `at`.
NEWS_ITEM = sa.Table(
    "news_item",
    METADATA,
    id_column(),
    sa.Column("feed", sa.ForeignKey(NEWS_FEED.c.id), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("source", sa.String(255), nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.String(16)),
    sa.Column("published", Moment),
    sa.Column("published_original", sa.Text),
    sa.Column("seen", Moment, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("timing", sa.String(16), nullable=False),
    sa.Column("scored", Moment),
    sa.Column("skipped", sa.String(255)),  # why no model reads it
    sa.Column("bundle", sa.String(64)),  # digest of what scored it
    sa.Column("sentiment", sa.String(16)),
    sa.Column("negative", sa.Float),
    sa.Column("neutral", sa.Float),
    sa.Column("positive", sa.Float),
    sa.Column("unsure", sa.Boolean),  # abstained: counted as unsure, not by its sentiment
    sa.Column("topics", sa.JSON(none_as_null=True)),  # [[label, probability], ...]
    sa.Column("story", sa.ForeignKey(NEWS_STORY.c.id)),
    sa.Column("relation", sa.String(16)),
    sa.CheckConstraint("timing IN ('given', 'late', 'future', 'undated')", name="timing"),
    sa.CheckConstraint("relation IN ('first', 'copy', 'update', 'same')", name="relation"),
    sa.UniqueConstraint("feed", "key"),
    sa.Index("ix_news_item_waiting", "seen", "id", sqlite_where=sa.text("scored IS NULL"), postgresql_where=sa.text("scored IS NULL")),
    sa.Index("ix_news_item_unsure", "seen", sqlite_where=sa.text("unsure"), postgresql_where=sa.text("unsure")),
    sa.Index(None, "story"),
    sa.Index(None, "seen"),
    sa.Index(None, "feed", "seen"),
    sqlite_autoincrement=True,
)  # fmt: skip

# Companies of an item, with exact offsets into its text; `company` is NULL where none of the table is meant.
NEWS_MENTION = sa.Table(
    "news_mention",
    METADATA,
    id_column(),
    sa.Column("item", sa.ForeignKey(NEWS_ITEM.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("company", sa.String(64)),
    sa.Column("polarity", sa.String(16), nullable=False),
    sa.Column("probability", sa.Float, nullable=False),
    sa.Column("relevance", sa.Float, nullable=False),
    sa.Index(None, "item"),
    sqlite_autoincrement=True,
)

# A story counts once under every (dimension, value), from the first of its items that carries it: `sentiment` is that
# item's (of a company: what it says of the company). Dimensions: all (value ''), topic, company, source.
NEWS_LABEL = sa.Table(
    "news_label",
    METADATA,
    id_column(),
    sa.Column("story", sa.ForeignKey(NEWS_STORY.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("dimension", sa.String(8), nullable=False),
    sa.Column("value", sa.String(255), nullable=False),
    sa.Column("item", sa.BigInteger, nullable=False),  # of this story: it goes with it, and needs no key of its own
    sa.Column("at", Moment, nullable=False),
    sa.Column("seen", Moment, nullable=False),
    sa.Column("sentiment", sa.String(8), nullable=False),
    sa.CheckConstraint("dimension IN ('all', 'topic', 'company', 'source')", name="dimension"),
    sa.CheckConstraint("sentiment IN ('negative', 'neutral', 'positive', 'unsure')", name="sentiment"),
    sa.UniqueConstraint("story", "dimension", "value"),
    sa.Index(None, "dimension", "value", "at"),
    sa.Index(None, "dimension", "at"),
    sqlite_autoincrement=True,
)

# The labels counted by hour, of `at` and of `seen`, so that any past moment can be shown as it was then.
NEWS_COUNT = sa.Table(
    "news_count",
    METADATA,
    sa.Column("dimension", sa.String(8), primary_key=True),
    sa.Column("value", sa.String(255), primary_key=True),
    sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seen_hour", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("negative", sa.Integer, nullable=False),
    sa.Column("neutral", sa.Integer, nullable=False),
    sa.Column("positive", sa.Integer, nullable=False),
    sa.Column("unsure", sa.Integer, nullable=False),
    sa.Index(None, "dimension", "hour"),
    sqlite_with_rowid=False,
)

NEWS_REJECT = sa.Table(
    "news_reject",
    METADATA,
    id_column(),
    sa.Column("feed", sa.ForeignKey(NEWS_FEED.c.id), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),  # of what was rejected, so that it stands once
    sa.Column("seen", Moment, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.UniqueConstraint("feed", "key"),
    sa.Index(None, "feed", "seen"),
    sqlite_autoincrement=True,
)

# `reason` is a code with its numbers, worded by whoever shows it; `led` the ids of the stories that led it.
NEWS_ALERT = sa.Table(
    "news_alert",
    METADATA,
    id_column(),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("dimension", sa.String(8), nullable=False),
    sa.Column("value", sa.String(255), nullable=False),
    sa.Column("opened", UtcTime, nullable=False),
    sa.Column("updated", UtcTime, nullable=False),
    sa.Column("closed", UtcTime),
    sa.Column("severity", sa.SmallInteger, nullable=False),  # 1 to 3, the highest it reached
    sa.Column("reason", sa.JSON, nullable=False),
    sa.Column("led", sa.JSON, nullable=False),
    sa.Column("verdict", sa.String(16)),  # what a person made of it
    sa.Column("by", sa.String(255)),
    sa.Column("decided", UtcTime),
    sa.CheckConstraint("severity BETWEEN 1 AND 3", name="severity"),
    sa.CheckConstraint("verdict IN ('acknowledged', 'false')", name="verdict"),
    sa.Index("uq_news_alert_open", "rule", "dimension", "value", unique=True, sqlite_where=sa.text("closed IS NULL"), postgresql_where=sa.text("closed IS NULL")),
    sa.Index(None, "opened"),
    sqlite_autoincrement=True,
)  # fmt: skip

# What an alert said from a tick on: where it opened, rose, or found a severer window. So it is shown as it stood then.
NEWS_ALERT_STEP = sa.Table(
    "news_alert_step",
    METADATA,
    sa.Column("alert", sa.ForeignKey(NEWS_ALERT.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("at", UtcTime, primary_key=True),
    sa.Column("severity", sa.SmallInteger, nullable=False),
    sa.Column("reason", sa.JSON, nullable=False),
    sa.Column("led", sa.JSON, nullable=False),
)

# Nothing is sent about a (dimension, value), of any rule or of one, until then.
NEWS_MUTE = sa.Table(
    "news_mute",
    METADATA,
    id_column(),
    sa.Column("rule", sa.String(64)),
    sa.Column("dimension", sa.String(8), nullable=False),
    sa.Column("value", sa.String(255), nullable=False),
    sa.Column("until", UtcTime, nullable=False),
    sa.Column("by", sa.String(255), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
