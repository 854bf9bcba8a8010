"""What operators do by hand: adjust with four eyes, claw back, release, let go, top up, settle."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from backend.earning import clawing_back
from backend.earning.clawing_back import NothingToClawBack
from backend.earning.models import Accrual
from backend.kit import clock, db
from backend.kit.errors import InvalidInput, NotFound
from backend.ledger import adjusting, freezing, holding, releasing, settling, topping_up
from backend.ledger.adjusting import AdjustmentDecided, AnotherPersonDecides
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.models import Account, Adjustment
from backend.ledger.payments import PaymentBooked
from backend.ledger.releasing import NothingPending
from backend.ledger.reserving import HoldClosed
from backend.ledger.settling import NothingToSettle, SettlementOff
from tests.builders import a_gift, a_hold, a_member, a_refund, an_order, take_in, the_terms_become

pytestmark = pytest.mark.usefixtures("database")
OLGA, PAULA = "operator:olga", "operator:paula"
WHY = "a good reason"


async def account(member_id: UUID) -> tuple[int, int, int, int]:
    """Available, held, pending, debt."""
    async with db.read() as session:
        row = await session.get_one(Account, member_id)
        return row.available, row.held, row.pending, row.debt


async def adjusts(member_id: UUID, points: int, *, key: UUID | None = None, actor: str = OLGA) -> Adjustment:
    verb = adjusting.adjust_points
    asked: Any = {"key": key or uuid4(), "member_id": member_id, "points": points, "reason": WHY}
    return (await db.transact(verb, **asked, actor=actor)).value


async def claws_back(member_id: UUID, entry_id: UUID, points: int | None = None, key: UUID | None = None) -> None:
    asked: Any = {"key": key or uuid4(), "member_id": member_id, "entry_id": entry_id, "points": points}
    await db.transact(clawing_back.claw_back_earning, **asked, reason=WHY, actor=OLGA)


async def test_a_little_is_adjusted_alone_up_or_down_into_a_debt() -> None:
    ann = await a_member("Ann", points=100)
    assert (await adjusts(ann, 50)).state == "POSTED"
    await adjusts(ann, -170)
    assert await account(ann) == (0, 0, 0, 20)
    await a_gift(ann, 30)
    assert await account(ann) == (10, 0, 0, 0)


async def test_more_waits_for_another_person() -> None:
    ann = await a_member("Ann", points=100)
    proposed = await adjusts(ann, 5000)
    assert (proposed.state, await account(ann)) == ("PROPOSED", (100, 0, 0, 0))
    with pytest.raises(AnotherPersonDecides):
        await db.transact(adjusting.approve_adjustment, adjustment_id=proposed.id, actor=OLGA)
    done = [await db.transact(adjusting.approve_adjustment, adjustment_id=proposed.id, actor=PAULA) for _ in range(2)]
    assert [one.replayed for one in done] == [False, True]
    assert await account(ann) == (5100, 0, 0, 0)
    with pytest.raises(AdjustmentDecided):
        await db.transact(adjusting.reject_adjustment, adjustment_id=proposed.id, reason=WHY, actor=PAULA)


async def test_what_is_rejected_never_was() -> None:
    ann = await a_member("Ann", points=100)
    proposed = await adjusts(ann, -5000)
    for actor, refusal in ((OLGA, AnotherPersonDecides), (PAULA, None), ("operator:quinn", AdjustmentDecided)):
        verb = adjusting.reject_adjustment
        asked: Any = {"adjustment_id": proposed.id, "reason": WHY, "actor": actor}
        if refusal is None:
            assert (await db.transact(verb, **asked)).value.state == "REJECTED"
        else:
            with pytest.raises(refusal):
                await db.transact(verb, **asked)
    assert await account(ann) == (100, 0, 0, 0)


async def test_many_little_ones_are_a_big_one() -> None:
    ann = await a_member("Ann")
    states = [(await adjusts(ann, points)).state for points in (600, -400, 1)]
    assert states == ["POSTED", "POSTED", "PROPOSED"]
    assert (await adjusts(ann, 1000, actor=PAULA)).state == "POSTED"
    clock.turn(timedelta(days=1, minutes=1))
    assert (await adjusts(ann, 1000)).state == "POSTED"


async def test_one_key_is_one_adjustment() -> None:
    ann, key = await a_member("Ann"), uuid4()
    assert [(await adjusts(ann, 50, key=key)).id for _ in range(2)] == [(await adjusts(ann, 50, key=key)).id] * 2
    assert await account(ann) == (50, 0, 0, 0)
    with pytest.raises(KeyReused):
        await adjusts(ann, 51, key=key)
    with pytest.raises(InvalidInput):
        await adjusts(ann, 0)
    with pytest.raises(NotFound):
        await adjusts(uuid4(), 5)


async def test_a_clawback_takes_what_is_left_of_an_earning_and_no_more() -> None:
    ann, key = await a_member("Ann", points=10), uuid4()
    gift = await a_gift(ann, 100)
    await claws_back(ann, gift, 60, key)
    await claws_back(ann, gift, 60, key)
    assert await account(ann) == (50, 0, 0, 0)
    with pytest.raises(NothingToClawBack) as refused:
        await claws_back(ann, gift, 41)
    assert refused.value.left == 40
    await claws_back(ann, gift)
    with pytest.raises(NothingToClawBack):
        await claws_back(ann, gift)
    assert await account(ann) == (10, 0, 0, 0)


async def test_a_refund_does_not_take_again_what_an_operator_took() -> None:
    ann = await a_member("ann")
    await an_order("ann", 1, ref="first")
    await an_order("ann", 100, ref="o")
    async with db.read() as session:
        lot_id = (await session.exec(select(Accrual.entry_id).where(Accrual.order_ref == "o"))).one()
    before, *_ = await account(ann)
    await claws_back(ann, lot_id, 40)
    await take_in([await a_refund("ann", "o")])
    assert await account(ann) == (before - 100, 0, 0, 0)


async def test_pending_points_are_released_early_by_hand_or_in_time_by_themselves() -> None:
    await the_terms_become(return_days=7)
    ann = await a_member("ann")
    await an_order("ann", 1)
    await an_order("ann", 100, ref="o")
    assert await account(ann) == (0, 0, 102, 0)
    async with db.read() as session:
        lot_id = (await session.exec(select(Accrual.entry_id).where(Accrual.order_ref == "o"))).one()
    asked: Any = {"key": uuid4(), "member_id": ann, "entry_id": lot_id, "reason": WHY, "actor": OLGA}
    done = [await db.transact(releasing.release_pending, **asked) for _ in range(2)]
    assert [one.replayed for one in done] == [False, True]
    assert await account(ann) == (100, 0, 2, 0)
    with pytest.raises(NothingPending):
        await db.transact(releasing.release_pending, **asked | {"key": uuid4()})
    clock.turn(timedelta(days=7, minutes=1))
    await db.transact(releasing.release_due, member_ids=[ann])
    assert await account(ann) == (102, 0, 0, 0)


async def test_a_refund_takes_pending_points_first() -> None:
    await the_terms_become(return_days=7)
    ann = await a_member("ann", points=50)
    await an_order("ann", 100, ref="o")
    await take_in([await a_refund("ann", "o")])
    assert await account(ann) == (50, 0, 0, 0)


async def test_a_hold_is_let_go_once() -> None:
    ann = await a_member("Ann", points=100)
    hold_id = await a_hold(ann, 40)
    asked: Any = {"key": uuid4(), "member_id": ann, "hold_id": hold_id, "reason": WHY, "actor": OLGA}
    done = [await db.transact(holding.let_go_hold, **asked) for _ in range(2)]
    assert ([one.replayed for one in done], await account(ann)) == ([False, True], (100, 0, 0, 0))
    with pytest.raises(HoldClosed):
        await db.transact(holding.let_go_hold, **asked | {"key": uuid4()})
    with pytest.raises(KeyReused):
        await db.transact(holding.let_go_hold, **asked | {"reason": "another"})
    with pytest.raises(NotFound):
        await db.transact(holding.let_go_hold, **asked | {"key": uuid4(), "hold_id": uuid4()})


async def test_holds_lapse_by_themselves_but_not_on_a_frozen_account() -> None:
    ann, bob = await a_member("Ann", points=100), await a_member("Bob", points=100)
    for member_id in (ann, bob):
        await a_hold(member_id, 40, lapses_in=timedelta(hours=1))
    await db.transact(freezing.freeze_account, key=uuid4(), member_id=bob, reason=WHY, actor=OLGA)
    clock.turn(timedelta(hours=1))
    async with db.read() as session:
        assert await holding.members_with_lapsed_holds(session) == [ann]
    assert await db.transact(holding.lapse_due, member_ids=[ann, bob]) == 1
    assert (await account(ann), await account(bob)) == ((100, 0, 0, 0), (60, 40, 0, 0))


async def test_a_payment_buys_points_once() -> None:
    ann, bob = await a_member("Ann"), await a_member("Bob")
    asked: Any = {"key": uuid4(), "member_id": ann, "amount_minor": 5000, "reference": "pay-1", "actor": OLGA}
    done = [await db.transact(topping_up.top_up_points, **asked) for _ in range(2)]
    assert [(one.replayed, one.value.points) for one in done] == [(False, 5000), (True, 5000)]
    for other in ({"key": uuid4()}, {"key": uuid4(), "member_id": bob}):
        with pytest.raises(PaymentBooked):
            await db.transact(topping_up.top_up_points, **asked | other)
    with pytest.raises(KeyReused):
        await db.transact(topping_up.top_up_points, **asked | {"amount_minor": 1})
    assert await account(ann) == (5000, 0, 0, 0)


async def test_only_what_exceeds_a_multiple_of_spend_is_settled_and_only_where_the_terms_allow_it() -> None:
    ann, bob = await a_member("ann", points=500), await a_member("Bob")
    await an_order("ann", 1)
    asked: Any = {"key": uuid4(), "member_id": ann, "reference": "wallet-1", "actor": OLGA}
    with pytest.raises(SettlementOff):
        await db.transact(settling.settle_surplus, **asked)
    await the_terms_become(settle_beyond_spend=2)
    available, *_ = await account(ann)
    surplus = available - 2 * 100
    done = [await db.transact(settling.settle_surplus, **asked) for _ in range(2)]
    assert [(one.replayed, one.value.points, one.value.amount_minor) for one in done] == [
        (False, surplus, surplus),
        (True, surplus, surplus),
    ]
    assert await account(ann) == (200, 0, 0, 0)
    for other in ({"member_id": ann}, {"member_id": bob}):
        with pytest.raises(NothingToSettle):
            await db.transact(settling.settle_surplus, **asked | {"key": uuid4(), "reference": "wallet-2"} | other)


@pytest.mark.parametrize("points", [5, -5])
async def test_a_frozen_account_is_not_adjusted(points: int) -> None:
    ann = await a_member("Ann", points=100)
    await db.transact(freezing.freeze_account, key=uuid4(), member_id=ann, reason=WHY, actor=OLGA)
    with pytest.raises(AccountFrozen):
        await adjusts(ann, points)
