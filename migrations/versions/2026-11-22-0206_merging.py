"""merging"""

revision = "0016_merging"
down_revision = "0015_refunds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
