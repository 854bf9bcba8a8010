"""Every entry is sealed under one tree, whose signed checkpoints anyone can read and compare."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from sqlmodel import select

from backend import schedule
from backend.kit import clock, crypto, db, merkle
from backend.kit.signed_note import NoteBroken
from backend.ledger import checkpoints, publishing, seal_keys, sealing
from backend.ledger.models import Checkpoint, Entry, Leaf, SealKey
from tests.builders import a_gift, a_member
from tests.ledger.sealed import keys, note, published_keys, raw, seal


async def rows_of(model: Any) -> list[Any]:
    async with db.read() as session:
        return list(await session.exec(select(model)))


async def leaves() -> list[Leaf]:
    return sorted(await rows_of(Leaf), key=lambda leaf: leaf.leaf_index)


async def test_every_entry_becomes_one_leaf_and_the_checkpoint_says_how_many(database: str) -> None:
    for name in ("Ann", "Ben"):
        await a_member(name, points=100)
    first = await seal()
    await a_gift(await a_member("Cai"), 5)
    second = await seal()
    assert (first.origin, first.size, second.size) == ("points-mall", 2, 3)
    assert [leaf.leaf_index for leaf in await leaves()] == [0, 1, 2]
    assert {leaf.entry_id for leaf in await leaves()} == {entry.entry_id for entry in await rows_of(Entry)}


async def test_the_root_is_the_one_rfc_6962_gives_for_the_entries_hashes(database: str) -> None:
    for number in range(5):
        await a_member(f"M{number}", points=10)
    said = await seal()
    hashes = {entry.entry_id: entry.hash for entry in await rows_of(Entry)}
    a, b, c, d, e = (merkle.leaf_hash(hashes[leaf.entry_id]) for leaf in await leaves())
    node = merkle.node_hash
    assert said.root == node(node(node(a, b), node(c, d)), e)


async def test_sealing_again_makes_no_new_checkpoint(database: str) -> None:
    await a_member("Ann", points=10)
    first = await seal()
    assert await seal() == first
    assert len(await rows_of(Checkpoint)) == 1


async def test_before_the_first_entry_nothing_is_published(database: str) -> None:
    await schedule.seal_new_entries()
    assert not publishing.folder().exists()


@pytest.mark.parametrize(("minutes", "look"), [(1, schedule.seal_new_entries), (30, schedule.seal_late_entries)])
async def test_an_entry_whose_commit_came_late_is_sealed_after_the_others(
    database: str, minutes: int, look: Any
) -> None:
    on_time = await a_gift(await a_member("Ann"), 5)
    await seal()
    clock.turn(-timedelta(minutes=minutes))
    late = await a_gift(await a_member("Ben"), 7)
    clock.turn(timedelta(0))
    await look()
    assert [leaf.entry_id for leaf in await leaves()] == [on_time, late]


async def test_a_clock_that_ran_ahead_hides_nothing(database: str) -> None:
    clock.turn(timedelta(hours=1))
    await a_member("Ann", points=1)
    await seal()
    clock.turn(timedelta(0))
    await a_member("Ben", points=1)
    assert (await seal()).size == 2


async def test_workers_who_seal_at_once_do_not_fork_the_log(database: str) -> None:
    for number in range(12):
        await a_member(f"M{number}", points=10)
    await asyncio.gather(*(schedule.seal_new_entries() for _ in range(4)))
    await a_member("last", points=10)
    await asyncio.gather(*(schedule.seal_new_entries() for _ in range(4)))
    assert [leaf.leaf_index for leaf in await leaves()] == list(range(13))
    assert sorted(row.size for row in await rows_of(Checkpoint)) == publishing.published_sizes() == [12, 13]


async def test_more_than_a_batch_is_sealed_batch_by_batch(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH_MAX", 3)
    ann = await a_member("Ann")
    for _ in range(7):
        await a_gift(ann, 1)
    await seal()
    assert publishing.published_sizes() == [3, 6, 7]


async def test_each_checkpoint_comes_with_the_proof_that_the_one_before_is_its_beginning(database: str) -> None:
    seen = []
    for number in range(6):
        for _ in range(number + 1):
            await a_gift(await a_member(f"M{number}"), 1)
        seen.append(await seal())
    for old, new in pairwise(seen):
        proof = orjson.loads((publishing.folder() / f"consistency/{old.size}-{new.size}.json").read_bytes())
        path = [bytes.fromhex(text) for text in proof["path"]]
        assert merkle.is_consistent((old.size, old.root), (new.size, new.root), path)
        assert not merkle.is_consistent((old.size, bytes(32)), (new.size, new.root), path)


async def test_a_proof_between_any_two_sizes_is_made_when_asked_for(database: str) -> None:
    ann, roots = await a_member("Ann"), {}
    for _ in range(9):
        await a_gift(ann, 1)
        said = await seal()
        roots[said.size] = said.root
    for old, new in ((1, 9), (3, 8), (4, 9), (5, 5)):
        found = await publishing.read_published(f"consistency/{old}-{new}.json")
        assert found is not None and found.for_ever
        path = [bytes.fromhex(text) for text in orjson.loads(found.content)["path"]]
        assert merkle.is_consistent((old, roots[old]), (new, roots[new]), path)
    for nonsense in ("0-3", "4-3", "3-10"):
        assert await publishing.read_published(f"consistency/{nonsense}.json") is None


async def test_a_checkpoint_with_one_letter_changed_does_not_verify(database: str) -> None:
    await a_member("Ann", points=10)
    await seal()
    told = note("latest")
    text, _, _ = told.partition("\n\n")
    for at in range(len(text)):
        changed = told[:at] + ("A" if told[at] != "A" else "B") + told[at + 1 :]
        with pytest.raises(NoteBroken):
            checkpoints.read(changed, keys())


async def test_after_a_rotation_old_checkpoints_verify_and_the_old_key_vouches_for_the_new(database: str) -> None:
    await a_member("Ann", points=10)
    before = await seal()
    new = await db.transact(seal_keys.rotate_key)
    assert new is not None
    await a_member("Ben", points=10)
    after = await seal()
    assert after.key_id == new.key_id != before.key_id
    assert checkpoints.read(note("1"), keys()) == before
    old, published = published_keys()["keys"]
    assert old["until"] == published["from"] and published["until"] is None
    assert published["vouched_by"] == old["id"] == before.key_id
    assert keys()[before.key_id].verifies(checkpoints.voucher_text(new), raw(published["voucher"]))


async def test_with_nothing_sealed_there_is_no_key_to_rotate(database: str) -> None:
    assert await db.transact(seal_keys.rotate_key) is None


async def test_the_private_key_is_not_in_the_database(database: str) -> None:
    await a_member("Ann", points=10)
    await seal()
    (row,) = await rows_of(SealKey)
    with pytest.raises(crypto.SealBroken):
        crypto.open_sealed(row.private_sealed, "seal key of another")
    private = crypto.open_sealed(row.private_sealed, f"seal key {row.key_id}")
    assert private not in row.private_sealed and len(private) == 32


async def test_what_is_published_is_never_overwritten(database: str, caplog: pytest.LogCaptureFixture) -> None:
    await a_member("Ann", points=10)
    await seal()
    kept = publishing.folder() / "1"
    kept.write_text("somebody else's\n")
    (publishing.folder() / "latest").unlink()
    await publishing.publish()
    assert kept.read_text() == "somebody else's\n"
    assert "published and says otherwise" in caplog.text
