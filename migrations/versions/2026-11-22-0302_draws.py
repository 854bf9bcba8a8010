"""Draw pools, their rounds and what was drawn."""

revision = "0020_draws"
down_revision = "0019_auctions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
