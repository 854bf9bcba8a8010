"""checkpoints"""

revision = "0013_checkpoints"
down_revision = "0012_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
