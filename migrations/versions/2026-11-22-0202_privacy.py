"""When a member was erased."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0012_privacy"
down_revision = "0011_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("erased_at", Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column("member", "erased_at")
