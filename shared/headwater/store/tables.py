"""What the store holds, as tables; `migrations/` is how a file or a server came to hold it, and a test compares the two.

A table that says something about a person has a column `subject` (see `headwater.store.subjects`): by it, and by
nothing else, erasure finds its rows. Times are UTC and aware, on both databases.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

__all__ = [
    "CONVERSATION",
    "CORRECTION",
    "HANDOFF",
    "METADATA",
    "OUTBOX",
    "SETTING",
    "TURN",
    "UtcTime",
    "id_column",
    "utc_now",
]


class UtcTime(sa.TypeDecorator[datetime]):
    """An aware moment: TIMESTAMP WITH TIME ZONE in PostgreSQL; in SQLite text in UTC, which sorts as time does."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"expected a moment with its zone, got {value.isoformat()}: use datetime.now(UTC)")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_now() -> datetime:
    """This moment; whoever tests time gives another clock."""
    return datetime.now(UTC)


METADATA = sa.MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def id_column() -> sa.Column[Any]:
    """The key of a row, counted up on both databases."""
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


SETTING = sa.Table(
    "setting",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# AUTOINCREMENT: SQLite would give the id of a deleted row again, and who still holds the old one would mark the new.
OUTBOX = sa.Table(
    "outbox",
    METADATA,
    id_column(),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("subject", sa.String(64)),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("due", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("leased_until", UtcTime),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("last_error", sa.Text),
    sa.Column("finished", UtcTime),  # when it was sent, or given up
    sa.CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="state"),
    sa.UniqueConstraint("channel", "key"),
    sa.Index(None, "state", "due"),
    sa.Index(None, "subject"),
    sqlite_autoincrement=True,
)

CORRECTION = sa.Table(
    "correction",
    METADATA,
    id_column(),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("who", sa.String(255), nullable=False),
    sa.Column("bundle", sa.String(255), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("variant", sa.String(16)),
    sa.Column("head", sa.String(255), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("second", sa.Text),
    sa.Column("said", sa.JSON(none_as_null=True)),
    sa.Column("right", sa.JSON, nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(64)),
    sa.Column("used_in", sa.String(255)),
    sa.Index(None, "bundle", "head", "created"),
    sa.Index(None, "subject"),
    sa.Index(None, "text", postgresql_using="hash"),  # a text may be longer than its other indexes hold
    sqlite_autoincrement=True,
)

# Of a conversation about nobody known the subject is its own key, so that erasure finds it; `known` tells the two apart.
# `state` is where it stands, with the values under way as they were said; NULL once nothing is under way.
CONVERSATION = sa.Table(
    "conversation",
    METADATA,
    id_column(),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("known", sa.Boolean, nullable=False),
    sa.Column("bundle", sa.String(255), nullable=False),
    sa.Column("bundle_version", sa.String(64), nullable=False),
    sa.Column("bundle_digest", sa.String(64), nullable=False),
    sa.Column("policy_digest", sa.String(64), nullable=False),
    sa.Column("state", sa.JSON(none_as_null=True)),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("taken_by", sa.String(255)),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("updated", UtcTime, nullable=False),  # when anybody last said something
    sa.CheckConstraint("status IN ('open', 'handed_over', 'closed')", name="status"),
    sa.UniqueConstraint("key"),
    sa.Index(None, "status", "updated"),
    sa.Index(None, "subject", "created"),
    sa.Index(None, "created"),
    sqlite_autoincrement=True,
)


def _conversation() -> sa.Column[Any]:
    return sa.Column("conversation", sa.ForeignKey(CONVERSATION.c.id, ondelete="CASCADE"), nullable=False)


TURN = sa.Table(
    "turn",
    METADATA,
    id_column(),
    _conversation(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("idempotency", sa.String(255)),
    sa.Column("speaker", sa.String(16), nullable=False),
    sa.Column("who", sa.String(255)),  # of an agent
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reply", sa.JSON(none_as_null=True)),
    sa.Column("outcome", sa.String(16)),
    sa.Column("kinds", sa.String(255)),  # what the parts of a bot's reply do, by blanks
    sa.Column("intent", sa.String(255)),
    sa.Column("probability", sa.Float),
    sa.Column("milliseconds", sa.Float),
    sa.Column("thumbs", sa.SmallInteger),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.CheckConstraint("speaker IN ('customer', 'bot', 'agent')", name="speaker"),
    sa.CheckConstraint("thumbs IN (-1, 1)", name="thumbs"),
    sa.UniqueConstraint("conversation", "number"),
    sa.UniqueConstraint("conversation", "idempotency"),
    sa.Index(None, "subject"),
    sa.Index(None, "created"),
    sqlite_autoincrement=True,
)

HANDOFF = sa.Table(
    "handoff",
    METADATA,
    id_column(),
    _conversation(),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("slots", sa.JSON, nullable=False),
    sa.Column("wait", sa.String(255), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("by", sa.String(255)),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("taken", UtcTime),
    sa.Column("closed", UtcTime),
    sa.CheckConstraint("state IN ('waiting', 'taken', 'closed')", name="state"),
    sa.Index(None, "conversation"),
    sa.Index(None, "subject"),
    sa.Index(None, "state", "created"),
    sqlite_autoincrement=True,
)
