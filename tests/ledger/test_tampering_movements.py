"""Holds, pending points and transfers changed behind the product's back are found out too."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.kit import clock, db, ids
from backend.ledger import invariants, transferring
from backend.ledger.models import Hold, Transfer
from tests.builders import a_hold, a_member
from tests.ledger.tampering import tampering

HOLD_CHANGES: dict[str, Any] = {
    "points": 41,
    "captured": 1,
    "state": "LET_GO",
    "purpose": "ANOTHER",
    "reference": "of another",
    "created_at": clock.now() - timedelta(days=1),
    "lapses_at": clock.now() + timedelta(days=30),
    "closed_at": clock.now(),
}
TRANSFER_CHANGES: dict[str, Any] = {
    "points": 31,
    "fee_points": 1,
    "sent_at": clock.now() - timedelta(days=1),
    "final_at": clock.now() + timedelta(days=1),
    "taken_back_at": clock.now(),
    "to_member_id": UUID(int=5),
    "entry_in_id": UUID(int=5),
}


async def findings() -> list[str]:
    async with db.read() as session:
        return await invariants.broken(session)


async def sent() -> Transfer:
    """A transfer of 30 from Ann to Bob, in its cooling-off."""
    ann = await a_member("Ann", points=100)
    await a_member("Bob")
    verb = transferring.transfer_points
    return (await db.transact(verb, key=uuid4(), member_id=ann, to="Bob", points=30)).value


async def test_whatever_is_changed_in_a_hold_it_is_named(database: str) -> None:
    ann = await a_member("Ann", points=100)
    hold_id = await a_hold(ann, 40)
    for field, value in HOLD_CHANGES.items():
        async with tampering(database) as hands:
            await hands.change("hold", {"member_id": ann, "hold_id": hold_id}, **{field: value})
            assert any(f"hold {hold_id}" in finding for finding in await findings()), field
    assert await findings() == []
    assert set(HOLD_CHANGES) == set(Hold.model_fields) - {"member_id", "hold_id"}


async def test_a_dropped_hold_is_named(database: str) -> None:
    ann = await a_member("Ann", points=100)
    hold_id = await a_hold(ann, 40)
    async with tampering(database) as hands:
        await hands.drop("hold", {"member_id": ann, "hold_id": hold_id})
        assert any(f"hold {hold_id}" in finding for finding in await findings())


async def test_a_changed_moment_of_release_is_named(database: str) -> None:
    transfer = await sent()
    lot_id = ids.derived(transfer.entry_in_id, "0")
    async with tampering(database) as hands:
        place = {"member_id": transfer.to_member_id, "lot_id": lot_id}
        await hands.change("lot", place, release_at=clock.now() - timedelta(days=1))
        assert any(f"lot {lot_id}" in finding for finding in await findings())


async def test_whatever_is_changed_in_a_transfer_it_is_named(database: str) -> None:
    transfer = await sent()
    for field, value in TRANSFER_CHANGES.items():
        async with tampering(database) as hands:
            await hands.change("transfer", {"member_id": transfer.member_id, "id": transfer.id}, **{field: value})
            assert any(f"transfer {transfer.id}" in finding for finding in await findings()), field
    assert await findings() == []


async def test_a_dropped_transfer_leaves_two_entries_without_one(database: str) -> None:
    transfer = await sent()
    async with tampering(database) as hands:
        await hands.drop("transfer", {"member_id": transfer.member_id, "id": transfer.id})
        found = await findings()
    for entry_id in (transfer.id, transfer.entry_in_id):
        assert any(f"entry {entry_id}" in finding and "transfer there is not" in finding for finding in found)
