"""Terms of the programme, versioned."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0002_programme"
down_revision = "0001_outbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _published_terms()


def downgrade() -> None:
    op.drop_table("published_terms")


def _published_terms() -> None:
    op.create_table(
        "published_terms",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("effective_from", Moment(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
