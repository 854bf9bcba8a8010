"""Somebody with the database, and even with the key, rewrites the past so that all of it agrees with itself."""

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from backend.kit import db
from backend.kit.settings import ROOT, settings
from backend.ledger import chain, publishing, verifying
from backend.ledger.models import Entry
from backend.ledger.shelving import lines_of
from backend.ledger.states import EntryState
from backend.ledger.verifying_seals import Kept
from tests.builders import a_gift, a_member
from tests.ledger.sealed import note, seal
from tests.ledger.tampering import TABLES, Tamperer, tampering

ACCOUNT, LOT, ENTRY, LINE = (TABLES[name] for name in ("account", "lot", "entry", "entry_line"))
LEAF, TILE, CHECKPOINT, LOG = (TABLES[name] for name in ("leaf", "tile", "checkpoint", "seal_log"))


async def findings(*kept: Kept) -> list[str]:
    async with db.read() as session:
        return [finding async for finding in verifying.findings(session, kept=kept)]


def kept(size: int) -> Kept:
    return Kept(size, "my copy", note(str(size)))


async def two_gifts() -> tuple[UUID, UUID, UUID]:
    ann = await a_member("Ann")
    gifts = [await a_gift(ann, points, key=key) for points, key in ((100, "one"), (50, "two"))]
    return (ann, *gifts)  # type: ignore[return-value]


async def rewrite_first(hands: Tamperer, member_id: UUID, first: UUID, second: UUID) -> None:
    """Make the first gift 900 points and everything after it agree: sums, lots, account, hashes."""
    async with db.read() as session:
        rows = [await session.get(Entry, (member_id, entry_id)) for entry_id in (first, second)]
        moved = [await lines_of(session, member_id, entry_id) for entry_id in (first, second)]
    await hands.change("entry_line", {"entry_id": first}, points=900)
    await hands.change("lot", {"lot_id": first}, earned=900, available=900)
    entries = [EntryState(**row.model_dump()) for row in rows if row]
    lines = [[moved[0][0]._replace(points=900)], moved[1]]
    before = entries[0].prev_hash
    for entry, of in zip(entries, lines, strict=True):
        entry.points = 900 if entry.entry_id == first else entry.points
        entry.available_after, entry.prev_hash = entry.available_after + 800, before
        before = entry.hash = chain.link(before, entry, of)
        changed = {name: getattr(entry, name) for name in ("points", "available_after", "prev_hash", "hash")}
        await hands.change("entry", {"entry_id": entry.entry_id}, **changed)
    await hands.change("account", {"member_id": member_id}, available=950, head=before)


async def forget_seals(hands: Tamperer) -> None:
    """Drop the tree and its checkpoints, so that the next look seals everything anew, with the real key."""
    async with hands.engine.begin() as connection:
        for table in (LEAF, TILE, CHECKPOINT):
            await connection.execute(delete(table))
        await connection.execute(update(LOG).values(size=0, looked_until=None))
    shutil.rmtree(publishing.folder())


async def test_a_chain_rewritten_with_every_hash_is_found_and_its_leaves_are_named(database: str) -> None:
    ann, first, second = await two_gifts()
    await seal()
    async with tampering(database) as hands:
        await rewrite_first(hands, ann, first, second)
        found = await findings()
    assert [finding.split(" is not")[0] for finding in found] == [
        f"leaf 0: entry {first} (member {ann})",
        f"leaf 1: entry {second} (member {ann})",
    ]


async def test_a_chain_rewritten_and_sealed_again_with_the_key_fails_a_checkpoint_somebody_kept(database: str) -> None:
    ann, first, second = await two_gifts()
    await seal()
    mine = kept(2)
    async with tampering(database) as hands:
        await rewrite_first(hands, ann, first, second)
        await forget_seals(hands)
        await a_gift(ann, 1)
        await seal()
        assert await findings() == []
        (found,) = await findings(mine)
    assert found == "my copy: its root is not that of the first 2 entries: one of them was rewritten"


async def test_a_tail_cut_off_everywhere_fails_a_checkpoint_somebody_kept(database: str) -> None:
    ann, first, second = await two_gifts()
    await seal()
    mine = kept(2)
    async with tampering(database) as hands:
        async with hands.engine.begin() as connection:
            for table in (ENTRY, LINE):
                await connection.execute(delete(table).where(table.c.entry_id == second))
            await connection.execute(delete(LOT).where(LOT.c.lot_id == second))
        async with db.read() as session:
            left = await session.get(Entry, (ann, first))
        assert left is not None
        await hands.change("account", {"member_id": ann}, available=100, seq=1, head=left.hash)
        await forget_seals(hands)
        await seal()
        assert await findings() == []
        (found,) = await findings(mine)
    assert found == "my copy: 2 entries were sealed, 1 are left: the tail was cut"


async def test_two_entries_that_change_places_in_the_tree_are_named(database: str) -> None:
    ann, first, second = await two_gifts()
    await seal()
    async with tampering(database) as hands:
        for entry, index in ((first, 9), (second, 0), (first, 1)):
            await hands.change("leaf", {"entry_id": entry}, leaf_index=index)
        found = await findings()
    assert [finding.split(" is not")[0] for finding in found] == [
        f"leaf 0: entry {second} (member {ann})",
        f"leaf 1: entry {first} (member {ann})",
    ]


async def test_a_kept_checkpoint_that_was_touched_is_not_believed(database: str) -> None:
    await two_gifts()
    await seal()
    forged = Kept(2, "my copy", note("2").replace("sealed 2", "sealed 3"))
    (found,) = await findings(forged)
    assert "does not verify" in found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_command_names_what_is_wrong_with_the_books_and_with_an_older_checkpoint(
    database: str, tmp_path: Path
) -> None:
    ann, first, _ = await two_gifts()
    await seal()
    mine = tmp_path / "mine"
    shutil.copy(publishing.folder() / "2", mine)
    code, said = await verify(database, "--checkpoint", str(mine))
    assert (code, "2 entries recomputed" in said) == (0, True), said
    async with tampering(database) as hands:
        await hands.change("entry", {"entry_id": first}, created_at=datetime(2026, 1, 1, tzinfo=UTC))
        code, said = await verify(database)
        assert code == 1 and f"entry {first} (member {ann}, seq 1): its contents do not match its hash" in said
    async with tampering(database) as hands:
        await forget_seals(hands)
        code, said = await verify(database, "--checkpoint", str(mine))
        assert code == 1 and "2 entries were sealed, 0 are left" in said
    mine.write_text("nothing\n")
    code, said = await verify(database, "--checkpoint", str(mine))
    assert code == 1 and "is no checkpoint" in said


async def verify(database: str, *arguments: str) -> tuple[Any, str]:
    """`./mall verify` as somebody types it; its exit code and all it said."""
    environment = {**os.environ, "MALL_DATABASE_URL": database, "MALL_DATA_DIR": str(settings().data_dir)}
    command = (sys.executable, "-m", "backend", "verify", *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    return process.returncode, (out + err).decode()
