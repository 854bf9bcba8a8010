"""Points go from one member to another whole, cool off, and can be taken back until they are final."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.kit.done import Done
from backend.kit.errors import NotFound, Refused
from backend.ledger import expiry, freezing, posting, releasing, transferring
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.models import Account, Lot, Transfer
from backend.ledger.posting import InsufficientPoints
from backend.ledger.transferring import (
    CannotReceive,
    TransferCapReached,
    TransferFinal,
    TransferToOneself,
    TransferTooSmall,
)
from backend.members.enrolment import NotEnrolled, first_sight, register
from tests.builders import a_gift, a_member, balance, the_terms_become, told_of_expiry

pytestmark = pytest.mark.usefixtures("database")
KEY = UUID(int=1)


async def send(member_id: UUID, to: str, points: int, key: UUID | None = None) -> Done[Transfer]:
    return await db.transact(
        transferring.transfer_points, key=key or uuid4(), member_id=member_id, to=to, points=points
    )


async def take_back(member_id: UUID, transfer: Transfer, key: UUID = KEY) -> Done[Transfer]:
    return await db.transact(transferring.take_back_transfer, key=key, member_id=member_id, transfer_id=transfer.id)


async def account(member_id: UUID) -> tuple[int, int, int]:
    """Available, pending, debt."""
    async with db.read() as session:
        row = await session.get_one(Account, member_id)
        return row.available, row.pending, row.debt


async def lots_of(member_id: UUID) -> list[Lot]:
    async with db.read() as session:
        found = await session.exec(select(Lot).where(Lot.member_id == member_id).order_by(col(Lot.expires_at)))
        return list(found)


async def test_points_leave_at_once_arrive_pending_and_become_hers_when_it_is_final() -> None:
    ann, bob = await a_member("Ann", points=100), await a_member("Bob", points=5)
    transfer = (await send(ann, "Bob", 40)).value
    assert (await account(ann), await account(bob)) == ((60, 0, 0), (5, 40, 0))
    assert transfer.final_at - transfer.sent_at == timedelta(minutes=10)
    clock.turn(timedelta(minutes=10))
    assert await db.transact(releasing.release_due, member_ids=[ann, bob]) == 1
    assert await account(bob) == (45, 0, 0)
    assert await db.transact(releasing.release_due, member_ids=[ann, bob]) == 0


async def test_lots_keep_their_last_day_and_the_soonest_goes_first() -> None:
    ann = await a_member("Ann", points=30, expires_in=timedelta(days=30))
    await a_gift(ann, 30, expires_in=timedelta(days=60))
    bob = await a_member("Bob")
    await send(ann, "Bob", 50)
    sent = [(lot.expires_at, lot.moved) for lot in await lots_of(ann)]
    assert [(lot.expires_at, lot.pending) for lot in await lots_of(bob)] == sent
    assert [moved for _, moved in sent] == [30, 20]


async def test_within_the_cooling_off_it_can_be_taken_back_fee_and_all() -> None:
    await the_terms_become(transfer_fee_bp=550)
    ann, bob = await a_member("Ann", points=100), await a_member("Bob")
    transfer = (await send(ann, "Bob", 40)).value
    assert (transfer.fee_points, await account(ann), await account(bob)) == (2, (58, 0, 0), (0, 40, 0))
    before = [(lot.lot_id, lot.expires_at) for lot in await lots_of(ann)]
    done = await take_back(ann, transfer)
    assert done.value.taken_back_at is not None
    assert (await account(ann), await account(bob)) == ((100, 0, 0), (0, 0, 0))
    assert [(lot.lot_id, lot.expires_at) for lot in await lots_of(ann)] == before
    again = [await take_back(ann, transfer), await take_back(ann, transfer, UUID(int=2))]
    assert [one.replayed for one in again] == [True, True]
    assert await account(ann) == (100, 0, 0)


async def test_what_is_final_stays() -> None:
    ann, bob = await a_member("Ann", points=100), await a_member("Bob")
    transfer = (await send(ann, "Bob", 40)).value
    clock.turn(timedelta(minutes=10))
    with pytest.raises(TransferFinal):
        await take_back(ann, transfer)
    with pytest.raises(NotFound):
        await take_back(bob, transfer)
    assert await account(bob) == (0, 40, 0)


async def test_without_a_cooling_off_it_is_hers_at_once_and_pays_her_debt() -> None:
    await the_terms_become(transfer_cooling_off_minutes=0)
    ann, bob = await a_member("Ann", points=100), await a_member("Bob")
    await owe(bob, 15)
    await send(ann, "Bob", 40)
    assert await account(bob) == (25, 0, 0)


async def test_a_debt_is_paid_when_pending_points_are_released_not_before() -> None:
    ann, bob = await a_member("Ann", points=100), await a_member("Bob")
    await owe(bob, 15)
    await send(ann, "Bob", 40)
    assert await account(bob) == (0, 40, 15)
    clock.turn(timedelta(minutes=10))
    await db.transact(releasing.release_due, member_ids=[bob])
    assert await account(bob) == (25, 0, 0)


async def test_what_died_while_it_was_away_does_not_come_back_to_life() -> None:
    ann = await a_member("Ann", points=40, expires_in=timedelta(minutes=5))
    await told_of_expiry(ann)
    await a_member("Bob")
    transfer = (await send(ann, "Bob", 40)).value
    clock.turn(timedelta(minutes=6))
    await take_back(ann, transfer)
    await db.transact(expiry.expire_due, member_ids=[ann])
    assert await account(ann) == (0, 0, 0)


async def test_the_same_key_is_one_transfer_and_with_another_body_none() -> None:
    ann = await a_member("Ann", points=100)
    await a_member("Bob"), await a_member("Cleo")
    first, again = await send(ann, "Bob", 40, KEY), await send(ann, "Bob", 40, KEY)
    assert (first.replayed, again.replayed) == (False, True)
    assert first.value.id == again.value.id
    for other in (("Bob", 41), ("Cleo", 40)):
        with pytest.raises(KeyReused):
            await send(ann, *other, KEY)
    assert await balance(ann) == (60, 0)


async def test_a_day_has_a_cap_and_what_was_taken_back_does_not_count() -> None:
    await the_terms_become(transfer_daily_cap=50, transfer_minimum=5)
    ann = await a_member("Ann", points=200)
    await a_member("Bob")
    first = (await send(ann, "Bob", 30)).value
    with pytest.raises(TransferCapReached) as refused:
        await send(ann, "Bob", 21)
    assert refused.value.left == 20
    await take_back(ann, first)
    await send(ann, "Bob", 50)
    with pytest.raises(TransferTooSmall) as small:
        await send(ann, "Bob", 4)
    assert small.value.minimum == 5
    clock.turn(timedelta(days=1))
    await send(ann, "Bob", 50)


async def test_nobody_learns_why_somebody_cannot_receive() -> None:
    ann, bob = await a_member("Ann", points=100), await a_member("Bob")
    await db.transact(first_sight, references=["Stranger"])
    await db.transact(freezing.freeze_account, key=KEY, member_id=bob, reason="a look", actor="operator:olga")
    said = set()
    for name in ("Stranger", "Bob", "Nobody", "13800000009", "+", ""):
        with pytest.raises(CannotReceive) as refused:
            await send(ann, name, 10)
        said.add(str(refused.value))
    assert len(said) == 1
    assert await balance(ann) == (100, 0)


async def test_a_phone_typed_any_way_names_her() -> None:
    ann = await a_member("Ann", points=100)
    bob = await a_member("Bob")
    await db.transact(register, reference="Bob", phone="+8613800000001")
    for typed in ("138 0000 0001", "+86 13800000001"):
        await send(ann, typed, 10)
    assert await account(bob) == (0, 20, 0)


async def refusals_of_ann(ann: UUID) -> list[tuple[str, int, type[Refused]]]:
    return [("Ann", 10, TransferToOneself), (str(ann), 10, TransferToOneself), ("Bob", 101, InsufficientPoints)]


async def test_she_sends_only_what_she_has_and_not_to_herself() -> None:
    ann = await a_member("Ann", points=100)
    await a_member("Bob")
    for to, points, refusal in await refusals_of_ann(ann):
        with pytest.raises(refusal):
            await send(ann, to, points)
    await the_terms_become(transfer_fee_bp=1000)
    with pytest.raises(InsufficientPoints) as refused:
        await send(ann, "Bob", 100)
    assert refused.value.missing == 10


async def test_a_frozen_account_neither_sends_nor_takes_back() -> None:
    ann = await a_member("Ann", points=100)
    await a_member("Bob")
    transfer = (await send(ann, "Bob", 10)).value
    await db.transact(freezing.freeze_account, key=KEY, member_id=ann, reason="a look", actor="operator:olga")
    with pytest.raises(AccountFrozen):
        await send(ann, "Bob", 10)
    with pytest.raises(AccountFrozen):
        await take_back(ann, transfer)


async def test_a_receiver_frozen_meanwhile_keeps_nothing_that_is_taken_back() -> None:
    ann, bob = await a_member("Ann", points=100), await a_member("Bob")
    transfer = (await send(ann, "Bob", 10)).value
    await db.transact(freezing.freeze_account, key=KEY, member_id=bob, reason="a look", actor="operator:olga")
    await take_back(ann, transfer)
    assert (await account(ann), await account(bob)) == ((100, 0, 0), (0, 0, 0))


async def test_who_never_agreed_to_the_terms_sends_nothing() -> None:
    stranger = (await db.transact(first_sight, references=["Stranger"]))["Stranger"]
    await a_gift(stranger, 100)
    await a_member("Bob")
    with pytest.raises(NotEnrolled):
        await send(stranger, "Bob", 10)


async def owe(member_id: UUID, points: int) -> None:
    """A gift taken back after it was spent: the member owes it."""
    lot_id = await a_gift(member_id, points)

    async def spend_and_lose(session: AsyncSession) -> None:
        book = await posting.open_book(session, member_id, lot_ids=[lot_id])
        said: Any = {"actor": "test", "why": {"code": "TEST"}}
        posting.burn(book, key=f"spend:{lot_id}", points=points, **said)
        posting.claw_back(book, key=f"lose:{lot_id}", lot_id=lot_id, points=points, **said)
        await posting.write(session, [book])

    await db.transact(spend_and_lose)
