"""What a support bot and its customers say to each other, and what is handed over to a person."""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create conversation, turn and handoff; the last two go with the first."""
    op.create_table(
        "conversation",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("known", sa.Boolean, nullable=False),
        sa.Column("bundle", sa.String(255), nullable=False),
        sa.Column("bundle_version", sa.String(64), nullable=False),
        sa.Column("bundle_digest", sa.String(64), nullable=False),
        sa.Column("policy_digest", sa.String(64), nullable=False),
        sa.Column("state", sa.JSON),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("taken_by", sa.String(255)),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.CheckConstraint("status IN ('open', 'handed_over', 'closed')", name=op.f("ck_conversation_status")),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
        sa.UniqueConstraint("key", name="uq_conversation_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conversation_status_updated", "conversation", ["status", "updated"])
    op.create_index("ix_conversation_subject_created", "conversation", ["subject", "created"])
    op.create_index("ix_conversation_created", "conversation", ["created"])
    _turn()
    _handoff()


def _turn() -> None:
    op.create_table(
        "turn",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("idempotency", sa.String(255)),
        sa.Column("speaker", sa.String(16), nullable=False),
        sa.Column("who", sa.String(255)),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reply", sa.JSON),
        sa.Column("outcome", sa.String(16)),
        sa.Column("kinds", sa.String(255)),
        sa.Column("intent", sa.String(255)),
        sa.Column("probability", sa.Float),
        sa.Column("milliseconds", sa.Float),
        sa.Column("thumbs", sa.SmallInteger),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.CheckConstraint("speaker IN ('customer', 'bot', 'agent')", name=op.f("ck_turn_speaker")),
        sa.CheckConstraint("thumbs IN (-1, 1)", name=op.f("ck_turn_thumbs")),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name="fk_turn_conversation_conversation", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_turn"),
        sa.UniqueConstraint("conversation", "number", name="uq_turn_conversation_number"),
        sa.UniqueConstraint("conversation", "idempotency", name="uq_turn_conversation_idempotency"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turn_subject", "turn", ["subject"])
    op.create_index("ix_turn_created", "turn", ["created"])


def _handoff() -> None:
    op.create_table(
        "handoff",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation", ID, nullable=False),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("slots", sa.JSON, nullable=False),
        sa.Column("wait", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("by", sa.String(255)),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("taken", MOMENT),
        sa.Column("closed", MOMENT),
        sa.CheckConstraint("state IN ('waiting', 'taken', 'closed')", name=op.f("ck_handoff_state")),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name="fk_handoff_conversation_conversation", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handoff"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handoff_conversation", "handoff", ["conversation"])
    op.create_index("ix_handoff_subject", "handoff", ["subject"])
    op.create_index("ix_handoff_state_created", "handoff", ["state", "created"])


def downgrade() -> None:
    """Drop them, with all they hold."""
    for table in ("handoff", "turn", "conversation"):
        op.drop_table(table)
