"""The terms and earning rules that a new installation starts with, in force from the beginning of time."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from backend.kit.columns import Moment
from backend.kit.settings import ROOT

revision = "0009_first_terms_and_rules"
down_revision = "0008_tasks"
branch_labels = None
depends_on = None

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    now = datetime.now(UTC)
    terms = json.loads((ROOT / "backend/programme/first_terms.json").read_text("utf-8"))
    row = {"version": 1, "effective_from": BEGINNING, "body": terms, "published_at": now, "published_by": "programme"}
    op.bulk_insert(_table("published_terms", "effective_from", "published_at"), [row])
    rules = json.loads((ROOT / "backend/earning/first_rules.json").read_text("utf-8"))
    saved = {"version": 1, "effective_from": BEGINNING, "saved_at": now, "saved_by": "programme"}
    op.bulk_insert(
        _table("rule_version", "effective_from", "saved_at"),
        [{"code": code, **rule, **saved} for code, rule in rules.items()],
    )


def downgrade() -> None:
    op.execute("DELETE FROM rule_version")
    op.execute("DELETE FROM published_terms")


def _table(name: str, *moments: str) -> sa.TableClause:
    json_columns = {"published_terms": ["body"], "rule_version": ["title", "explanation", "factors"]}[name]
    plain = {
        "published_terms": ["version", "published_by"],
        "rule_version": ["code", "version", "condition", "base", "saved_by"],
    }[name]
    columns = [
        *(sa.column(column, Moment) for column in moments),
        *(sa.column(column, sa.JSON) for column in json_columns),
        *(sa.column(column) for column in plain),
    ]
    return sa.table(name, *columns)
