"""Sealing: the tree over all entries, its signed checkpoints, and the keys that sign them."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0013_checkpoints"
down_revision = "0012_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _tree()
    _checkpoints()
    op.create_index("entry_created", "entry", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_index("entry_created", "entry")
    for name in ("checkpoint", "seal_key", "tile", "leaf", "seal_log"):
        op.drop_table(name)


def _tree() -> None:
    op.create_table(
        "seal_log",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("looked_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "leaf",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "entry_id"),
    )
    op.create_index("leaf_index", "leaf", ["leaf_index"], unique=True)
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position"),
    )


def _checkpoints() -> None:
    op.create_table(
        "seal_key",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("vouched_by", sa.String(), nullable=True),
        sa.Column("voucher", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed_at", Moment(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
