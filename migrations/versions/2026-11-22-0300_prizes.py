"""Prizes: rewards given without being redeemed, and the pieces set aside for them."""

import sqlalchemy as sa
from alembic import op

revision = "0018_prizes"
down_revision = "0017_reconciliation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stock", sa.Column("set_aside", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("redemption", sa.Column("origin", sa.String(), server_default="REDEEMED", nullable=False))
    op.add_column("redemption", sa.Column("won_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("redemption", "won_by")
    op.drop_column("redemption", "origin")
    op.drop_column("stock", "set_aside")
