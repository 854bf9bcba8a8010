"""Event sources, events, rules, accruals."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0006_earning"
down_revision = "0005_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accrual()
    _event_source()
    _incoming_event()
    _rule_version()


def downgrade() -> None:
    op.drop_table("rule_version")
    op.drop_table("incoming_event")
    op.drop_table("event_source")
    op.drop_table("accrual")


def _accrual() -> None:
    op.create_table(
        "accrual",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_ref", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("factors", sa.JSON(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("corrections", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "source", "order_ref", "rule"),
    )


def _event_source() -> None:
    op.create_table(
        "event_source",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _incoming_event() -> None:
    op.create_table(
        "incoming_event",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id"),
    )
    op.create_index("incoming_event_received", "incoming_event", ["received_at", "source", "event_id"], unique=False)


def _rule_version() -> None:
    op.create_table(
        "rule_version",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("factors", sa.JSON(), nullable=False),
        sa.Column("cap_points", sa.BigInteger(), nullable=True),
        sa.Column("effective_from", Moment(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("save_key", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("code", "version"),
        sa.UniqueConstraint("save_key"),
    )
