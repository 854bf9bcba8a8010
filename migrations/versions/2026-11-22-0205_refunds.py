"""Refunds of orders."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0015_refunds"
down_revision = "0014_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _refund()
    # SQLite writes the table anew, so the promise it has already must be told again.
    kept = sa.CheckConstraint("total_minor >= 0", name="not_below_zero")
    with op.batch_alter_table("purchase", table_args=(kept,)) as purchase:
        purchase.add_column(sa.Column("refunded_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
        purchase.add_column(sa.Column("undone", sa.Boolean(), nullable=False, server_default=sa.false()))
        purchase.create_check_constraint(
            "never_more_than_was_paid", "refunded_minor >= 0 AND refunded_minor <= total_minor"
        )


def downgrade() -> None:
    kept = sa.CheckConstraint("total_minor >= 0", name="not_below_zero")
    with op.batch_alter_table("purchase", table_args=(kept,)) as purchase:
        purchase.drop_constraint("never_more_than_was_paid", type_="check")
        purchase.drop_column("undone")
        purchase.drop_column("refunded_minor")
    op.drop_table("refund")


def _refund() -> None:
    op.create_table(
        "refund",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_ref", sa.String(), nullable=False),
        sa.Column("refund_ref", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("refunded_at", Moment(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="gives_something_back"),
        sa.PrimaryKeyConstraint("member_id", "source", "order_ref", "refund_ref"),
    )
