"""Everybody at once: the last pieces go to as many, the others read why, and the books stay sound."""

import asyncio
import ssl
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import httpx2

from backend.kit import db
from backend.kit.graphql import global_id
from backend.rewards import catalogue
from backend.rewards.models import RewardKind
from tests.journeys.a_running_mall import COOKIE, Mall, Somebody

CLIENTS, LAST = 50, 10
PRICE = 100
PATIENCE_SECONDS = 60
TRUST = ssl.create_default_context()
"""Shared, because making one for every client would take longer than the rush."""
REDEEM = """mutation ($input: RedeemRewardInput!) {
  redeemReward(input: $input) { redemption { id code } refusal { code message } replayed }
}"""


async def test_the_last_ten_go_to_ten_of_fifty_and_forty_read_why(either_mall: Mall) -> None:
    reward_id = await the_last(either_mall, LAST)
    everybody = await either_mall.members(CLIENTS, points=PRICE)
    answers = await asyncio.gather(*(redeem(either_mall, one, reward_id, uuid4()) for one in everybody))
    got = [answer["redemption"]["id"] for answer in answers if answer["redemption"]]
    refused = Counter(answer["refusal"]["code"] for answer in answers if answer["refusal"])
    assert (len(got), len(set(got)), refused) == (LAST, LAST, {"OUT_OF_STOCK": CLIENTS - LAST})
    assert await either_mall.broken_promises() == []


async def test_one_key_sent_twenty_times_at_once_is_one_redemption(either_mall: Mall) -> None:
    reward_id = await the_last(either_mall, LAST)
    ann, key = await either_mall.somebody("Ann", points=5 * PRICE), uuid4()
    answers = await asyncio.gather(*(redeem(either_mall, ann, reward_id, key) for _ in range(20)))
    assert [answer["refusal"] for answer in answers] == [None] * 20
    assert len({answer["redemption"]["id"] for answer in answers}) == 1
    assert len({answer["redemption"]["code"] for answer in answers}) == 1
    assert Counter(answer["replayed"] for answer in answers) == {True: 19, False: 1}
    assert await either_mall.broken_promises() == []


async def redeem(mall: Mall, who: Somebody, reward_id: UUID, key: UUID) -> dict[str, Any]:
    """One phone of its own, with a session of its own, redeems."""
    asked = {"input": {"rewardId": global_id("Reward", reward_id), "idempotencyKey": str(key)}}
    headers = {"cookie": f"{COOKIE}={who.cookie}", "origin": mall.address}
    async with httpx2.AsyncClient(
        base_url=mall.address, headers=headers, verify=TRUST, timeout=PATIENCE_SECONDS
    ) as client:
        answer = await client.post("/graphql", json={"query": REDEEM, "variables": asked})
    told: dict[str, Any] = answer.json()["data"]["redeemReward"]
    return told


async def the_last(mall: Mall, pieces: int) -> UUID:
    """A reward of which so many are left."""
    async with mall.books():
        offered = await db.transact(
            catalogue.create_reward,
            key=uuid4(),
            sku=f"RUSH-{uuid4().hex[:8].upper()}",
            kind=RewardKind.SERVICE,
            name={"zh_cn": "抢", "en": "The last ones"},
            description={"zh_cn": "最后几件", "en": "A few are left"},
            category="service",
            points=PRICE,
            stock=pieces,
        )
    return offered.value.id
