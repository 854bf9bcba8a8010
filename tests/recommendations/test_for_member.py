"""Recommendations and rewards within reach, from a real catalogue."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.kit import clock, db
from backend.kit.graphql import Context
from backend.ledger.freezing import freeze_account
from backend.members.roles import Identity
from backend.rewards import catalogue
from backend.schema import schema
from tests.builders import a_gift, a_member
from tests.rewards.builders import a_reward, redeems

pytestmark = pytest.mark.usefixtures("database")
FOR_YOU = """query ($first: Int = 6, $locale: Locale = EN) { viewer { recommendedRewards(first: $first) {
  reward { sku points } reason { code text(locale: $locale) } } } }"""
WITHIN = "query ($first: Int = 10) { viewer { rewardsWithinReach(first: $first) { sku whyNot { code } } } }"


async def test_each_recommendation_carries_its_reason() -> None:
    ann = await a_member("ann", points=500)
    tea = await a_reward("TEA", category="food", points=100, name={"zh_cn": "茶", "en": "Tea"})
    for sku, points in (("BREAD", 150), ("CAKE", 480)):
        await a_reward(sku, category="food", points=points)
    await a_reward("LAMP", points=450, available_until=clock.now() + timedelta(days=3))
    await redeems(ann, tea)
    found = {one["reward"]["sku"]: one["reason"] for one in await for_you(ann)}
    assert found["BREAD"] == {"code": "BECAUSE_YOU_REDEEMED", "text": "Because you redeemed “Tea”"}
    assert found["CAKE"] == {"code": "NEARLY_THERE", "text": "80 points to go"}
    assert found["LAMP"] == {"code": "LEAVING_SOON", "text": "Leaves in 3 days"}
    assert found["TEA"]["code"] == "WITHIN_REACH"


async def test_the_latest_of_its_like_is_named() -> None:
    ann = await a_member("ann", points=1000)
    await a_reward("CUP", category="food", points=700)
    for hour, sku in enumerate("ABCDE"):
        clock.turn(timedelta(hours=hour))
        await redeems(ann, await a_reward(sku, category="food", points=10, name={"zh_cn": sku, "en": sku}))
    found = {one["reward"]["sku"]: one["reason"]["text"] for one in await for_you(ann)}
    assert found["CUP"] == "Because you redeemed “E”"


async def test_expiring_points_lead_to_what_fits_them() -> None:
    ann = await a_member("ann", points=1000)
    await a_gift(ann, 200, expires_in=timedelta(days=20))
    for sku, points in (("CUP", 40), ("BOOK", 190), ("LAMP", 900)):
        await a_reward(sku, points=points)
    first = (await for_you(ann))[0]
    assert (first["reward"]["sku"], first["reason"]["text"]) == ("BOOK", "Uses your 200 expiring points")
    assert await within_reach(ann) == ["BOOK", "LAMP", "CUP"]
    assert (await for_you(ann, locale="ZH_CN"))[0]["reason"]["text"] == "正好用掉即将过期的 200 积分"


async def test_what_she_may_not_redeem_is_not_recommended() -> None:
    ann = await a_member("ann", points=1000)
    await a_reward("GONE", available_until=clock.now() + timedelta(hours=1))
    await a_reward("SOLD-OUT", stock=0)
    await a_reward("GOLDEN", minimum_tier="GOLD")
    await a_reward("LATER", available_from=clock.now() + timedelta(days=1))
    await redeems(ann, await a_reward("ONCE", limit_per_member=1))
    withdrawn = await a_reward("WITHDRAWN")
    await db.transact(catalogue.update_reward, reward_id=withdrawn.id, changes={"withdrawn": True})
    await a_reward("CUP")
    clock.turn(timedelta(hours=2))
    assert [one["reward"]["sku"] for one in await for_you(ann)] == ["CUP"]
    assert await within_reach(ann) == ["CUP"]


async def test_within_reach_is_what_can_be_redeemed_now_and_no_more() -> None:
    ann = await a_member("ann", points=100)
    for sku, points in (("EXACT", 100), ("LESS", 60), ("MORE", 101)):
        await a_reward(sku, points=points)
    assert await within_reach(ann) == ["EXACT", "LESS"]
    assert await within_reach(ann, first=1) == ["EXACT"]


async def test_expired_points_reach_nothing_even_before_they_are_swept() -> None:
    ann = await a_member("ann", points=100, expires_in=timedelta(days=1))
    await a_reward("CUP")
    clock.turn(timedelta(days=2))
    assert await within_reach(ann) == []
    assert (await for_you(ann))[0]["reason"] == {"code": "NEARLY_THERE", "text": "100 points to go"}


async def test_a_newcomer_sees_what_there_is_to_save_for() -> None:
    ann = await a_member("ann")
    for number in range(8):
        await a_reward(f"R{number}", points=100 + number)
    found = await for_you(ann)
    assert len(found) == 6
    assert {one["reason"]["code"] for one in found} == {"NEARLY_THERE"}
    assert found == await for_you(ann)


async def test_a_frozen_account_still_sees_but_reaches_nothing() -> None:
    ann = await a_member("ann", points=1000)
    await a_reward("CUP")
    await db.transact(freeze_account, key=uuid4(), member_id=ann, reason="odd", actor="operator:Mei")
    assert [one["reward"]["sku"] for one in await for_you(ann)] == ["CUP"]
    assert await within_reach(ann) == []


async def test_members_are_recommended_each_her_own() -> None:
    ann, ben = await a_member("ann", points=300), await a_member("ben", points=300)
    tea = await a_reward("TEA", category="food")
    for sku, category in (("LAMP", "home"), ("BREAD", "food")):
        await a_reward(sku, category=category, points=50)
    await redeems(ann, tea)
    assert (await for_you(ann))[0]["reward"]["sku"] == "BREAD"
    assert "BECAUSE_YOU_REDEEMED" not in {one["reason"]["code"] for one in await for_you(ben)}


@pytest.mark.parametrize("first", [0, 51])
async def test_no_more_than_fifty_at_a_time(first: int) -> None:
    ann = await a_member("ann")
    for query in (FOR_YOU, WITHIN):
        result = await _run(ann, query, first=first)
        assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def for_you(member_id: UUID, **variables: Any) -> list[dict[str, Any]]:
    return list((await ask(member_id, FOR_YOU, **variables))["viewer"]["recommendedRewards"])


async def within_reach(member_id: UUID, **variables: Any) -> list[str]:
    found = (await ask(member_id, WITHIN, **variables))["viewer"]["rewardsWithinReach"]
    assert all(reward["whyNot"] is None for reward in found)
    return [reward["sku"] for reward in found]


async def ask(member_id: UUID, query: str, **variables: Any) -> Any:
    result = await _run(member_id, query, **variables)
    assert result.errors is None, result.errors
    return result.data


async def _run(member_id: UUID, query: str, **variables: Any) -> Any:
    context = Context(identity=Identity(member_id=member_id))
    return await schema.execute(query, variable_values=variables, context_value=context)
