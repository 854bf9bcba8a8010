"""reconciliation"""

revision = "0017_reconciliation"
down_revision = "0016_merging"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
