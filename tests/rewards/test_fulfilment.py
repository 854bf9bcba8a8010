"""After the redemption: handed over, or undone exactly once."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from backend.kit import clock, db, ids
from backend.kit.errors import InvalidInput, NotFound
from backend.kit.outbox import OutboxFact
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.models import Entry, Lot
from backend.rewards.fulfilment import NotCancellable
from backend.rewards.models import Redemption, RedemptionState, RewardKind
from tests.builders import a_gift
from tests.rewards.builders import (
    a_member,
    a_reward,
    as_it_stands,
    cancels,
    frozen,
    hands_over,
    left_of,
    points_of,
    redeems,
)

DAY = timedelta(days=1)


async def test_a_cancelled_redemption_gives_points_and_piece_back(database: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward(stock=1, limit_per_member=1)
    redemption = (await redeems(ann, cup)).value
    done = await cancels(redemption, reason="broken cup")
    assert (done.replayed, done.value.state, done.value.reason) == (False, RedemptionState.CANCELLED, "broken cup")
    assert (await points_of(ann), await left_of(cup)) == (100, 1)
    assert not (await redeems(ann, cup)).replayed, "a cancelled one does not count towards the limit"


async def test_points_go_back_to_the_lots_they_came_from(database: str) -> None:
    ann, cup = await a_member("ann"), await a_reward()
    soon = await a_gift(ann, 60, expires_in=5 * DAY)
    later = await a_gift(ann, 70, expires_in=50 * DAY)
    expires_at = await expiry_of(ann, soon)
    redemption = (await redeems(ann, cup)).value
    assert await available_in(ann, soon, later) == [0, 30]
    await cancels(redemption)
    assert await available_in(ann, soon, later) == [60, 70]
    assert await expiry_of(ann, soon) == expires_at


async def test_points_that_expired_meanwhile_live_for_seven_more_days(database: str) -> None:
    ann, cup = await a_member("ann"), await a_reward()
    soon = await a_gift(ann, 100, expires_in=5 * DAY)
    redemption = (await redeems(ann, cup)).value
    clock.turn(6 * DAY)
    cancelled = (await cancels(redemption)).value
    assert cancelled.cancelled_at is not None
    expires_at = await expiry_of(ann, soon)
    assert expires_at is not None
    assert abs(expires_at - cancelled.cancelled_at - 7 * DAY) < timedelta(seconds=5)
    assert await points_of(ann) == 100
    clock.turn(14 * DAY)
    assert await points_of(ann) == 0


async def test_a_second_cancellation_changes_nothing(database: str) -> None:
    ann, cup, key = await a_member("ann", points=100), await a_reward(stock=1), ids.new()
    redemption = (await redeems(ann, cup)).value
    await cancels(redemption, key=key)
    assert (await cancels(redemption, key=key)).replayed
    assert (await cancels(redemption)).replayed
    assert (await points_of(ann), await left_of(cup)) == (100, 1)


async def test_the_same_key_cannot_cancel_another_redemption(database: str) -> None:
    ann, cup, key = await a_member("ann", points=200), await a_reward(), ids.new()
    one, other = (await redeems(ann, cup)).value, (await redeems(ann, cup)).value
    await cancels(one, key=key)
    with pytest.raises(KeyReused):
        await cancels(other, key=key)
    assert (await as_it_stands(other)).state == RedemptionState.CONFIRMED


async def test_a_coupon_whose_code_was_given_stays(database: str) -> None:
    ann, coupon = await a_member("ann", points=100), await a_reward(kind=RewardKind.COUPON, codes=1)
    redemption = (await redeems(ann, coupon)).value
    with pytest.raises(NotCancellable):
        await cancels(redemption)
    assert await points_of(ann) == 0


async def test_what_was_handed_over_stays(database: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward()
    redemption = (await redeems(ann, cup)).value
    done = await hands_over(redemption)
    assert (done.replayed, done.value.state) == (False, RedemptionState.FULFILLED)
    again = await hands_over(redemption)
    assert (again.replayed, again.value.fulfilled_at) == (True, done.value.fulfilled_at)
    with pytest.raises(NotCancellable):
        await cancels(redemption)


async def test_what_was_cancelled_is_not_handed_over(database: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward()
    redemption = (await redeems(ann, cup)).value
    await cancels(redemption)
    with pytest.raises(InvalidInput):
        await hands_over(redemption)


async def test_handing_over_and_cancelling_at_once_do_one_of_the_two(database: str) -> None:
    cup = await a_reward(stock=8)
    for number in range(4):
        member = await a_member(f"member-{number}", points=100)
        redemption = (await redeems(member, cup)).value
        tries = [hands_over(redemption), cancels(redemption), cancels(redemption), hands_over(redemption)]
        answers = await asyncio.gather(*tries, return_exceptions=True)
        done = [answer.value.state for answer in answers if not isinstance(answer, BaseException)]
        assert len(done) == 2
        now = (await as_it_stands(redemption)).state
        assert set(done) == {now}
        assert await points_of(member) == (100 if now == RedemptionState.CANCELLED else 0)


async def test_ten_cancellations_at_once_give_back_once(database: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward(stock=1)
    redemption = (await redeems(ann, cup)).value
    answers = await asyncio.gather(*(cancels(redemption) for _ in range(10)))
    assert Counter(answer.replayed for answer in answers) == {False: 1, True: 9}
    assert (await points_of(ann), await left_of(cup)) == (100, 1)


async def test_a_frozen_account_gets_nothing_back_until_it_thaws(database: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward()
    redemption = (await redeems(ann, cup)).value
    await frozen(ann)
    with pytest.raises(AccountFrozen):
        await cancels(redemption)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
async def test_a_cancellation_needs_a_short_reason(database: str, reason: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward()
    redemption = (await redeems(ann, cup)).value
    with pytest.raises(InvalidInput):
        await cancels(redemption, reason=reason)


async def test_a_redemption_that_does_not_exist_is_not_found(database: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward()
    redemption = (await redeems(ann, cup)).value
    with pytest.raises(NotFound):
        await hands_over(Redemption(**{**redemption.model_dump(), "id": ids.new()}))


async def test_the_member_is_told_of_both(database: str) -> None:
    ann, cup = await a_member("ann", points=200), await a_reward()
    await hands_over((await redeems(ann, cup)).value)
    await cancels((await redeems(ann, cup)).value)
    async with db.read() as session:
        query = select(OutboxFact).where(OutboxFact.stream == f"member:{ann}", OutboxFact.name == "RedemptionUpdated")
        told = [(fact.body["state"], fact.body["available"]) for fact in await session.exec(query)]
        entries = {entry.kind: entry for entry in await session.exec(select(Entry).where(Entry.member_id == ann))}
    assert sorted(told) == [("CANCELLED", 100), ("FULFILLED", 100)]
    assert entries["REVERSE"].why["code"] == "REDEMPTION_CANCELLED"
    assert entries["REVERSE"].actor == "operator:olga"


async def available_in(member_id: UUID, *lots: UUID) -> list[int]:
    async with db.read() as session:
        return [(await session.get_one(Lot, (member_id, lot))).available for lot in lots]


async def expiry_of(member_id: UUID, lot: UUID) -> datetime | None:
    async with db.read() as session:
        return (await session.get_one(Lot, (member_id, lot))).expires_at
