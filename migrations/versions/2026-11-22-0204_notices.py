"""Notices of expiry: one per lot, date and step, with what proves that it was delivered."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0014_notices"
down_revision = "0013_checkpoints"
branch_labels = None
depends_on = None

OPEN: dict[str, Any] = {"sqlite_where": sa.text("open"), "postgresql_where": sa.text("open")}
EXTENSION: dict[str, Any] = {"sqlite_where": sa.text("kind = 'EXTEND'"), "postgresql_where": sa.text("kind = 'EXTEND'")}
LATER = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', {}, '+30 days') || '000'", "postgresql": "{} + interval '30 days'"}
MOVED = """
    INSERT INTO expiry_notice (member_id, lot_id, expires_at, step_days, points, warned_at, told_seq, counts_at)
    SELECT w.member_id, w.lot_id, l.expires_at, w.step_days, w.points, w.warned_at, 0, {counts_at}
    FROM expiry_warning w JOIN lot l ON l.member_id = w.member_id AND l.lot_id = w.lot_id
    WHERE l.expires_at IS NOT NULL
"""
"""What was told before is not told again. Nobody knows what was seen of it: it counts after its days in the inbox."""


def upgrade() -> None:
    op.create_table(
        "expiry_notice",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("step_days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("warned_at", Moment(), nullable=False),
        sa.Column("told_seq", sa.BigInteger(), nullable=False),
        sa.Column("counts_at", Moment(), nullable=True),
        sa.Column("delivered_at", Moment(), nullable=True),
        sa.Column("delivered_by", sa.String(), nullable=True),
        sa.Column("proof", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", "lot_id", "expires_at", "step_days"),
    )
    op.create_index("expiry_notice_told", "expiry_notice", ["member_id", "told_seq"])
    op.execute(MOVED.format(counts_at=LATER[op.get_bind().dialect.name].format("w.warned_at")))
    op.drop_table("expiry_warning")
    op.drop_index("lot_due", "lot")
    op.create_index("lot_due", "lot", ["expires_at", "member_id"], **OPEN)
    op.create_index("entry_extensions", "entry", ["member_id", "seq"], **EXTENSION)


def downgrade() -> None:
    op.drop_index("entry_extensions", "entry")
    op.drop_index("lot_due", "lot")
    op.create_index("lot_due", "lot", ["expires_at"], **OPEN)
    op.create_table(
        "expiry_warning",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("step_days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("warned_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "lot_id", "step_days"),
    )
    op.execute(
        "INSERT INTO expiry_warning SELECT member_id, lot_id, step_days, MAX(points), MAX(warned_at) "
        "FROM expiry_notice GROUP BY member_id, lot_id, step_days"
    )
    op.drop_table("expiry_notice")
