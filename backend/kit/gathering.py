"""What is wanted at the same moment, read in one trip: each who asks says which rows, and gets her own.

A resolver asks by `info.context.rows(key, parts)`, a verb by `gathering.of(session, …)`: the same
looks, so that what a screen shows and what a verb decides are read alike.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, driver
from backend.kit.looking import PLACE, Words, words_of

KINDS_MAX = 512
"""So many statements are kept in words: as many as there are kinds of requests."""
Rows = Sequence[Sequence[Any]]
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
    if db.dialect() == "postgresql":
        trip = _trip_of_one(tuple([look for look, _ in parts]))
        return tuple(await db.glance(trip.text, [key, *_values(trip, (), parts)]))
    hers = {key: None}
    found = await _read(dict.fromkeys(parts, hers))
    return tuple(found[part].get(key, ()) for part in parts)


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
    return dict(zip(parts, map(_by_key, map(asked.__getitem__, parts), arrays), strict=True))


async def _in_one(parts: Sequence[Part], asked: Asked, session: AsyncSession | None) -> Sequence[Rows]:
    keys = [list(asked[part]) for part in parts]
    trip = _trip(tuple((look, len(of) == 1) for (look, _), of in zip(parts, keys, strict=True)))
    values = _values(trip, [of[0] if len(of) == 1 else of for of in keys], parts)
    return await (db.glance(trip.text, values) if session is None else driver.row(session, trip.text, values))


async def _one_by_one(parts: Sequence[Part], asked: Asked, session: AsyncSession) -> Sequence[Rows]:
    connection, found = await session.connection(), []
    for part in parts:
        look, given = part
        named = {"keys": list(asked[part]), **dict(zip(look.given, given, strict=True))}
        found.append((await connection.execute(look.on_sqlite, named)).all())
    return found


@dataclass(frozen=True, slots=True)
class _Trip:
    """A statement, and for each of its `$1`, `$2` … of which part it is and what: KEYS, FIXED, or which given."""

    text: str
    slots: Sequence[tuple[int, int, Any]]


KEYS, FIXED = -1, -2


def _values(trip: _Trip, keys: Sequence[Any], parts: Sequence[Part]) -> list[Any]:
    # `keys`: for each part its keys, or its one key.
    return [parts[of][1][what] if what >= 0 else keys[of] if what == KEYS else fixed for of, what, fixed in trip.slots]


@lru_cache(KINDS_MAX)
def _trip_of_one(looks: tuple[Look, ...]) -> _Trip:
    # One key for all, so it is sent once: `$1`, before what the slots tell.
    trip = _trip(tuple((look, True) for look in looks))
    left = [place for place, (_, what, _) in enumerate(trip.slots, 1) if what != KEYS]
    places = dict.fromkeys(range(1, len(trip.slots) + 1), "$1")
    places |= {place: f"${number}" for number, place in enumerate(left, 2)}
    return _Trip(PLACE.sub(lambda place: places[int(place[1])], trip.text), [trip.slots[place - 1] for place in left])


@lru_cache(KINDS_MAX)
def _trip(kinds: tuple[tuple[Look, bool], ...]) -> _Trip:
    arrays: list[str] = []
    slots: list[tuple[int, int, Any]] = []
    for number, (look, alone) in enumerate(kinds):
        words, taken = look.of_one if alone else look.on_postgresql, len(slots)
        arrays.append("(" + PLACE.sub(lambda place, taken=taken: f"${int(place[1]) + taken}", words.text) + ")")  # type: ignore[misc]
        what = {**dict.fromkeys(words.fixed, FIXED), "keys": KEYS}
        what |= {name: place for place, name in enumerate(look.given)}
        slots += [(number, what[name], words.fixed.get(name)) for name in words.names]
    return _Trip("SELECT " + ", ".join(arrays), slots)


def _by_key(keys: Mapping[UUID, None], rows: Rows) -> Mapping[UUID, Rows]:
    if len(keys) == 1:
        return dict.fromkeys(keys, rows)
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found
