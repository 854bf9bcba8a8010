"""Draw pools, their rounds and what was drawn."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0020_draws"
down_revision = "0019_auctions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _pool()
    _round()
    _prize()
    _draw()


def downgrade() -> None:
    for table in ("draw", "draw_prize", "draw_round", "draw_pool"):
        op.drop_table(table)


def _pool() -> None:
    op.create_table(
        "draw_pool",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("weekly_limit", sa.Integer(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("points > 0 AND budget_minor >= 0 AND weekly_limit > 0", name="can_be_drawn_from"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )


def _round() -> None:
    op.create_table(
        "draw_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("seed_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("opens_at", Moment(), nullable=False),
        sa.Column("closes_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("revealed_at", Moment(), nullable=True),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("opens_at < closes_at AND drawn >= 0", name="has_a_time"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("draw_round_number", "draw_round", ["pool_id", "number"], unique=True)
    waiting = sa.text("revealed_at IS NULL")
    op.create_index(
        "draw_round_unrevealed", "draw_round", ["closes_at", "id"], sqlite_where=waiting, postgresql_where=waiting
    )


def _prize() -> None:
    op.create_table(
        "draw_prize",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=True),
        sa.Column("left", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            'weight > 0 AND ("left" IS NULL OR ("left" >= 0 AND "left" <= pieces))', name="never_overdrawn"
        ),
        sa.PrimaryKeyConstraint("round_id", "place"),
    )


def _draw() -> None:
    op.create_table(
        "draw",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fell_on", sa.Integer(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("earned_id", sa.Uuid(), nullable=True),
        sa.Column("drawn_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("draw_by_id", "draw", ["id"], unique=True)
    op.create_index("draw_in_order", "draw", ["round_id", "number"], unique=True)
    op.create_index("draw_newest", "draw", ["member_id", "drawn_at", "id"])
