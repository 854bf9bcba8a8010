"""Sealing: every entry becomes a leaf of one tree, and the tree's root is signed, again and again.

Entries commit in any order, so they are not numbered as they are written: whoever seals takes those that have no
leaf yet and numbers them under one lock, `seal_log`. Posting knows nothing of it and waits for nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, merkle
from backend.kit.columns import table_of
from backend.kit.settings import settings
from backend.kit.signed_note import signed
from backend.ledger import seal_keys
from backend.ledger.checkpoints import text_of
from backend.ledger.models import Checkpoint, Entry, Leaf, SealLog, Tile

ENTRY, LEAF, LOG = table_of(Entry), table_of(Leaf), table_of(SealLog)
TILE, CHECKPOINT = table_of(Tile), table_of(Checkpoint)
BATCH_MAX = 1000
"""Entries of one transaction: few enough that on SQLite nobody waits long for the writer."""
OVERLAP = timedelta(minutes=2)
"""How long a posting may take to commit and still be met by the next look; a longer one waits for `FROM_THE_START`."""
ONLY_ROW = 1


async def oldest_waiting(session: AsyncSession, *, from_the_start: bool = False) -> datetime | None:
    """When the oldest entry that has no leaf was written; None when all have one. Takes no lock.

    It looks back from the newest sealed entry by OVERLAP; `from_the_start` looks at all there are.
    """
    connection = await session.connection()
    looked_until = None
    if not from_the_start:
        looked_until = (await connection.execute(select(LOG.c.looked_until))).scalar()
    # A clock that ran ahead for a while must not hide what was written after it was put right.
    since = min(looked_until, clock.now()) - OVERLAP if looked_until else None
    oldest: datetime | None = (await connection.execute(_waiting(since, 1))).scalars().first()
    return oldest


async def seal_waiting(session: AsyncSession, *, since: datetime) -> datetime | None:
    """Give the entries written at or after `since` that have no leaf the next ones, at most BATCH_MAX, and sign.

    Returns from when on more may wait, None when this was all; again at once, another worker included, it finds
    nothing left to do.
    """
    connection = await session.connection()
    log = await locked_log(connection)
    entries = list(await connection.execute(_waiting(since, BATCH_MAX)))
    if not entries:
        return None
    edge = merkle.edge_of(log.size, await tiles_at(session, merkle.Edge(log.size).places()))
    tiles = edge.append(merkle.leaf_hash(entry.hash) for entry in entries)
    await _number(connection, entries, log.size)
    await _save_tiles(connection, tiles)
    newest = max(entry.created_at for entry in entries)
    looked_until = max(filter(None, (log.looked_until, min(newest, clock.now()))))
    await connection.execute(update(LOG).values(size=edge.size, looked_until=looked_until))
    await _sign(session, log.origin, edge)
    return entries[-1].created_at if len(entries) == BATCH_MAX else None


async def locked_log(connection: AsyncConnection) -> Any:
    """The tree's one row, made with its first seal, and nobody else's until this verb ends: for whoever signs."""
    lock = select(LOG).with_for_update()
    if (found := (await connection.execute(lock)).first()) is not None:
        return found
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    first = {"id": ONLY_ROW, "origin": settings().seal_name, "size": 0, "looked_until": None}
    await connection.execute(dialect.insert(LOG).on_conflict_do_nothing(), first)
    return (await connection.execute(lock)).one()


async def tiles_at(session: AsyncSession, places: Sequence[merkle.Place]) -> Mapping[merkle.Place, bytes]:
    """The tiles at these places; a place right of the last tile has none and is empty."""
    query = select(TILE).where(tuple_(TILE.c.level, TILE.c.position).in_(places))
    found = {(row.level, row.position): row.hashes for row in await (await session.connection()).execute(query)}
    return dict.fromkeys(places, b"") | found


async def latest(session: AsyncSession) -> Checkpoint | None:
    """The newest checkpoint."""
    query = select(CHECKPOINT).order_by(CHECKPOINT.c.size.desc()).limit(1)
    row = (await (await session.connection()).execute(query)).first()
    return None if row is None else Checkpoint(**row._mapping)


async def leaves_of(session: AsyncSession, entries: Sequence[tuple[UUID, UUID]]) -> Mapping[tuple[UUID, UUID], int]:
    """The leaves of those among `entries` (member and entry ids) that have one."""
    query = select(LEAF).where(tuple_(LEAF.c.member_id, LEAF.c.entry_id).in_(entries))
    rows = await (await session.connection()).execute(query)
    return {(row.member_id, row.entry_id): row.leaf_index for row in rows}


def _waiting(since: datetime | None, count: int) -> Select[Any]:
    leaf = select(LEAF.c.leaf_index).where(LEAF.c.member_id == ENTRY.c.member_id, LEAF.c.entry_id == ENTRY.c.entry_id)
    query = (
        select(ENTRY.c.created_at, ENTRY.c.member_id, ENTRY.c.entry_id, ENTRY.c.hash)
        .where(~leaf.exists())
        .order_by(ENTRY.c.created_at, ENTRY.c.member_id, ENTRY.c.seq)
        .limit(count)
    )
    return query if since is None else query.where(ENTRY.c.created_at >= since)


async def _number(connection: AsyncConnection, entries: Sequence[Any], first: int) -> None:
    rows = [
        {"member_id": entry.member_id, "entry_id": entry.entry_id, "leaf_index": number}
        for number, entry in enumerate(entries, first)
    ]
    await connection.execute(insert(LEAF), rows)


async def _save_tiles(connection: AsyncConnection, tiles: Mapping[merkle.Place, bytes]) -> None:
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    saving = dialect.insert(TILE)
    saving = saving.on_conflict_do_update(
        index_elements=[TILE.c.level, TILE.c.position], set_={"hashes": saving.excluded.hashes}
    )
    rows = [{"level": level, "position": at, "hashes": hashes} for (level, at), hashes in sorted(tiles.items())]
    await connection.execute(saving, rows)


async def _sign(session: AsyncSession, origin: str, edge: merkle.Edge) -> None:
    key, private = await seal_keys.to_sign_with(session, origin)
    moment, root = clock.now(), edge.root()
    note = signed(text_of(origin, edge.size, root, moment), private, key)
    row = {"size": edge.size, "root": root, "key_id": key.key_id, "sealed_at": moment, "note": note}
    await (await session.connection()).execute(insert(CHECKPOINT), row)
