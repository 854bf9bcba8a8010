"""The books: accounts, lots, entries, lines, warnings."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0005_ledger"
down_revision = "0004_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _account()
    _entry()
    _entry_line()
    _expiry_warning()
    _lot()


def downgrade() -> None:
    op.drop_table("lot")
    op.drop_table("expiry_warning")
    op.drop_table("entry_line")
    op.drop_table("entry")
    op.drop_table("account")


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", Moment(), nullable=True),
        sa.CheckConstraint("available >= 0 AND held >= 0 AND pending >= 0 AND debt >= 0", name="not_below_zero"),
        sa.PrimaryKeyConstraint("member_id"),
    )


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("available_after", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "entry_id"),
    )
    op.create_index("entry_seq", "entry", ["member_id", "seq"], unique=True)


def _entry_line() -> None:
    op.create_table(
        "entry_line",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("from_side", sa.String(), nullable=False),
        sa.Column("to_side", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.CheckConstraint("points > 0 AND from_side <> to_side", name="moves_something"),
        sa.PrimaryKeyConstraint("member_id", "entry_id", "line_no"),
    )


def _expiry_warning() -> None:
    op.create_table(
        "expiry_warning",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("step_days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("warned_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "lot_id", "step_days"),
    )


def _lot() -> None:
    op.create_table(
        "lot",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("earned_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("burned", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("burned >= 0 AND expired >= 0 AND moved >= 0", name="not_below_zero_gone"),
        sa.CheckConstraint("earned = pending + available + held + burned + expired + moved", name="adds_up"),
        sa.CheckConstraint("pending >= 0 AND available >= 0 AND held >= 0", name="not_below_zero"),
        sa.PrimaryKeyConstraint("member_id", "lot_id"),
    )
    op.create_index(
        "lot_due", "lot", ["expires_at"], unique=False, sqlite_where=sa.text("open"), postgresql_where=sa.text("open")
    )
    op.create_index(
        "lot_open", "lot", ["member_id"], unique=False, sqlite_where=sa.text("open"), postgresql_where=sa.text("open")
    )
