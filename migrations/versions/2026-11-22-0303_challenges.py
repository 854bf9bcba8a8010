"""Challenges with a stake, and the plant."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0021_challenges"
down_revision = "0020_draws"
branch_labels = None
depends_on = None

RUNNING = sa.text("state = 'RUNNING'")


def upgrade() -> None:
    _challenge()
    _challenge_stake()
    _plant()
    _plant_care()
    _plant_help()


def downgrade() -> None:
    for table in ("plant_help", "plant_care", "plant", "challenge_stake", "challenge"):
        op.drop_table(table)


def _challenge() -> None:
    op.create_table(
        "challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("story", sa.JSON(), nullable=False),
        sa.Column("goal", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("stake_minimum", sa.BigInteger(), nullable=False),
        sa.Column("stake_maximum", sa.BigInteger(), nullable=False),
        sa.Column("bonus_bp", sa.Integer(), nullable=True),
        sa.Column("bonus_cap", sa.BigInteger(), nullable=True),
        sa.Column("bonus_points", sa.BigInteger(), nullable=True),
        sa.Column("bonus_budget", sa.BigInteger(), nullable=False),
        sa.Column("promised", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("times_per_member", sa.Integer(), nullable=False),
        sa.Column("opens_at", Moment(), nullable=False),
        sa.Column("closes_at", Moment(), nullable=False),
        sa.Column("grace_hours", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("promised >= 0 AND promised <= bonus_budget", "never_promises_more_than_its_budget"),
        sa.CheckConstraint("joined >= 0 AND (places IS NULL OR joined <= places)", "never_more_than_its_places"),
        sa.CheckConstraint("stake_minimum > 0 AND stake_minimum <= stake_maximum", "has_a_stake"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("challenge_closes", "challenge", ["closes_at", "id"])


def _challenge_stake() -> None:
    op.create_table(
        "challenge_stake",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("challenge_id", sa.Uuid(), nullable=False),
        sa.Column("stake", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("settle_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("counted", sa.BigInteger(), nullable=True),
        sa.Column("bonus_entry_id", sa.Uuid(), nullable=True),
        sa.Column("taken_back_at", Moment(), nullable=True),
        sa.CheckConstraint("stake > 0 AND bonus > 0", "is_for_something"),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index(
        "challenge_stake_one_running",
        "challenge_stake",
        ["challenge_id", "member_id"],
        unique=True,
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )
    op.create_index(
        "challenge_stake_due",
        "challenge_stake",
        ["settle_at", "member_id"],
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )


def _plant() -> None:
    op.create_table(
        "plant",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("growth", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("planted_at", Moment(), nullable=False),
        sa.Column("harvested_at", Moment(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("growth >= 0", "never_shrinks_below_nothing"),
        sa.PrimaryKeyConstraint("member_id", "number"),
        sa.UniqueConstraint("code"),
    )


def _plant_care() -> None:
    op.create_table(
        "plant_care",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("growth", sa.Integer(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "day", "act"),
    )
    op.create_index("plant_care_key", "plant_care", ["member_id", "key"], unique=True)


def _plant_help() -> None:
    op.create_table(
        "plant_help",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("growth", sa.Integer(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "day", "helper_id"),
    )
    op.create_index("plant_help_key", "plant_help", ["helper_id", "key"], unique=True)
    op.create_index("plant_help_given", "plant_help", ["helper_id", "day"])
