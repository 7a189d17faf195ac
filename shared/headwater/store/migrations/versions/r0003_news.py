"""News: feeds, items, the stories they belong to, counts of stories by hour, alerts. Whole microseconds are times."""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables of news, those that others point at first."""
    _feed()
    _story()
    _item()
    _mention()
    _label()
    _count()
    _reject()
    _alert()
    _mute()


def _feed() -> None:
    op.create_table(
        "news_feed",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("due", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("tried", sa.BigInteger),
        sa.Column("succeeded", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.CheckConstraint("kind IN ('url', 'folder', 'stream', 'events')", name=op.f("ck_news_feed_kind")),
        sa.PrimaryKeyConstraint("id", name="pk_news_feed"),
        sa.UniqueConstraint("name", name="uq_news_feed_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_feed_due", "news_feed", ["due"])


def _story() -> None:
    op.create_table(
        "news_story",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("latest", sa.BigInteger, nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_news_story"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_story_at", "news_story", ["at"])
    op.create_index("ix_news_story_latest", "news_story", ["latest"])


def _item() -> None:
    op.create_table(
        "news_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed", ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.String(16)),
        sa.Column("published", sa.BigInteger),
        sa.Column("published_original", sa.Text),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("timing", sa.String(16), nullable=False),
        sa.Column("scored", sa.BigInteger),
        sa.Column("skipped", sa.String(255)),
        sa.Column("bundle", sa.String(64)),
        sa.Column("sentiment", sa.String(16)),
        sa.Column("negative", sa.Float),
        sa.Column("neutral", sa.Float),
        sa.Column("positive", sa.Float),
        sa.Column("unsure", sa.Boolean),
        sa.Column("topics", sa.JSON),
        sa.Column("story", ID),
        sa.Column("relation", sa.String(16)),
        sa.CheckConstraint("relation IN ('first', 'copy', 'update', 'same')", name=op.f("ck_news_item_relation")),
        sa.CheckConstraint("timing IN ('given', 'late', 'future', 'undated')", name=op.f("ck_news_item_timing")),
        sa.ForeignKeyConstraint(["feed"], ["news_feed.id"], name="fk_news_item_feed_news_feed"),
        sa.ForeignKeyConstraint(["story"], ["news_story.id"], name="fk_news_item_story_news_story"),
        sa.PrimaryKeyConstraint("id", name="pk_news_item"),
        sa.UniqueConstraint("feed", "key", name="uq_news_item_feed_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_item_seen", "news_item", ["seen"])
    op.create_index("ix_news_item_story", "news_item", ["story"])
    op.create_index(
        "ix_news_item_unsure", "news_item", ["seen"], sqlite_where=sa.text("unsure"), postgresql_where=sa.text("unsure")
    )
    op.create_index(
        "ix_news_item_waiting",
        "news_item",
        ["seen", "id"],
        sqlite_where=sa.text("scored IS NULL"),
        postgresql_where=sa.text("scored IS NULL"),
    )


def _mention() -> None:
    op.create_table(
        "news_mention",
        sa.Column("id", ID, nullable=False),
        sa.Column("item", ID, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("company", sa.String(64)),
        sa.Column("polarity", sa.String(16), nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("relevance", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["item"], ["news_item.id"], name="fk_news_mention_item_news_item", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_news_mention"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_mention_item", "news_mention", ["item"])


def _label() -> None:
    op.create_table(
        "news_label",
        sa.Column("id", ID, nullable=False),
        sa.Column("story", ID, nullable=False),
        sa.Column("dimension", sa.String(8), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("item", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("sentiment", sa.String(8), nullable=False),
        sa.CheckConstraint("dimension IN ('all', 'topic', 'company', 'source')", name=op.f("ck_news_label_dimension")),
        sa.CheckConstraint(
            "sentiment IN ('negative', 'neutral', 'positive', 'unsure')", name=op.f("ck_news_label_sentiment")
        ),
        sa.ForeignKeyConstraint(
            ["story"], ["news_story.id"], name="fk_news_label_story_news_story", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_news_label"),
        sa.UniqueConstraint("story", "dimension", "value", name="uq_news_label_story_dimension_value"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_label_dimension_at", "news_label", ["dimension", "at"])
    op.create_index("ix_news_label_dimension_value_at", "news_label", ["dimension", "value", "at"])


def _count() -> None:
    op.create_table(
        "news_count",
        sa.Column("dimension", sa.String(8), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("hour", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seen_hour", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("negative", sa.Integer, nullable=False),
        sa.Column("neutral", sa.Integer, nullable=False),
        sa.Column("positive", sa.Integer, nullable=False),
        sa.Column("unsure", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("dimension", "value", "hour", "seen_hour", name="pk_news_count"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_news_count_dimension_hour", "news_count", ["dimension", "hour"])


def _reject() -> None:
    op.create_table(
        "news_reject",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed", ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["news_feed.id"], name="fk_news_reject_feed_news_feed"),
        sa.PrimaryKeyConstraint("id", name="pk_news_reject"),
        sa.UniqueConstraint("feed", "key", name="uq_news_reject_feed_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_reject_feed_seen", "news_reject", ["feed", "seen"])


def _alert() -> None:
    op.create_table(
        "news_alert",
        sa.Column("id", ID, nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("dimension", sa.String(8), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("opened", MOMENT, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.Column("closed", MOMENT),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("reason", sa.JSON, nullable=False),
        sa.Column("led", sa.JSON, nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("by", sa.String(255)),
        sa.Column("decided", MOMENT),
        sa.CheckConstraint("verdict IN ('acknowledged', 'false')", name=op.f("ck_news_alert_verdict")),
        sa.CheckConstraint("severity BETWEEN 1 AND 3", name=op.f("ck_news_alert_severity")),
        sa.PrimaryKeyConstraint("id", name="pk_news_alert"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_alert_opened", "news_alert", ["opened"])
    op.create_index(
        "uq_news_alert_open",
        "news_alert",
        ["rule", "dimension", "value"],
        unique=True,
        sqlite_where=sa.text("closed IS NULL"),
        postgresql_where=sa.text("closed IS NULL"),
    )


def _mute() -> None:
    op.create_table(
        "news_mute",
        sa.Column("id", ID, nullable=False),
        sa.Column("rule", sa.String(64)),
        sa.Column("dimension", sa.String(8), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_news_mute"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop them, with all they hold."""
    for table in ("mute", "alert", "reject", "count", "label", "mention", "item", "story", "feed"):
        op.drop_table(f"news_{table}")
