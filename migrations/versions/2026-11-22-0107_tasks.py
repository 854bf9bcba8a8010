"""Check-ins and task awards."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0008_tasks"
down_revision = "0007_rewards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _check_in()
    _task_award()


def downgrade() -> None:
    op.drop_table("task_award")
    op.drop_table("check_in")


def _check_in() -> None:
    op.create_table(
        "check_in",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "day"),
    )
    op.create_index("check_in_key", "check_in", ["member_id", "key"], unique=True)


def _task_award() -> None:
    op.create_table(
        "task_award",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("task_code", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("awarded_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "task_code", "period"),
    )
