"""Charities, their projects, donations and statements; badges."""

revision = "0022_charity"
down_revision = "0021_challenges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
