"""notices"""

revision = "0014_notices"
down_revision = "0013_checkpoints"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
