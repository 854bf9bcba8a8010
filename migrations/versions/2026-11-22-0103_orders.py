"""Paid orders."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0004_orders"
down_revision = "0003_members"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _purchase()


def downgrade() -> None:
    op.drop_table("purchase")


def _purchase() -> None:
    op.create_table(
        "purchase",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_ref", sa.String(), nullable=False),
        sa.Column("paid_at", Moment(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.CheckConstraint("total_minor >= 0", name="not_below_zero"),
        sa.PrimaryKeyConstraint("member_id", "source", "order_ref"),
    )
    op.create_index("purchase_order", "purchase", ["source", "order_ref"], unique=True)
    op.create_index("purchase_paid_at", "purchase", ["member_id", "paid_at"], unique=False)
