"""Indexes for what the monitor's pages ask: the items of a feed, and whether a text has been put right."""

from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create them; nothing else changes."""
    op.create_index("ix_news_item_feed_seen", "news_item", ["feed", "seen"])
    # By its hash on PostgreSQL, whose other indexes hold texts of 2,700 bytes at most.
    op.create_index("ix_correction_text", "correction", ["text"], postgresql_using="hash")


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_correction_text", "correction")
    op.drop_index("ix_news_item_feed_seen", "news_item")
