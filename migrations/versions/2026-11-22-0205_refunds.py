"""refunds"""

revision = "0015_refunds"
down_revision = "0014_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
