"""The rest of the movements: pending points, holds, transfers, adjustments, payments; lines that extend."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0010_movements"
down_revision = "0009_first_terms_and_rules"
branch_labels = None
depends_on = None

MOVES_SOMETHING = "points > 0 AND (from_side <> to_side OR expires_at IS NOT NULL)"
MOVED_ALWAYS = "points > 0 AND from_side <> to_side"


def upgrade() -> None:
    _check_lines(MOVES_SOMETHING)
    op.add_column("lot", sa.Column("release_at", Moment(), nullable=True))
    where = sa.text("pending > 0")
    op.create_index("lot_pending", "lot", ["release_at"], sqlite_where=where, postgresql_where=where)
    _hold()
    _transfer()
    _adjustment()
    _payment()
    op.add_column("accrual", sa.Column("withheld", sa.BigInteger(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    op.drop_column("accrual", "withheld")
    for table in ("payment", "adjustment", "transfer", "hold"):
        op.drop_table(table)
    op.drop_index("lot_pending", "lot")
    op.drop_column("lot", "release_at")
    _check_lines(MOVED_ALWAYS)


def _check_lines(rule: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("moves_something", "entry_line")
        op.create_check_constraint("moves_something", "entry_line", rule)
        return
    # SQLite changes no CHECK in place: the table is built anew and its rows are carried over.
    op.rename_table("entry_line", "entry_line_before")
    _entry_line(rule)
    op.execute("INSERT INTO entry_line SELECT * FROM entry_line_before")
    op.drop_table("entry_line_before")


def _entry_line(rule: str) -> None:
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
        sa.CheckConstraint(rule, name="moves_something"),
        sa.PrimaryKeyConstraint("member_id", "entry_id", "line_no"),
    )


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("lapses_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.CheckConstraint("points > 0 AND captured >= 0 AND captured <= points", name="captures_what_it_holds"),
        sa.PrimaryKeyConstraint("member_id", "hold_id"),
    )
    where = sa.text("state = 'OPEN'")
    op.create_index("hold_open", "hold", ["lapses_at"], sqlite_where=where, postgresql_where=where)


def _transfer() -> None:
    op.create_table(
        "transfer",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("to_member_id", sa.Uuid(), nullable=False),
        sa.Column("entry_in_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("fee_points", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("final_at", Moment(), nullable=False),
        sa.Column("taken_back_at", Moment(), nullable=True),
        sa.Column("back_entry_id", sa.Uuid(), nullable=True),
        sa.Column("given_up_entry_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("points > 0 AND fee_points >= 0 AND member_id <> to_member_id", name="sends_something"),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("transfer_received", "transfer", ["to_member_id", "sent_at"])
    op.create_index("transfer_sent", "transfer", ["member_id", "sent_at"])


def _adjustment() -> None:
    op.create_table(
        "adjustment",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decided_why", sa.String(), nullable=True),
        sa.CheckConstraint("points <> 0", name="changes_something"),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("adjustment_id", "adjustment", ["id"])
    op.create_index("adjustment_proposed", "adjustment", ["state", "proposed_at"])


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="is_money"),
        sa.PrimaryKeyConstraint("member_id", "entry_id"),
    )
    op.create_index("payment_reference", "payment", ["kind", "reference"], unique=True)
