"""Prizes: set aside so that what is promised is there, then won or put back, and never redeemed meanwhile."""

import asyncio
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, ids
from backend.ledger import posting
from backend.rewards import prizes
from backend.rewards.models import Redemption, RedemptionOrigin, RedemptionState, Reward, RewardKind
from backend.rewards.why_not import OutOfStock
from tests.rewards.builders import a_member, a_reward, as_it_stands, cancels, left_of, points_of, redeems

PAID = 5


async def win(session: AsyncSession, *, member_id: UUID, reward: Reward) -> Redemption:
    """What a game does: points go, the prize comes."""
    book, key = await posting.open_book(session, member_id), f"win:{ids.new()}"
    why = {"code": "GIFT"}
    entry = posting.burn(book, key=key, points=PAID, actor="member", why=why)
    await posting.write(session, [book])
    name, origin = f"prize:{key}", RedemptionOrigin.DRAW
    return await prizes.award(session, book, name=name, reward=reward, origin=origin, won_by=entry.entry_id)


async def wins(member_id: UUID, reward: Reward) -> Redemption:
    return await db.transact(win, member_id=member_id, reward=reward)


async def test_what_is_set_aside_cannot_be_redeemed_and_what_is_put_back_can(database: str) -> None:
    ann, cup = await a_member("ann", points=1000), await a_reward(stock=3)
    await db.transact(prizes.set_aside, sku=cup.sku, pieces=3)
    with pytest.raises(OutOfStock):
        await redeems(ann, cup)
    await db.transact(prizes.put_back, sku=cup.sku, pieces=1)
    await redeems(ann, cup)
    assert await left_of(cup) == 0


async def test_no_more_is_set_aside_than_is_left(database: str) -> None:
    cup = await a_reward(stock=3)
    asked = (db.transact(prizes.set_aside, sku=cup.sku, pieces=1) for _ in range(5))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, OutOfStock) for answer in answers) == 2
    assert await left_of(cup) == 0


async def test_a_prize_costs_nothing_itself_and_names_the_entry_that_won_it(database: str) -> None:
    ann, cup = await a_member("ann", points=10), await a_reward(stock=1, limit_per_member=1)
    await db.transact(prizes.set_aside, sku=cup.sku, pieces=1)
    prize = await wins(ann, cup)
    assert (prize.points, prize.origin, prize.state) == (0, "DRAW", RedemptionState.CONFIRMED)
    assert prize.entry_id == prize.won_by != prize.id
    assert prize.code_sealed is not None, "it is fetched with a code"
    assert await points_of(ann) == 10 - PAID


async def test_a_prize_does_not_count_towards_what_she_may_redeem(database: str) -> None:
    ann, cup = await a_member("ann", points=200), await a_reward(stock=2, limit_per_member=1)
    await db.transact(prizes.set_aside, sku=cup.sku, pieces=1)
    await wins(ann, cup)
    assert not (await redeems(ann, cup)).replayed


async def test_a_coupon_won_has_a_code_of_its_own(database: str) -> None:
    ann, coupon = await a_member("ann", points=200), await a_reward("COUPON", kind=RewardKind.COUPON, codes=2)
    await db.transact(prizes.set_aside, sku=coupon.sku, pieces=1)
    prize, redeemed = await wins(ann, coupon), (await redeems(ann, coupon)).value
    assert prize.code_index is not None and prize.code_index != redeemed.code_index


async def test_a_parcel_won_goes_home_or_waits_at_a_counter(database: str) -> None:
    ann, ben = await a_member("ann", points=10), await a_member("ben", points=10, at_home=False)
    cup = await a_reward(kind=RewardKind.PHYSICAL, stock=2)
    await db.transact(prizes.set_aside, sku=cup.sku, pieces=2)
    sent, fetched = await wins(ann, cup), await wins(ben, cup)
    assert sent.delivery_sealed is not None and sent.code_sealed is None
    assert fetched.delivery_sealed is None and fetched.code_sealed is not None


async def test_a_cancelled_prize_gives_its_piece_back_and_no_points(database: str) -> None:
    ann, cup = await a_member("ann", points=10), await a_reward(stock=1)
    await db.transact(prizes.set_aside, sku=cup.sku, pieces=1)
    prize = await wins(ann, cup)
    assert not (await cancels(prize)).replayed
    assert (await cancels(prize)).replayed
    assert (await as_it_stands(prize)).state == RedemptionState.CANCELLED
    assert (await points_of(ann), await left_of(cup)) == (10 - PAID, 1)
