"""Reconciliation: how far the check has come, what was found adrift, and the report of each month."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0017_reconciliation"
down_revision = "0016_merging"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _pass()
    _drift()
    _month()


def downgrade() -> None:
    op.drop_table("reconciliation_month")
    op.drop_table("drift")
    op.drop_table("reconciliation_pass")


def _pass() -> None:
    op.create_table(
        "reconciliation_pass",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("last_checked", sa.BigInteger(), nullable=False),
        sa.Column("last_finished_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _drift() -> None:
    op.create_table(
        "drift",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("resolved_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", "found_at"),
    )
    op.create_index(
        "drift_open",
        "drift",
        ["member_id"],
        unique=False,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )


def _month() -> None:
    op.create_table(
        "reconciliation_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("drift", sa.BigInteger(), nullable=False),
        sa.Column("members_adrift", sa.BigInteger(), nullable=False),
        sa.Column("outstanding", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("month"),
    )
