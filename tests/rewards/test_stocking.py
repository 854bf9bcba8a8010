"""Stock: added once per key, codes once each, never below zero."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from backend.kit import db, ids
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound
from backend.ledger.book import KeyReused
from backend.rewards import stocking
from backend.rewards.models import Reward, RewardKind
from tests.rewards.builders import a_member, a_reward, left_of, redeems


async def adds(reward: Reward, quantity: int, **differing: Any) -> Done[Reward]:
    asked = {"key": ids.new(), "operator": "olga", "reward_id": reward.id, "quantity": quantity, **differing}
    return await db.transact(stocking.add_stock, **asked)


async def adds_codes(reward: Reward, *given: str) -> Done[Reward]:
    return await db.transact(stocking.add_coupon_codes, reward_id=reward.id, given=given)


async def test_stock_is_added_and_taken_away(database: str) -> None:
    cup = await a_reward(stock=3)
    await adds(cup, 4)
    await adds(cup, -2)
    assert await left_of(cup) == 5


async def test_the_same_key_adds_once(database: str) -> None:
    cup, key = await a_reward(stock=3), ids.new()
    answers = await asyncio.gather(*(adds(cup, 4, key=key) for _ in range(5)))
    assert Counter(answer.replayed for answer in answers) == {False: 1, True: 4}
    assert await left_of(cup) == 7
    with pytest.raises(KeyReused):
        await adds(cup, 5, key=key)


async def test_a_refused_change_leaves_its_key_unused(database: str) -> None:
    cup, key = await a_reward(stock=3), ids.new()
    with pytest.raises(InvalidInput):
        await adds(cup, -4, key=key)
    await adds(cup, 1)
    assert not (await adds(cup, -4, key=key)).replayed
    assert await left_of(cup) == 0


@pytest.mark.parametrize("quantity", [0, 1_000_000_001, -1_000_000_001])
async def test_quantities_out_of_bounds_are_refused(database: str, quantity: int) -> None:
    with pytest.raises(InvalidInput):
        await adds(await a_reward(stock=3), quantity)


async def test_unlimited_stock_stays_unlimited(database: str) -> None:
    ann, cup = await a_member("ann", points=100), await a_reward()
    with pytest.raises(InvalidInput):
        await adds(cup, 5)
    await redeems(ann, cup)
    assert await left_of(cup) is None


async def test_the_stock_of_a_coupon_is_its_codes(database: str) -> None:
    coupon = await a_reward(kind=RewardKind.COUPON)
    assert await left_of(coupon) == 0
    with pytest.raises(InvalidInput):
        await adds(coupon, 5)
    assert not (await adds_codes(coupon, "A", "B", " B ", "A")).replayed
    assert await left_of(coupon) == 2


async def test_a_code_given_twice_counts_once(database: str) -> None:
    ann, coupon = await a_member("ann", points=100), await a_reward(kind=RewardKind.COUPON)
    await adds_codes(coupon, "A", "B")
    await redeems(ann, coupon)
    assert (await adds_codes(coupon, "A", "B")).replayed, "not even the one that was given out comes back"
    await adds_codes(coupon, "B", "C")
    assert await left_of(coupon) == 2


async def test_two_operators_adding_the_same_codes_add_them_once(database: str) -> None:
    coupon = await a_reward(kind=RewardKind.COUPON)
    codes = [f"CODE-{number}" for number in range(1200)]
    await asyncio.gather(*(adds_codes(coupon, *given) for given in (codes, codes[::-1], codes[:700])))
    assert await left_of(coupon) == 1200


async def test_the_same_code_may_belong_to_two_rewards(database: str) -> None:
    one, other = await a_reward("ONE", kind=RewardKind.COUPON), await a_reward("OTHER", kind=RewardKind.COUPON)
    await adds_codes(one, "A")
    await adds_codes(other, "A")
    assert (await left_of(one), await left_of(other)) == (1, 1)


@pytest.mark.parametrize("given", [[], [""], ["  "], ["x" * 201]], ids=["none", "empty", "blank", "too long"])
async def test_nonsense_codes_are_refused(database: str, given: list[str]) -> None:
    with pytest.raises(InvalidInput):
        await adds_codes(await a_reward(kind=RewardKind.COUPON), *given)


async def test_only_coupons_have_codes(database: str) -> None:
    with pytest.raises(InvalidInput):
        await adds_codes(await a_reward(), "A")


async def test_a_reward_that_does_not_exist_is_not_found(database: str) -> None:
    with pytest.raises(NotFound):
        await adds(Reward(**{**(await a_reward()).model_dump(), "id": ids.new()}), 1)
