"""Rewards, stock, coupon codes, redemptions."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0007_rewards"
down_revision = "0006_earning"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _coupon_code()
    _redemption()
    _reward()
    _stock()
    _stock_change()


def downgrade() -> None:
    op.drop_table("stock_change")
    op.drop_table("stock")
    op.drop_table("reward")
    op.drop_table("redemption")
    op.drop_table("coupon_code")


def _coupon_code() -> None:
    op.create_table(
        "coupon_code",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("given_to", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("sku", "code_index"),
        sa.UniqueConstraint("given_to"),
    )
    op.create_index(
        "coupon_code_free",
        "coupon_code",
        ["sku", "added_at"],
        unique=False,
        sqlite_where=sa.text("given_to IS NULL"),
        postgresql_where=sa.text("given_to IS NULL"),
    )


def _redemption() -> None:
    op.create_table(
        "redemption",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_index", sa.LargeBinary(), nullable=True),
        sa.Column("delivery_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("redeemed_at", Moment(), nullable=False),
        sa.Column("fulfilled_at", Moment(), nullable=True),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", "id"),
        sa.UniqueConstraint("code_index"),
    )
    op.create_index("ix_redemption_sku", "redemption", ["sku"], unique=False)
    op.create_index("redemption_at", "redemption", ["redeemed_at", "id"], unique=False)
    op.create_index("redemption_by_id", "redemption", ["id"], unique=False)
    op.create_index("redemption_newest", "redemption", ["member_id", "redeemed_at", "id"], unique=False)
    op.create_index("redemption_of_reward", "redemption", ["member_id", "reward_id"], unique=False)
    op.create_index("redemption_waiting", "redemption", ["state", "redeemed_at", "id"], unique=False)


def _reward() -> None:
    op.create_table(
        "reward",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("available_from", Moment(), nullable=True),
        sa.Column("available_until", Moment(), nullable=True),
        sa.Column("limit_per_member", sa.Integer(), nullable=True),
        sa.Column("minimum_tier", sa.String(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("hot", sa.Boolean(), nullable=False),
        sa.Column("heat", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("points > 0 AND (limit_per_member IS NULL OR limit_per_member > 0)", name="can_be_redeemed"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sku"),
    )
    op.create_index(
        "reward_hot",
        "reward",
        ["heat", "id"],
        unique=False,
        sqlite_where=sa.text("hot"),
        postgresql_where=sa.text("hot"),
    )
    op.create_index("reward_leaving", "reward", ["available_until", "id"], unique=False)
    op.create_index("reward_newest", "reward", ["created_at", "id"], unique=False)


def _stock() -> None:
    op.create_table(
        "stock",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=True),
        sa.Column("redeemed", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint('("left" IS NULL OR "left" >= 0) AND redeemed >= 0', name="never_oversold"),
        sa.PrimaryKeyConstraint("sku"),
    )


def _stock_change() -> None:
    op.create_table(
        "stock_change",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_stock_change_sku", "stock_change", ["sku"], unique=False)
