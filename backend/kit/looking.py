"""Many reads in one trip to the database, all of one moment."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import Any

from sqlalchemy import ColumnElement, Select, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, driver

Looks = tuple[Select[Any], ...]
"""What is to be read. Make it `once_for_each_database`, so that it is put into words only once."""


def once_for_each_database(made: Callable[[], Looks]) -> Callable[[], Looks]:
    """Keep what `made` returns: `among` says it differently on SQLite and on PostgreSQL."""
    kept = cache(lambda _dialect: made())
    return wraps(made)(lambda: kept(db.dialect()))


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """That `column` is one of the values given as `name`."""
    if db.dialect() == "sqlite":
        return column.in_(bindparam(name, expanding=True))
    return column == any_(bindparam(name, type_=ARRAY(column.type)))


async def look(session: AsyncSession, looks: Looks, **given: Sequence[Any]) -> list[Sequence[Any]]:
    """The rows each of `looks` finds. On PostgreSQL they are one statement, so nothing happens between two of them."""
    if db.dialect() == "sqlite":
        connection = await session.connection()
        return [(await connection.execute(one, given)).all() for one in looks]
    words, names, fixed = _one_statement(looks)
    values = {**fixed, **given}
    return list(await driver.row(session, words, [values[name] for name in names]))


@cache
def _one_statement(looks: Looks) -> tuple[str, Sequence[str], Mapping[str, Any]]:
    arrays = [one.with_only_columns(func.row(*one.selected_columns)).scalar_subquery() for one in looks]
    compiled = select(*map(func.array, arrays)).compile(dialect=asyncpg.dialect())  # type: ignore[no-untyped-call]
    return str(compiled), compiled.positiontup or (), compiled.params
