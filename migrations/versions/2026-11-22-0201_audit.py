"""audit"""

revision = "0011_audit"
down_revision = "0010_movements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
