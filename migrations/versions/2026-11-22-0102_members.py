"""Members, sign-in, sessions, consent, delivery."""

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment

revision = "0003_members"
down_revision = "0002_programme"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _consent()
    _delivery_default()
    _member()
    _member_session()
    _sign_in_code()


def downgrade() -> None:
    op.drop_table("sign_in_code")
    op.drop_table("member_session")
    op.drop_table("member")
    op.drop_table("delivery_default")
    op.drop_table("consent")


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("terms_version", sa.String(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "terms_version"),
    )


def _delivery_default() -> None:
    op.create_table(
        "delivery_default",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id"),
    )


def _member() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("nickname", sa.String(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("enrolled_at", Moment(), nullable=True),
        sa.Column("terms_version", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("phone_index"),
        sa.UniqueConstraint("reference"),
    )


def _member_session() -> None:
    op.create_table(
        "member_session",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )


def _sign_in_code() -> None:
    op.create_table(
        "sign_in_code",
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("phone_index"),
    )
