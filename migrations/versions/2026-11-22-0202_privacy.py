"""privacy"""

revision = "0012_privacy"
down_revision = "0011_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
