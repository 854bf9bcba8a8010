"""The audit log, append-only, and operators whose tokens were taken back."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0011_audit"
down_revision = "0010_movements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _audit_record()
    _append_only()
    op.create_table(
        "operator",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("operator")
    op.drop_table("audit_record")


def _audit_record() -> None:
    op.create_table(
        "audit_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_newest", "audit_record", ["at", "id"])
    op.create_index("audit_by_actor", "audit_record", ["actor", "at", "id"])
    op.create_index("audit_by_act", "audit_record", ["act", "at", "id"])
    op.create_index("audit_of_subject", "audit_record", ["subject_id", "at", "id"])


def _append_only() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for what in ("UPDATE", "DELETE"):
        name = f"audit_record_no_{what.lower()}"
        if postgresql:
            op.execute(f"CREATE RULE {name} AS ON {what} TO audit_record DO INSTEAD NOTHING")
        else:
            refuse = "SELECT RAISE(ABORT, 'the audit log is append-only');"
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON audit_record BEGIN {refuse} END")
