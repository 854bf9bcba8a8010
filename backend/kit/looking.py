"""Many reads in one trip to the database, all of one moment."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, wraps
from typing import Any

from sqlalchemy import ColumnElement, Select, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, driver

PLACE = re.compile(r"\$(\d+)")
PLAIN = re.compile("[A-Za-z_ ]*")
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


@dataclass(frozen=True)
class Words:
    """A statement of PostgreSQL, the names of its `$1`, `$2` … and the values among them that never change."""

    text: str
    names: Sequence[str]
    fixed: Mapping[str, Any]

    def with_one(self, names: Collection[str]) -> "Words":
        """The same for one value of each of `names`, where `among` asks for an array of them.

        A statement over arrays is planned anew each time, for who knows how long they are: five times its own cost.
        """
        alone = {number for number, name in enumerate(self.names, 1) if name in names}
        return replace(
            self, text=AMONG.sub(lambda found: _one(found) if int(found[1]) in alone else found[0], self.text)
        )


AMONG = re.compile(r"= ANY \(\$(\d+)::([A-Z ]+)\[\]\)")
"""What `among` becomes."""


def words_of(statement: Select[Any]) -> Words:
    """A statement in words. Plain values that never change are part of it, so that they are not sent each time."""
    compiled = statement.compile(dialect=asyncpg.dialect())  # type: ignore[no-untyped-call]
    names, text = compiled.positiontup or (), str(compiled)
    said = {number: words for number, name in enumerate(names, 1) if (words := _literal(compiled, name)) is not None}
    left = [number for number in range(1, len(names) + 1) if number not in said]
    places = {number: f"${place}" for place, number in enumerate(left, 1)} | said
    text = PLACE.sub(lambda found: places[int(found[1])], text)
    return Words(text, [names[number - 1] for number in left], compiled.params)


def _literal(compiled: Any, name: str) -> str | None:
    # Only what nobody names can be nobody's to give.
    value = compiled.params[name]
    if not compiled.binds[name].unique or isinstance(value, bool):
        return None
    if isinstance(value, int) and value >= 0:
        return str(value)
    return f"'{value}'" if isinstance(value, str) and PLAIN.fullmatch(value) else None


async def one_row(statement: Select[Any]) -> Sequence[Any]:
    """The one row that `statement`, made once and without parameters, finds by itself: one trip, on PostgreSQL."""
    if db.dialect() == "sqlite":
        async with db.read() as session:
            return tuple((await (await session.connection()).execute(statement)).one())
    words = _in_words(statement)
    return await db.glance(words.text, [words.fixed[name] for name in words.names])


_in_words = cache(words_of)


async def look(session: AsyncSession, looks: Looks, **given: Sequence[Any]) -> list[Sequence[Any]]:
    """The rows each of `looks` finds. On PostgreSQL they are one statement, so nothing happens between two of them."""
    if db.dialect() == "sqlite":
        connection = await session.connection()
        return [(await connection.execute(one, given)).all() for one in looks]
    alone = frozenset(name for name, values in given.items() if len(values) == 1)
    words = _one_statement(looks, alone)
    values = {**words.fixed, **given, **{name: given[name][0] for name in alone}}
    return list(await driver.row(session, words.text, [values[name] for name in words.names]))


async def look_in_turn(session: AsyncSession, looks: Looks, **given: Sequence[Any]) -> list[Sequence[Any]]:
    """The rows each of `looks` finds, the first one's first: half the cost of `look` where rows are many.

    Whatever happens meanwhile is seen by those that come later. PostgreSQL, and a session whose driver was lent.
    """
    found = []
    for words in map(_statement, looks):
        values = {**words.fixed, **given}
        found.append(await driver.rows(session, words.text, [values[name] for name in words.names]))
    return found


_statement = cache(words_of)


@cache
def _one_statement(looks: Looks, alone: frozenset[str]) -> Words:
    arrays = [one.with_only_columns(func.row(*one.selected_columns)).scalar_subquery() for one in looks]
    return words_of(select(*map(func.array, arrays))).with_one(alone)


def _one(found: re.Match[str]) -> str:
    return f"= ${found[1]}::{found[2]}"
