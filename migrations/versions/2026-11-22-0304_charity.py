"""Charities, their projects, donations and statements; badges."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0022_charity"
down_revision = "0021_challenges"
branch_labels = None
depends_on = None
WAITING = sa.text("counted_as IS NULL AND reversed_at IS NULL")


def upgrade() -> None:
    _charity()
    _project()
    _totals()
    _donation()
    _update()
    _statement()
    _written_once("charity_statement")
    _badge()


def downgrade() -> None:
    for table in (
        "member_badge",
        "charity_statement",
        "charity_update",
        "donation",
        "charity_totals",
        "charity_project",
        "charity_staff",
        "charity",
    ):
        op.drop_table(table)


def _charity() -> None:
    op.create_table(
        "charity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("registration", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("registration"),
    )
    op.create_table(
        "charity_staff",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("charity_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("charity_staff_of", "charity_staff", ["charity_id", "member_id"])


def _project() -> None:
    op.create_table(
        "charity_project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("charity_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("story", sa.JSON(), nullable=False),
        sa.Column("impact", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("goal_points", sa.BigInteger(), nullable=False),
        sa.Column("tile_points", sa.BigInteger(), nullable=False),
        sa.Column("match_rate_bp", sa.Integer(), nullable=False),
        sa.Column("match_budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("goal_points > 0 AND tile_points > 0", "has_a_goal"),
        sa.CheckConstraint("match_rate_bp >= 0 AND match_budget_minor >= 0", "matches_what_it_has"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("charity_project_newest", "charity_project", ["created_at", "id"])
    op.create_index("charity_project_of", "charity_project", ["charity_id", "id"])


def _totals() -> None:
    op.create_table(
        "charity_totals",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("matched_minor", sa.BigInteger(), nullable=False),
        sa.Column("donors", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", Moment(), nullable=False),
        sa.CheckConstraint("points >= 0 AND donors >= 0 AND matched_minor >= 0", "not_below_zero"),
        sa.PrimaryKeyConstraint("project_id"),
    )


def _donation() -> None:
    op.create_table(
        "donation",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("donated_at", Moment(), nullable=False),
        sa.Column("counted_as", sa.BigInteger(), nullable=True),
        sa.Column("matched_minor", sa.BigInteger(), nullable=True),
        sa.Column("reversed_at", Moment(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("points > 0 AND matched_minor >= 0", "gives_something"),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("donation_newest", "donation", ["member_id", "donated_at", "id"])
    op.create_index("donation_to", "donation", ["member_id", "project_id"])
    op.create_index("donation_by_id", "donation", ["id"])
    op.create_index("donation_of_day", "donation", ["project_id", "day"])
    op.create_index(
        "donation_waiting", "donation", ["project_id", "donated_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def _update() -> None:
    op.create_table(
        "charity_update",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("posted_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("charity_update_newest", "charity_update", ["project_id", "posted_at", "id"])


def _statement() -> None:
    op.create_table(
        "charity_statement",
        sa.Column("charity_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("matched_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("charity_id", "month"),
        sa.UniqueConstraint("id"),
    )


def _written_once(table: str) -> None:
    # As the audit log: what somebody has signed is not changed by anybody, not even by a mistake of ours.
    postgresql = op.get_bind().dialect.name == "postgresql"
    for what in ("UPDATE", "DELETE"):
        name = f"{table}_no_{what.lower()}"
        if postgresql:
            op.execute(f"CREATE RULE {name} AS ON {what} TO {table} DO INSTEAD NOTHING")
        else:
            refuse = "SELECT RAISE(ABORT, 'a signed statement is not changed');"
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} BEGIN {refuse} END")


def _badge() -> None:
    op.create_table(
        "member_badge",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("because", sa.Uuid(), nullable=False),
        sa.Column("earned_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "code"),
    )
