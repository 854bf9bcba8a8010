"""Many writes in one trip; on PostgreSQL in one statement, all of it or, if something is not as it was seen, nothing.

One row or two are written out value by value, which costs the database least to begin with. Few travel as JSON and are
told apart by their columns' names; many as one array for each column, which costs a third as much for each, or as one
value where all have the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, count
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import JSON, Boolean, Column, Integer, Table, Update, Uuid, bindparam, insert, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, driver

WRITTEN_OUT_MAX = 2
"""So many rows are part of the statement: more of them would be more kinds of statements than are kept."""
FEW_MAX = 30
"""So many rows travel as JSON: the more columns, the longer it takes to begin with arrays."""
PLAIN = (Uuid, Integer, Boolean)
"""Arrays of these are written out: the driver looks three times at each thing in a list, which costs more."""


@dataclass(frozen=True)
class Change:
    """Rows of a table that are new, or that are there, found `by` these columns. All have the same columns."""

    table: Table
    rows: Sequence[Mapping[str, Any]]
    by: tuple[str, ...] = ()


async def save(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Write `changes` within a verb's transaction: none of them sees, or touches, a row of another."""
    some = [change for change in changes if change.rows]
    if not some:
        return
    connection = await session.connection()
    if db.dialect() == "sqlite":
        for change in some:
            await _execute(connection, change)
        return
    writing = Writing()
    for change in some:
        writing.add(change)
    await writing.run(session)


class Writing:
    """Collects what is to be written on PostgreSQL; `run` writes it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._given: list[Any] = []
        self._if_so = "TRUE"
        self._told: list[str] = []

    def given(self, value: Any) -> str:
        """The name that `value` has in the statement."""
        self._given.append(value)
        return f"${len(self._given)}"

    def part(self, name: str, query: str) -> None:
        """One part of the statement, which later ones may read by its name."""
        self._parts.append(f"{name} AS ({query})")

    def only_if(self, name: str, query: str, count: int) -> None:
        """Nothing is written unless `query` finds `count` rows, at least one.

        What was asked before is asked, and locked, first: `query` finds nothing unless `is_so` what it was told before.
        """
        assert count and self._if_so in query
        self._parts.append(f"{name} AS MATERIALIZED ({query})")
        self._if_so = f"(SELECT count(*) FROM {name}) = {self.given(count)}"  # noqa: S608
        self.tell(name)

    def is_so(self) -> str:
        """That every condition so far holds: the last, which holds only if those before it do."""
        return self._if_so

    def tell(self, name: str) -> None:
        """The rows of that part are told by `run`."""
        self._told.append(f"ARRAY(SELECT ROW({name}.*) FROM {name})")  # noqa: S608

    def add(self, change: Change) -> None:
        """Rows to insert or to change."""
        if change.rows:
            given = self.rows(change.table, change.rows)
            words = _words(change.table.name, tuple(change.rows[0]), change.by, given, self._if_so)
            self._parts.append(f"part_{len(self._parts)} AS ({words})")

    async def run(self, session: AsyncSession) -> list[list[tuple[Any, ...]]]:
        """Write it. Returns the rows of each condition and of what was to be told, in the order they were named."""
        statement = f"WITH {', '.join(self._parts)} SELECT {', '.join(self._told) or 'TRUE'}"
        found = await driver.row(session, statement, self._given)
        return [list(rows) for rows in found] if self._told else []

    def asked(self, name: str, kinds: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> str:
        """Rows of columns of these kinds, to select from under `name`."""
        columns, first = tuple(kinds), len(self._given)
        if len(rows) <= WRITTEN_OUT_MAX:
            self._given += chain.from_iterable(rows)
            return _values(name, columns, tuple(kinds.values()), len(rows), first)
        self._given += map(list, zip(*rows, strict=True))
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds.values(), first + 1))
        return f"unnest({arrays}) AS {name} ({', '.join(columns)})"

    def rows(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> str:
        """These rows, to select from under the name `given`."""
        if len(rows) <= WRITTEN_OUT_MAX:
            names, first = tuple(rows[0]), len(self._given)
            kinds, values_of, as_json = _kinds(table, names)
            for row in rows:
                told = list(values_of(row))
                for place in as_json:
                    told[place] = None if told[place] is None else _json(told[place])
                self._given += told
            return _values("given", names, kinds, len(rows), first)
        if len(rows) > FEW_MAX:
            names = tuple(rows[0])
            columns = [_column(table.c[name], [row[name] for row in rows]) for name in names]
            alike = frozenset(name for name, column in zip(names, columns, strict=True) if column.alike)
            return _side_by_side(table, names, tuple(self.given(column.value) for column in columns), alike)
        # Without a limit the planner would expect a hundred, and read small tables from end to end. With this one it
        # expects ten or more of few and of many, so that one plan does for both.
        json, count = self.given(_json(rows)), self.given(len(rows))
        given = f'json_populate_recordset(NULL::"{table.name}", {json}::json)'
        return f"(SELECT * FROM {given} LIMIT greatest({count}, 10)) AS given"  # noqa: S608


@cache
def _kinds(table: Table, names: Sequence[str]) -> tuple[tuple[str, ...], Callable[[Any], Any], tuple[int, ...]]:
    kinds = tuple(table.c[name].type.compile(postgresql.dialect()) for name in names)  # type: ignore[no-untyped-call]
    return kinds, itemgetter(*names), tuple(place for place, kind in enumerate(kinds) if kind == "JSON")


@cache
def _values(name: str, columns: Sequence[str], kinds: Sequence[str], rows: int, first: int) -> str:
    number = count(first + 1)
    values = [f"({', '.join([f'${next(number)}::{kind}' for kind in kinds])})" for _ in range(rows)]
    named = ", ".join(f'"{column}"' for column in columns)
    return f"(VALUES {', '.join(values)}) AS {name} ({named})"


@cache
def _words(table: str, columns: tuple[str, ...], by: tuple[str, ...], given: str, if_so: str) -> str:
    if by:
        values = ", ".join(f'"{name}" = given."{name}"' for name in columns if name not in by)
        found = " AND ".join(f'kept."{name}" = given."{name}"' for name in by)
        return f'UPDATE "{table}" AS kept SET {values} FROM {given} WHERE {found} AND {if_so}'  # noqa: S608
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({names}) SELECT {names} FROM {given} WHERE {if_so}'  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Column:
    """What rows have in one column: an array of it, or, where they are `alike`, what all of them have."""

    value: Any
    alike: bool = False


def _column(column: Column[Any], values: Sequence[Any]) -> _Column:
    if isinstance(column.type, PLAIN):
        return _Column(_literal(values, as_hex=isinstance(column.type, Uuid)))
    if values[0] == values[-1] and values.count(values[0]) == len(values):
        return _Column(_told(column, values[0]), alike=True)
    return _Column([_told(column, value) for value in values])


def _literal(values: Sequence[Any], *, as_hex: bool) -> str:
    if as_hex:
        # A quarter of what it takes to write an id as people read it.
        return f"{{{','.join(['NULL' if value is None else value.hex for value in values])}}}"
    return f"{{{','.join(['NULL' if value is None else str(value) for value in values])}}}"


def _told(column: Column[Any], value: Any) -> Any:
    return _json(value) if value is not None and isinstance(column.type, JSON) else value


@cache
def _side_by_side(table: Table, names: tuple[str, ...], given: tuple[str, ...], alike: frozenset[str]) -> str:
    arrays, columns, picked = [], [], []
    for name, value in zip(names, given, strict=True):
        kind = table.c[name].type.compile(postgresql.dialect())  # type: ignore[no-untyped-call]
        sent, read = ("TEXT", "::JSON") if kind == "JSON" else (kind, "")
        if name in alike:
            picked.append(f'{value}::{sent}{read} AS "{name}"')
            continue
        through = "::TEXT" if isinstance(table.c[name].type, PLAIN) else ""
        arrays.append(f"{value}{through}::{sent}[]")
        columns.append(f'"{name}"')
        picked.append(f'"{name}"{read}')
    unnested = f"unnest({', '.join(arrays)}) AS flat ({', '.join(columns)})"
    return f"(SELECT {', '.join(picked)} FROM {unnested}) AS given"  # noqa: S608


async def _execute(connection: AsyncConnection, change: Change) -> None:
    if not change.by:
        await connection.execute(insert(change.table), change.rows)
        return
    rows = [{f"its_{name}" if name in change.by else name: row[name] for name in row} for row in change.rows]
    await connection.execute(_update(change.table, tuple(change.rows[0]), change.by), rows)


@cache
def _update(table: Table, columns: tuple[str, ...], by: tuple[str, ...]) -> Update:
    found = [table.c[name] == bindparam(f"its_{name}") for name in by]
    return update(table).where(*found).values({name: bindparam(name) for name in columns if name not in by})


def _json(value: Any) -> str:
    # A column's name may be SQLAlchemy's own kind of text.
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    # The driver has a kind of UUID of its own.
    return str(value) if isinstance(value, UUID) else dict(value)
