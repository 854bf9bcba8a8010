"""Auctions and their bids."""

revision = "0019_auctions"
down_revision = "0018_prizes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
