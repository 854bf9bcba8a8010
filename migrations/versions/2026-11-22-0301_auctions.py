"""Auctions and their bids."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0019_auctions"
down_revision = "0018_prizes"
branch_labels = None
depends_on = None

HOLDS = sa.text("hold_id IS NOT NULL")


def upgrade() -> None:
    _auction()
    _bidder()
    _bid()


def downgrade() -> None:
    op.drop_table("auction_bid")
    op.drop_table("auction_bidder")
    op.drop_table("auction")


def _auction() -> None:
    op.create_table(
        "auction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("story", sa.JSON(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        *_moments(),
        *_rules(),
        *_as_it_stands(),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("price >= 0 AND bid_count >= 0 AND extensions >= 0", name="counts"),
        sa.CheckConstraint("(leader_id IS NULL) = (leading_bid_id IS NULL)", name="one_leader"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("auction_due", "auction", ["state", "ends_at", "id"])
    op.create_index("auction_opening", "auction", ["state", "opens_at", "id"])


def _moments() -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        sa.Column("opens_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("latest_end_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
    ]


def _rules() -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        sa.Column("opening_points", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("reserve_points", sa.BigInteger(), nullable=True),
        sa.Column("buy_now_points", sa.BigInteger(), nullable=True),
        sa.Column("maximum_per_member", sa.BigInteger(), nullable=True),
        sa.Column("soft_close_seconds", sa.Integer(), nullable=False),
        sa.Column("extensions_max", sa.Integer(), nullable=False),
    ]


def _as_it_stands() -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("bid_count", sa.Integer(), nullable=False),
        sa.Column("reserve_met", sa.Boolean(), nullable=False),
        sa.Column("leader_id", sa.Uuid(), nullable=True),
        sa.Column("leader_alias", sa.String(), nullable=True),
        sa.Column("leading_bid_id", sa.Uuid(), nullable=True),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("cancel_key", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
    ]


def _bidder() -> None:
    op.create_table(
        "auction_bidder",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("auction_id", sa.Uuid(), nullable=False),
        sa.Column("alias", sa.String(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("last_bid_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "auction_id"),
    )
    op.create_index("auction_bidder_of", "auction_bidder", ["auction_id", "member_id"])
    op.create_index("auction_bidder_newest", "auction_bidder", ["member_id", "last_bid_at", "auction_id"])
    op.create_index("auction_bidder_holding", "auction_bidder", ["hold_id"], sqlite_where=HOLDS, postgresql_where=HOLDS)


def _bid() -> None:
    op.create_table(
        "auction_bid",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("auction_id", sa.Uuid(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("led", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", Moment(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("maximum > 0 AND price > 0 AND (price <= maximum OR NOT led)", name="a_price_she_agreed_to"),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("auction_bid_ladder", "auction_bid", ["auction_id", "version"], unique=True)
