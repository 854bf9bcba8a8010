"""The books, faster."""

revision = "0023_ledger"
down_revision = "0022_charity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
