"""What an alert said from which tick on, so that a past moment shows it as it stood then."""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table; of alerts that stand already it is not known what they said before."""
    op.create_table(
        "news_alert_step",
        sa.Column("alert", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("led", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"], ["news_alert.id"], name="fk_news_alert_step_alert_news_alert", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert", "at", name="pk_news_alert_step"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("news_alert_step")
