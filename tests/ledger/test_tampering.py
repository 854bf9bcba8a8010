"""Whoever changes the books behind the product's back is found out, and the row is named."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise, product
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.ledger import chain, freezing, invariants, posting, shelving
from backend.ledger.models import Entry
from backend.ledger.states import EntryState
from tests.builders import a_gift, a_member
from tests.ledger.tampering import tampering

KEY = UUID(int=7)
SAID: Any = {"actor": "test", "why": {"code": "TEST"}}


async def a_life() -> list[Entry]:
    """A member's entries: two gifts, a burn of both, the burn undone, a freeze and a thaw."""
    ann = await a_member("Ann")
    await a_gift(ann, 100, key="first", expires_in=timedelta(days=30))
    await a_gift(ann, 50, key="second", expires_in=timedelta(days=60))
    await db.transact(spend_and_undo, member_id=ann)
    for act in (freezing.freeze_account, freezing.unfreeze_account):
        await db.transact(act, key=KEY, member_id=ann, reason="a look", actor="operator:olga")
    async with db.read() as session:
        return list(await session.exec(select(Entry).where(Entry.member_id == ann).order_by(col(Entry.seq))))


async def spend_and_undo(session: AsyncSession, *, member_id: UUID) -> None:
    book = await posting.open_book(session, member_id)
    posting.burn(book, key="burn", points=120, reference="r-1", request={}, **SAID)
    posting.reverse(book, book.entries[-1][1], key="undo", request={}, **SAID)
    await posting.write(session, [book])


async def findings() -> list[str]:
    async with db.read() as session:
        return await invariants.broken(session)


def place(row: Entry) -> dict[str, Any]:
    return {"member_id": row.member_id, "entry_id": row.entry_id}


ENTRY_CHANGES: list[tuple[str, Callable[[Any], Any]]] = [
    ("points", lambda points: points + 1),
    ("debt", lambda debt: debt + 1),
    ("available_after", lambda points: points + 1),
    ("kind", lambda kind: "CORRECT"),
    ("why", lambda why: {**why, "code": "OTHER"}),
    ("actor", lambda actor: "operator:mallory"),
    ("reference", lambda reference: "r-2"),
    ("occurred_at", lambda moment: moment + timedelta(microseconds=1)),
    ("created_at", lambda moment: moment + timedelta(microseconds=1)),
    ("request_hash", lambda request: bytes(32)),
    ("prev_hash", lambda before: bytes(31) + b"1"),
    ("hash", lambda link: bytes(32)),
]


async def test_whatever_is_changed_in_an_entry_it_is_named(database: str) -> None:
    entries = await a_life()
    for entry, (field, other) in product((entries[0], entries[2], entries[5]), ENTRY_CHANGES):
        async with tampering(database) as hands:
            await hands.change("entry", place(entry), **{field: other(getattr(entry, field))})
            assert any(str(entry.entry_id) in finding for finding in await findings()), (entry.kind, field)
    assert await findings() == []


async def test_an_entry_written_anew_with_a_hash_that_fits_is_found_by_the_one_after_it(database: str) -> None:
    entries = await a_life()
    for entry, following in pairwise(entries):
        async with db.read() as session:
            lines = await shelving.lines_of(session, entry.member_id, entry.entry_id)
        forged = EntryState(**entry.model_dump() | {"actor": "operator:mallory"})
        forged.hash = chain.link(forged.prev_hash, forged, lines)
        async with tampering(database) as hands:
            await hands.change("entry", place(entry), actor=forged.actor, hash=forged.hash)
            assert any(str(following.entry_id) in finding for finding in await findings()), entry.seq


LINE_CHANGES: list[tuple[str, Callable[[Any], Any]]] = [
    ("points", lambda points: points + 1),
    ("from_side", lambda side: "pending"),
    ("to_side", lambda side: "moved"),
    ("expires_at", lambda moment: clock.now()),
    ("lot_id", lambda lot_id: UUID(int=9)),
]


async def test_a_changed_line_names_its_entry(database: str) -> None:
    burn = (await a_life())[2]
    for field, other in LINE_CHANGES:
        async with tampering(database) as hands:
            await hands.change("entry_line", {**place(burn), "line_no": 1}, **{field: other(10)})
            assert any(str(burn.entry_id) in finding for finding in await findings()), field


async def test_a_dropped_entry_is_missed_by_the_next_one_or_by_the_account(database: str) -> None:
    entries = await a_life()
    named = [str(entry.entry_id) for entry in entries[1:]] + [f"account {entries[0].member_id}: head"]
    for gone, missing in zip(entries, named, strict=True):
        async with tampering(database) as hands:
            await hands.drop("entry", place(gone))
            assert any(missing in finding for finding in await findings()), gone.seq


async def test_two_swapped_entries_are_both_named(database: str) -> None:
    entries = await a_life()
    async with tampering(database) as hands:
        for entry, seq in ((entries[0], 99), (entries[1], 1), (entries[0], 2)):
            await hands.change("entry", place(entry), seq=seq)
        found = await findings()
    assert all(any(str(entry.entry_id) in finding for finding in found) for entry in entries[:2])


async def test_a_dropped_line_names_its_entry(database: str) -> None:
    burn = (await a_life())[2]
    async with tampering(database) as hands:
        await hands.drop("entry_line", {**place(burn), "line_no": 1})
        assert any(str(burn.entry_id) in finding for finding in await findings())


LOT_CHANGES: dict[str, dict[str, Any]] = {
    "points of the air": {"available": 101, "earned": 101},
    "spent again": {"available": 99, "burned": 1},
    "a longer life": {"expires_at": None},
    "another birth": {"earned_at": clock.now() - timedelta(days=1)},
    "hidden from burning": {"open": False},
}


async def test_a_changed_lot_is_named(database: str) -> None:
    first = (await a_life())[0]
    for change, values in LOT_CHANGES.items():
        async with tampering(database) as hands:
            await hands.change("lot", {"member_id": first.member_id, "lot_id": first.entry_id}, **values)
            assert any(f"lot {first.entry_id}" in finding for finding in await findings()), change


async def test_a_dropped_lot_is_named(database: str) -> None:
    first = (await a_life())[0]
    async with tampering(database) as hands:
        await hands.drop("lot", {"member_id": first.member_id, "lot_id": first.entry_id})
        assert any(f"lot {first.entry_id}" in finding for finding in await findings())


ACCOUNT_CHANGES: dict[str, Any] = {
    "available": 151,
    "held": 1,
    "pending": 1,
    "debt": 1,
    "seq": 7,
    "head": bytes(32),
    "frozen_at": clock.now(),
}


async def test_a_changed_account_is_named(database: str) -> None:
    member_id = (await a_life())[0].member_id
    for field, value in ACCOUNT_CHANGES.items():
        async with tampering(database) as hands:
            await hands.change("account", {"member_id": member_id}, **{field: value})
            assert any(f"account {member_id}" in finding for finding in await findings()), field


async def test_a_dropped_account_is_named(database: str) -> None:
    member_id = (await a_life())[0].member_id
    async with tampering(database) as hands:
        await hands.drop("account", {"member_id": member_id})
        assert any(f"account {member_id}" in finding for finding in await findings())
