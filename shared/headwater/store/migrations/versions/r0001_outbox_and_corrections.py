"""The first tables: what is to be sent, and what people put right.

A migration is history: it spells its tables out and never reads those of today.
"""

import secrets

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create setting, outbox and correction, and draw the secret under which subjects are hashed."""
    setting = op.create_table(
        "setting",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )
    op.bulk_insert(setting, [{"name": "subject_secret", "value": secrets.token_hex(32)}])
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("finished", MOMENT),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("channel", "key", name="uq_outbox_channel_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_state_due", "outbox", ["state", "due"])
    op.create_index("ix_outbox_subject", "outbox", ["subject"])
    op.create_table(
        "correction",
        sa.Column("id", ID, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("who", sa.String(255), nullable=False),
        sa.Column("bundle", sa.String(255), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("variant", sa.String(16)),
        sa.Column("head", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("second", sa.Text),
        sa.Column("said", sa.JSON),
        sa.Column("right", sa.JSON, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("used_in", sa.String(255)),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_correction_bundle_head_created", "correction", ["bundle", "head", "created"])
    op.create_index("ix_correction_subject", "correction", ["subject"])


def downgrade() -> None:
    """Drop them, with all they hold."""
    for table in ("correction", "outbox", "setting"):
        op.drop_table(table)
