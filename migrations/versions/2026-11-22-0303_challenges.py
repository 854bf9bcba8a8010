"""Challenges with a stake, and the plant."""

revision = "0021_challenges"
down_revision = "0020_draws"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
