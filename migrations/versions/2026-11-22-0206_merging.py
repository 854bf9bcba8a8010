"""Accounts that are part of another one, and what goes with them."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0016_merging"
down_revision = "0015_refunds"
branch_labels = None
depends_on = None
PARTS = sa.text("merged_into IS NOT NULL")


def upgrade() -> None:
    _merge()
    for table in ("member", "account"):
        op.add_column(table, sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_index("member_merged_into", "member", ["merged_into"], sqlite_where=PARTS, postgresql_where=PARTS)
    for table in ("check_in", "task_award"):
        op.add_column(table, sa.Column("told_of", sa.Uuid(), nullable=True))


def downgrade() -> None:
    for table in ("task_award", "check_in"):
        op.drop_column(table, "told_of")
    op.drop_index("member_merged_into", table_name="member", sqlite_where=PARTS, postgresql_where=PARTS)
    for table in ("account", "member"):
        op.drop_column(table, "merged_into")
    op.drop_table("account_merge")


def _merge() -> None:
    op.create_table(
        "account_merge",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("brought", sa.JSON(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("into_seq", sa.BigInteger(), nullable=False),
        sa.Column("merged_at", Moment(), nullable=False),
        sa.Column("merged_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("unmerged_at", Moment(), nullable=True),
        sa.Column("unmerged_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("account_merge_into", "account_merge", ["into_id", "merged_at"])
