"""Asking the rows whether promises hold: each promise is a query that finds what breaks it."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Select, Subquery, func, literal_column, select, union_all
from sqlmodel.ext.asyncio.session import AsyncSession

FOUND_MAX = 20
Promise = tuple[str, Select[Any]]
"""What to say of a row that breaks it, with a place for each column, and the query that finds such rows."""


async def broken(session: AsyncSession, promises: Callable[[], Sequence[Promise]]) -> list[str]:
    """Every promise found broken, in words; at most FOUND_MAX examples of each.

    One statement, put into words once in a process, tells which are broken; only of those the rows are read.
    """
    connection = await session.connection()
    rows = await connection.exec_driver_sql(_count_of_each(promises, connection.dialect))
    counted = {row.promise: row.found for row in rows}
    found: list[str] = []
    for number, (words, query) in enumerate(_known(promises)):
        if counted[number]:
            found += [words.format(*row) for row in await connection.execute(query.limit(FOUND_MAX))]
    return found


@cache
def _known(promises: Callable[[], Sequence[Promise]]) -> Sequence[Promise]:
    return promises()


@cache
def _count_of_each(promises: Callable[[], Sequence[Promise]], dialect: Dialect) -> str:
    # Limited as they are when read, so that the database goes about them in the same way.
    examples = enumerate(query.limit(FOUND_MAX).subquery() for _, query in _known(promises))
    counts = union_all(*(_count(number, of) for number, of in examples))
    return str(counts.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _count(number: int, examples: Subquery) -> Select[Any]:
    columns: tuple[Any, ...] = literal_column(str(number)).label("promise"), func.count().label("found")
    return select(*columns).select_from(examples)
