"""movements"""

revision = "0010_movements"
down_revision = "0009_first_terms_and_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
