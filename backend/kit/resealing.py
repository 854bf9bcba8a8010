"""Sealing again, under the key that now seals, what older keys sealed: in batches, while everybody works."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, literal, select, tuple_, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import crypto

BATCH_MAX = 200
Position = tuple[Any, ...]


@dataclass(frozen=True)
class Sealed:
    """One column of sealed values. `about(row)`: what such a value is about, as it was sealed.

    `indexed(row, plain)` gives the columns that are keyed fingerprints of the value, as they are under the key that
    now seals. `also(session, row, indexed)` changes what repeats them elsewhere.
    """

    table: Table
    column: str
    about: Callable[[Any], str]
    indexed: Callable[[Any, bytes], dict[str, bytes]] = lambda _row, _plain: {}
    also: Callable[[AsyncSession, Any, dict[str, bytes]], Awaitable[None]] | None = None

    @property
    def old(self) -> ColumnElement[bool]:
        """The rows whose value another key has sealed."""
        column = self.table.c[self.column]
        return and_(column.is_not(None), func.substr(column, 1, 1) != literal(bytes([crypto.ring().first])))


@dataclass(frozen=True)
class Batch:
    """What one batch did. `last`: where it ended, None at the end of the table; `unopened`: values nobody can open."""

    resealed: int
    unopened: int
    last: Position | None


async def waiting(session: AsyncSession, sealed: Sealed) -> int:
    """How many values of a column another key has sealed."""
    query = select(func.count()).select_from(sealed.table).where(sealed.old)
    return int((await (await session.connection()).execute(query)).scalar_one())


async def reseal_some(session: AsyncSession, *, sealed: Sealed, after: Position | None) -> Batch:
    """Seal up to BATCH_MAX values again, those that follow `after` by key; again, it finds nothing left to do."""
    key = list(sealed.table.primary_key)
    query = select(sealed.table).where(sealed.old).order_by(*key).limit(BATCH_MAX)
    if after is not None:
        query = query.where(
            tuple_(*key) > tuple_(*(literal(value, of.type) for value, of in zip(after, key, strict=True)))
        )
    rows = (await (await session.connection()).execute(query)).all()
    done = [await _resealed(session, sealed, key, row) for row in rows]
    last = tuple(getattr(rows[-1], column.name) for column in key) if len(rows) == BATCH_MAX else None
    return Batch(sum(done), len(done) - sum(done), last)


async def _resealed(session: AsyncSession, sealed: Sealed, key: Sequence[Any], row: Any) -> bool:
    value, about = getattr(row, sealed.column), sealed.about(row)
    try:
        plain = crypto.open_sealed(value, about)
    except crypto.SealBroken:
        return False
    indexed = sealed.indexed(row, plain)
    # Only while the value is the one that was read: what was saved meanwhile is sealed with the new key already.
    unchanged = [column == getattr(row, column.name) for column in key] + [sealed.table.c[sealed.column] == value]
    again = update(sealed.table).where(*unchanged).values({sealed.column: crypto.seal(plain, about), **indexed})
    changed = (await (await session.connection()).execute(again)).rowcount
    if changed and sealed.also is not None:
        await sealed.also(session, row, indexed)
    return True
