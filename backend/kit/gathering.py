"""What is wanted at the same moment, read in one trip: each who asks says which rows, and gets her own.

A resolver asks by `info.context.rows(key, parts)`, a verb by `gathering.of(session, …)`: the same
looks, so that what a screen shows and what a verb decides are read alike.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, driver
from backend.kit.looking import Words, words_of

KINDS_MAX = 512
"""So many statements are kept in words: as many as there are kinds of requests."""
Rows = Sequence[Sequence[Any]]
PLACE = re.compile(r"\$(\d+)")
_numbers = count()


@dataclass(frozen=True, eq=False)
class Look:
    """Rows that belong to somebody. `rows` selects them: the first column says whose each is, `among` `keys`.

    `given` names its other parameters. Made once, at import; called with their values it can be asked for.
    """

    rows: Callable[[], Select[Any]]
    given: tuple[str, ...] = ()
    number: int = field(default_factory=lambda: next(_numbers))

    def __call__(self, *given: Any) -> "Part":
        assert len(given) == len(self.given)
        return self, given

    @cached_property
    def on_sqlite(self) -> Select[Any]:
        """As SQLite understands it."""
        return self.rows()

    @cached_property
    def on_postgresql(self) -> Words:
        """An array of its rows."""
        found = self.rows()
        array = func.array(found.with_only_columns(func.row(*found.selected_columns)).scalar_subquery())
        return words_of(select(array))

    @cached_property
    def of_one(self) -> Words:
        """The same for a single key."""
        return self.on_postgresql.with_one(["keys"])


Part = tuple[Look, tuple[Any, ...]]
Found = tuple[Rows, ...]
"""The rows of each part."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows that belong to `key`, of each of `parts`."""

    key: UUID
    parts: tuple[Part, ...]


async def gather(wanted: Sequence[Wanted]) -> list[Found]:
    """What each of them wants, all of one moment: one statement on PostgreSQL. What two want is read once."""
    asked: dict[Part, dict[UUID, None]] = {}
    for one in wanted:
        for part in one.parts:
            asked.setdefault(part, {})[one.key] = None
    found = await _read(asked)
    return [tuple(found[part].get(one.key, ()) for part in one.parts) for one in wanted]


async def alone(key: UUID, *parts: Part) -> Found:
    """What belongs to `key`, for whoever asks by herself."""
    return (await gather([Wanted(key, parts)]))[0]


async def of(session: AsyncSession, keys: Collection[UUID], *parts: Part) -> dict[UUID, Found]:
    """What belongs to each of `keys`, as this session sees it."""
    asked = {part: dict.fromkeys(keys) for part in parts}
    found = await _read(asked, session)
    return {key: tuple(found[part].get(key, ()) for part in parts) for key in keys}


Asked = Mapping[Part, Mapping[UUID, None]]


async def _read(asked: Asked, session: AsyncSession | None = None) -> dict[Part, Mapping[UUID, Rows]]:
    # Always in the same order, so that what is asked for again has been put into words before.
    parts = sorted(asked, key=lambda part: part[0].number)
    if db.dialect() == "postgresql":
        arrays = await _in_one(parts, asked, session)
    elif session is not None:
        arrays = await _one_by_one(parts, asked, session)
    else:
        async with db.read() as own:
            arrays = await _one_by_one(parts, asked, own)
    return {part: _by_key(asked[part], rows) for part, rows in zip(parts, arrays, strict=True)}


async def _in_one(parts: Sequence[Part], asked: Asked, session: AsyncSession | None) -> Sequence[Rows]:
    values: list[Any] = []
    kinds = tuple((look, len(asked[look, given]) == 1) for look, given in parts)
    for (look, given), (_, alone) in zip(parts, kinds, strict=True):
        keys = list(asked[look, given])
        words = look.of_one if alone else look.on_postgresql
        named = {**words.fixed, "keys": keys[0] if alone else keys, **dict(zip(look.given, given, strict=True))}
        values += [named[name] for name in words.names]
    return await (db.glance(_text(kinds), values) if session is None else driver.row(session, _text(kinds), values))


async def _one_by_one(parts: Sequence[Part], asked: Asked, session: AsyncSession) -> Sequence[Rows]:
    connection, found = await session.connection(), []
    for part in parts:
        look, given = part
        named = {"keys": list(asked[part]), **dict(zip(look.given, given, strict=True))}
        found.append((await connection.execute(look.on_sqlite, named)).all())
    return found


@lru_cache(KINDS_MAX)
def _text(kinds: tuple[tuple[Look, bool], ...]) -> str:
    arrays, taken = [], 0
    for look, alone in kinds:
        words = look.of_one if alone else look.on_postgresql
        arrays.append("(" + PLACE.sub(lambda place, taken=taken: f"${int(place[1]) + taken}", words.text) + ")")  # type: ignore[misc]
        taken += len(words.names)
    return "SELECT " + ", ".join(arrays)


def _by_key(keys: Mapping[UUID, None], rows: Rows) -> Mapping[UUID, Rows]:
    if len(keys) == 1:
        return dict.fromkeys(keys, rows)
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found
