"""Redeeming: once per key, never oversold, paid for, and handed out."""

import asyncio
import re
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from backend.kit import clock, crypto, db, ids
from backend.kit.errors import NotFound
from backend.kit.outbox import OutboxFact
from backend.ledger.book import KeyReused
from backend.ledger.models import Entry
from backend.members import delivery, enrolment
from backend.rewards import catalogue, sealed
from backend.rewards.models import CouponCode, Redemption, RedemptionState, Reward, RewardKind
from backend.rewards.redeeming import DeliveryNeeded, PriceChanged
from backend.rewards.why_not import LimitReached, OutOfStock
from tests.builders import a_gift, told_of_expiry
from tests.rewards.builders import (
    a_member,
    a_reward,
    as_it_stands,
    left_of,
    points_of,
    redeems,
)

RUSH = 50


async def outcomes(*tries: tuple[UUID, Reward]) -> Counter[str]:
    """How often each answer was given to all these tries at once."""
    answers = await asyncio.gather(*(redeems(member, reward) for member, reward in tries), return_exceptions=True)
    return Counter(type(answer).__name__ for answer in answers)


async def burn_of(redemption: Redemption) -> Entry:
    async with db.read() as session:
        return await session.get_one(Entry, (redemption.member_id, redemption.entry_id))


async def test_points_become_a_reward(database: str) -> None:
    ann, cup = await a_member("ann", points=250), await a_reward(stock=3)
    done = await redeems(ann, cup)
    assert (done.replayed, done.value.points, done.value.state) == (False, 100, RedemptionState.CONFIRMED)
    assert await points_of(ann) == 150
    assert await left_of(cup) == 2
    burn = await burn_of(done.value)
    assert (burn.points, burn.why["code"], burn.reference) == (-100, "REDEMPTION", str(done.value.id))


async def test_the_same_key_is_one_redemption(database: str) -> None:
    ann, cup, key = await a_member("ann", points=250), await a_reward(stock=3), ids.new()
    first = await redeems(ann, cup, key=key)
    again = await redeems(ann, cup, key=key)
    assert again.replayed
    assert again.value.id == first.value.id
    assert sealed.open_code(again.value) == sealed.open_code(first.value)
    assert await points_of(ann) == 150


async def test_one_key_sent_twenty_times_at_once_is_one_redemption(database: str) -> None:
    ann, cup, key = await a_member("ann", points=2500), await a_reward(stock=30), ids.new()
    answers = await asyncio.gather(*(redeems(ann, cup, key=key) for _ in range(20)))
    assert Counter(answer.replayed for answer in answers) == {False: 1, True: 19}
    assert {answer.value.id for answer in answers} == {answers[0].value.id}
    assert (await points_of(ann), await left_of(cup)) == (2400, 29)


async def test_a_replay_is_answered_even_when_it_could_not_be_done_anew(database: str) -> None:
    ann, cup, key = await a_member("ann", points=100), await a_reward(stock=1, limit_per_member=1), ids.new()
    await redeems(ann, cup, key=key)
    assert (await redeems(ann, cup, key=key)).replayed


async def test_the_same_key_for_another_reward_is_refused(database: str) -> None:
    ann, cup, tea, key = await a_member("ann", points=250), await a_reward("CUP"), await a_reward("TEA"), ids.new()
    await redeems(ann, cup, key=key)
    with pytest.raises(KeyReused):
        await redeems(ann, tea, key=key)


async def test_two_members_may_use_the_same_key(database: str) -> None:
    ann, ben, cup, key = (
        await a_member("ann", points=100),
        await a_member("ben", points=100),
        await a_reward(),
        ids.new(),
    )
    assert (await redeems(ann, cup, key=key)).value.id != (await redeems(ben, cup, key=key)).value.id


async def test_a_refused_key_may_succeed_later(database: str) -> None:
    ann, cup, key = await a_member("ann", points=250), await a_reward(stock=0), ids.new()
    with pytest.raises(OutOfStock):
        await redeems(ann, cup, key=key)
    more = await a_reward("MORE", stock=1)
    assert not (await redeems(ann, more, key=key)).replayed


async def test_the_last_ten_go_to_exactly_ten(database: str) -> None:
    cup = await a_reward(stock=10)
    members = [await a_member(f"member-{number}", points=100) for number in range(RUSH)]
    assert await outcomes(*((member, cup) for member in members)) == {"Done": 10, "OutOfStock": 40}
    assert await left_of(cup) == 0
    assert Counter([await points_of(member) for member in members]) == {0: 10, 100: 40}


async def test_a_coupon_code_is_given_once_in_a_rush(database: str) -> None:
    coupon = await a_reward("TEN-OFF", kind=RewardKind.COUPON, codes=10)
    members = [await a_member(f"member-{number}", points=100) for number in range(20)]
    assert await outcomes(*((member, coupon) for member in members)) == {"Done": 10, "OutOfStock": 10}
    async with db.read() as session:
        given = [sealed.open_code(row) for row in await session.exec(select(Redemption))]
    assert sorted(filter(None, given)) == [f"TEN-OFF-{number:04}" for number in range(10)]


async def test_the_limit_holds_when_a_member_tries_many_times_at_once(database: str) -> None:
    ann, cup = await a_member("ann", points=2000), await a_reward(stock=20, limit_per_member=2)
    assert await outcomes(*[(ann, cup)] * 8) == {"Done": 2, "LimitReached": 6}
    with pytest.raises(LimitReached) as refused:
        await redeems(ann, cup)
    assert refused.value.limit == 2


async def test_opposite_rewards_do_not_wait_for_each_other_in_a_ring(database: str) -> None:
    cup, tea = await a_reward("CUP", stock=40), await a_reward("TEA", stock=40)
    ann, ben = await a_member("ann", points=4000), await a_member("ben", points=4000)
    tries = [(member, reward) for member in (ann, ben) for reward in (cup, tea)] * 5
    assert await outcomes(*tries) == {"Done": 20}


async def test_expired_points_buy_nothing(database: str) -> None:
    ann, cup = await a_member("ann"), await a_reward()
    await a_gift(ann, 100, expires_in=timedelta(days=1))
    await told_of_expiry(ann)
    clock.turn(timedelta(days=2))
    assert await outcomes((ann, cup)) == {"InsufficientPoints": 1}
    await a_gift(ann, 130)
    burn = await burn_of((await redeems(ann, cup)).value)
    assert (await points_of(ann), burn.available_after) == (30, 30), "what is due was swept first"


async def test_a_coupon_is_in_the_account_at_once(database: str) -> None:
    ann, coupon = await a_member("ann", points=100), await a_reward(kind=RewardKind.COUPON, codes=1)
    redemption = (await redeems(ann, coupon)).value
    assert (redemption.state, redemption.fulfilled_at) == (RedemptionState.FULFILLED, redemption.redeemed_at)
    assert sealed.open_code(redemption) == "CUP-0000"
    async with db.read() as session:
        kept = (await session.exec(select(CouponCode))).one()
    assert kept.given_to == redemption.id
    assert b"CUP-0000" not in kept.code_sealed + kept.code_index + (redemption.code_sealed or b"")


async def test_a_service_gives_a_readable_pick_up_code(database: str) -> None:
    ann, cup = await a_member("ann", points=300), await a_reward()
    codes = {sealed.open_code((await redeems(ann, cup)).value) or "" for _ in range(3)}
    assert len(codes) == 3
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", code) for code in codes)


async def test_a_parcel_goes_where_the_member_said_at_that_moment(database: str) -> None:
    ann, cup = await a_member("ann", points=200), await a_reward(kind=RewardKind.PHYSICAL)
    redemption = (await redeems(ann, cup)).value
    await db.transact(delivery.save_pick_up, member_id=ann, pick_up_point_id="west-lake")
    kept = sealed.open_delivery(await as_it_stands(redemption))
    assert kept is not None
    assert (kept.recipient, kept.phone, sealed.open_code(redemption)) == ("张三丰", "+8613800000001", None)
    assert "张三丰".encode() not in (redemption.delivery_sealed or b"")
    picked_up = (await redeems(ann, cup)).value
    assert sealed.open_code(picked_up) is not None


async def test_a_seal_opens_only_in_its_own_redemption(database: str) -> None:
    ann, cup = await a_member("ann", points=200), await a_reward(kind=RewardKind.PHYSICAL)
    mine, other = (await redeems(ann, cup)).value, (await redeems(ann, cup)).value
    other.delivery_sealed = mine.delivery_sealed
    with pytest.raises(crypto.SealBroken):
        sealed.open_delivery(other)


async def test_without_an_address_a_parcel_is_refused_and_nothing_is_taken(database: str) -> None:
    ann, cup = await a_member("ann", points=100, at_home=False), await a_reward(kind=RewardKind.PHYSICAL, stock=1)
    with pytest.raises(DeliveryNeeded):
        await redeems(ann, cup)
    assert (await points_of(ann), await left_of(cup)) == (100, 1)


async def test_who_has_not_agreed_to_the_terms_redeems_nothing(database: str) -> None:
    zoe = (await db.transact(enrolment.first_sight, ["zoe"]))["zoe"]
    await a_gift(zoe, 100)
    with pytest.raises(enrolment.NotEnrolled):
        await redeems(zoe, await a_reward())


async def test_a_price_she_has_not_seen_is_not_taken_from_her(database: str) -> None:
    ann, cup, key = await a_member("ann", points=300), await a_reward(points=100, stock=2), ids.new()
    await db.transact(catalogue.update_reward, reward_id=cup.id, changes={"points": 250})
    with pytest.raises(PriceChanged) as changed:
        await redeems(ann, cup, key=key, expected_points=100)
    assert (changed.value.points, await points_of(ann), await left_of(cup)) == (250, 300, 2)
    assert (await redeems(ann, cup, key=key, expected_points=250)).value.points == 250


async def test_a_price_changed_afterwards_does_not_undo_the_first_answer(database: str) -> None:
    ann, cup, key = await a_member("ann", points=300), await a_reward(points=100), ids.new()
    first = await redeems(ann, cup, key=key, expected_points=100)
    await db.transact(catalogue.update_reward, reward_id=cup.id, changes={"points": 250})
    again = await redeems(ann, cup, key=key, expected_points=100)
    assert (again.replayed, again.value.id, again.value.points) == (True, first.value.id, 100)


async def test_a_reward_that_does_not_exist_is_not_found(database: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward()
    with pytest.raises(NotFound):
        await redeems(ann, Reward(**{**cup.model_dump(), "id": ids.new()}))


async def test_the_member_is_told_and_no_secret_leaves(database: str) -> None:
    ann, coupon = await a_member("ann", points=100), await a_reward(kind=RewardKind.COUPON, codes=1)
    await redeems(ann, coupon)
    async with db.read() as session:
        facts = list(await session.exec(select(OutboxFact)))
    mine = {fact.name: fact.body for fact in facts if fact.stream == f"member:{ann}"}
    assert mine["RewardRedeemed"]["reward_name"]["en"] == "Cup"
    assert mine["RewardRedeemed"]["available"] == 0
    assert [fact.body["left"] for fact in facts if fact.name == "StockChanged"] == [1, 0]
    assert all("CUP-0000" not in str(fact.body) for fact in facts)
