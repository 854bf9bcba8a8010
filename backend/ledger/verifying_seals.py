"""Asking whether the tree over all entries is still the one that was signed: leaf by leaf, checkpoint by checkpoint."""

import heapq
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import crypto, merkle
from backend.kit.columns import table_of
from backend.kit.signed_note import NoteBroken, NoteKey, public_key
from backend.ledger import seal_keys
from backend.ledger.checkpoints import Said, read, voucher_text
from backend.ledger.models import Checkpoint, Entry, Leaf, SealLog, Tile
from backend.ledger.reading import Rows

ENTRY, LEAF, LOG = table_of(Entry), table_of(Leaf), table_of(SealLog)
TILE, CHECKPOINT = table_of(Tile), table_of(Checkpoint)
ENDS_THERE = re.compile(r"\n\n[^\n]+\n\Z")


@dataclass(frozen=True, order=True)
class Kept:
    """A checkpoint somebody kept: the size it is of, where it is kept, and its note."""

    size: int
    where: str
    note: str
    row: Any = field(default=None, compare=False)
    """What the columns of its row say: root, key and time, where it has one."""


@dataclass
class _Tree:
    """The tree as the entries make it, and what was signed of it."""

    keys: Mapping[str, NoteKey]
    edge: merkle.Edge = field(default_factory=merkle.Edge)
    upper: dict[merkle.Place, bytes] = field(default_factory=dict)

    def grow(self, leaves: Iterable[bytes]) -> None:
        changed = self.edge.append(leaves)
        self.upper.update((place, hashes) for place, hashes in changed.items() if place[0])

    def judge(self, kept: Kept) -> Iterator[str]:
        """What is wrong with a checkpoint of the tree's present size."""
        said = self.said(kept)
        if isinstance(said, str):
            yield said
        elif kept.row and (kept.row != (said.root, said.key_id, said.sealed_at) or not ENDS_THERE.search(kept.note)):
            yield f"{kept.where}: its row says otherwise than its note"
        elif said.root != self.edge.root():
            yield f"{kept.where}: its root is not that of the first {kept.size} entries: one of them was rewritten"

    def said(self, kept: Kept) -> Said | str:
        """What a checkpoint says, or what is wrong with how it says it."""
        try:
            said = read(kept.note, self.keys)
        except NoteBroken as broken:
            return f"{kept.where}: {broken}"
        return said if said.size == kept.size else f"{kept.where}: is of {said.size} entries"


async def findings(
    session: AsyncSession, progress: Callable[[int], None] = lambda entries: None, *, kept: Collection[Kept] = ()
) -> AsyncIterator[str]:
    """What is wrong with leaves, tiles, checkpoints and keys; `kept` are checkpoints to be held against the books."""
    connection = await session.connection()
    log = (await connection.execute(select(LOG))).first()
    rows = await seal_keys.every_key(session)
    tree = _Tree(seal_keys.named(log.origin, rows) if log else {})
    for finding in _about_keys(tree.keys, rows):
        yield finding
    signed, mentioned = await _signed(session), Rows(await connection.stream(_leaves()))
    claims = list(heapq.merge(signed, sorted(kept)))
    async for finding in _grow(session, tree, mentioned, claims, progress):
        yield finding
    if (log.size if log else 0) != tree.edge.size:
        yield f"seal_log: counts {log.size if log else 0} leaves, there are {tree.edge.size}"
    if (newest := signed[-1].size if signed else 0) < tree.edge.size:
        yield f"checkpoint: the newest is of {newest} leaves, there are {tree.edge.size}"
    async for finding in _about_upper_tiles(session, tree):
        yield finding
    for claim in claims:
        if claim.size > tree.edge.size:
            yield f"{claim.where}: {claim.size} entries were sealed, {tree.edge.size} are left: the tail was cut"


async def _grow(
    session: AsyncSession, tree: _Tree, leaves: Rows, claims: Sequence[Kept], progress: Callable[[int], None]
) -> AsyncIterator[str]:
    # Tile by tile; what was sealed is what the tiles say, so that one broken leaf does not hide the others.
    waiting = iter(claims)
    claim = next(waiting, None)
    query = select(TILE.c.position, TILE.c.hashes).where(TILE.c.level == 0).order_by(TILE.c.position)
    tiles = Rows(await (await session.connection()).stream(query))
    while (leaf := await leaves.peek()) is not None:
        first = tree.edge.size
        sealed = [merkle.hashes_in(row.hashes) async for row in tiles.of(position=first // merkle.TILE_WIDTH)]
        hashes = sealed[0] if sealed else []
        found = await leaves.below("leaf_index", first + merkle.TILE_WIDTH)
        for finding in _broken_leaves(first, found, hashes):
            yield finding
        if len(found) != len(hashes):
            yield f"tile 0/{first // merkle.TILE_WIDTH}: holds {len(hashes)} leaves, there are {len(found)} rows"
        progress(len(found))
        while claim is not None and claim.size <= first + len(hashes):
            tree.grow(hashes[tree.edge.size - first : claim.size - first])
            for finding in tree.judge(claim):
                yield finding
            claim = next(waiting, None)
        tree.grow(hashes[tree.edge.size - first :])
        if len(hashes) < merkle.TILE_WIDTH:
            break
    if (leaf := await leaves.peek()) is not None:
        yield f"leaf {leaf.leaf_index}: stands beyond the last tile"
    if (tile := await tiles.peek()) is not None:
        yield f"tile 0/{tile.position}: its leaves are gone"


def _broken_leaves(first: int, found: Sequence[Any], hashes: Sequence[bytes]) -> list[str]:
    by_index = {row.leaf_index: row for row in found}
    said = []
    for number, sealed in enumerate(hashes, first):
        row = by_index.get(number)
        if row is None:
            said.append(f"leaf {number}: is gone")
        elif row.hash is None:
            said.append(f"leaf {number}: its entry {row.entry_id} (member {row.member_id}) is gone")
        elif merkle.leaf_hash(row.hash) != sealed:
            said.append(f"leaf {number}: entry {row.entry_id} (member {row.member_id}) is not what was sealed")
    return said


async def _about_upper_tiles(session: AsyncSession, tree: _Tree) -> AsyncIterator[str]:
    left = dict(tree.upper)
    for row in await (await session.connection()).execute(select(TILE).where(TILE.c.level > 0)):
        if left.pop((row.level, row.position), None) != row.hashes:
            yield f"tile {row.level}/{row.position}: is not what the tiles below it make"
    for level, position in left:
        yield f"tile {level}/{position}: is gone"


def _about_keys(keys: Mapping[str, NoteKey], rows: Sequence[Any]) -> Iterator[str]:
    ended = {row.key_id: row.ended_at for row in rows}
    for row in rows:
        key = keys.get(row.key_id)
        if key is None or key.key_id != row.key_id:
            yield f"seal key {row.key_id}: its public half is another's"
            continue
        if row.vouched_by and not _is_vouched_for(key, keys.get(row.vouched_by), row.voucher):
            yield f"seal key {row.key_id}: the key {row.vouched_by} does not vouch for it"
        if (row.vouched_by is None) != (row is rows[0]) or (row.voucher is None) != (row is rows[0]):
            yield f"seal key {row.key_id}: all but the first are vouched for by the one before, and only they"
        if row.vouched_by and row.began_at != ended.get(row.vouched_by):
            yield f"seal key {row.key_id}: does not begin when the key {row.vouched_by} ends"
        if row.ended_at is None and not _opens(key, row):
            yield f"seal key {row.key_id}: its private half cannot be opened, or is another's"
    if rows and len([row for row in rows if row.ended_at is None]) != 1:
        yield "seal_key: not exactly one key is in use"


def _is_vouched_for(key: NoteKey, before: NoteKey | None, voucher: bytes | None) -> bool:
    return before is not None and voucher is not None and before.verifies(voucher_text(key), voucher)


def _opens(key: NoteKey, row: Any) -> bool:
    try:
        return public_key(seal_keys.opened(row)) == key.public
    except crypto.SealBroken:
        return False


async def _signed(session: AsyncSession) -> list[Kept]:
    rows = await (await session.connection()).execute(select(CHECKPOINT).order_by(CHECKPOINT.c.size))
    return [Kept(row.size, f"checkpoint {row.size}", row.note, (row.root, row.key_id, row.sealed_at)) for row in rows]


def _leaves() -> Any:
    of = (ENTRY.c.member_id == LEAF.c.member_id) & (ENTRY.c.entry_id == LEAF.c.entry_id)
    return select(LEAF, ENTRY.c.hash).select_from(LEAF).outerjoin(ENTRY, of).order_by(LEAF.c.leaf_index)
