"""Alembic's way in: migrations run on the connection that `backend.kit.migrating` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from backend.kit.columns import Moment
from backend.kit.migrating import import_models


def plainly(kind: str, item: object, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write column types in their plainest form: a migration must not depend on how models spell them."""
    if kind == "type" and isinstance(item, Moment):
        autogen_context.imports.add("from backend.kit.columns import Moment")
        return "Moment()"
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


import_models()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=plainly,
)
with context.begin_transaction():
    context.run_migrations()
