"""kill -9 at a named point of one act, with nothing else going on: what the next process says and the books have.

`test_faults` kills under load and counts afterwards; here each case is one key, one crash and one answer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest
from sqlalchemy import func, select

from backend.auctions import invariants as auction_invariants
from backend.auctions.models import AuctionState
from backend.kit import db
from backend.kit.graphql import global_id
from backend.ledger import invariants
from backend.ledger.models import EntryKind
from backend.rewards import invariants as reward_invariants
from backend.worker import waiting_facts
from tests.auctions.builders import an_auction, bids, row_of, who_holds_what
from tests.faults.a_production import Production, connected
from tests.faults.a_server import (
    AFTER_COMMIT,
    AFTER_LOOK,
    AFTER_PUBLISH,
    BEFORE_COMMIT,
    CLOCK_RIGHT,
    HOUR_AHEAD,
)
from tests.faults.load import ANSWER_SECONDS_MAX, PRICE
from tests.faults.truth import ENTRY, REDEMPTION
from tests.journeys.a_running_mall import COOKIE, Somebody, somebody
from tests.journeys.test_the_rush import TRUST

DIES_SECONDS_MAX = 60
CLOSES_SECONDS_MAX = 60
POINTS = 100
WAYS = [
    ("redeemReward", AFTER_LOOK, False),
    ("redeemReward", AFTER_COMMIT, True),
    ("transferPoints", BEFORE_COMMIT, False),
    ("transferPoints", AFTER_PUBLISH, True),
]
"""An act, where the process that does it dies, and whether it was done by then."""
REDEEM = """mutation ($input: RedeemRewardInput!) {
  redeemReward(input: $input) { refusal { code } replayed done: redemption { id } } }"""
SEND = """mutation ($input: TransferPointsInput!) {
  transferPoints(input: $input) { refusal { code } replayed done: transfer { id } } }"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("point", "was_done"), [(BEFORE_COMMIT, False), (AFTER_COMMIT, True)])
async def test_an_auction_closes_once_though_one_of_two_workers_dies_closing_it_and_both_try(
    point: str, was_done: bool, production: Production
) -> None:
    async with at_rest(production):
        auction_id = await an_auction(ends_in=timedelta(minutes=30))
        ann, ben = [(await somebody(name, POINTS)).member_id for name in ("Ann", "Ben")]
        await bids(ann, auction_id, 60)
        await bids(ben, auction_id, 90)
    async with at_rest(production):
        # One worker's clock is ahead, so that it is alone with the auction.
        early = production.apis[0]
        early.arm(point, 1)
        early.send(HOUR_AHEAD)
        assert await early.has_died(DIES_SECONDS_MAX), f"nobody came by {point!r}"
        state = (await row_of(auction_id)).state
        assert state == (AuctionState.CLOSED if was_done else AuctionState.OPEN)
        assert await who_holds_what([ann, ben]) == [(100, 0), (30, 0) if was_done else (10, 90)]
    await production.all_serve()
    for api in production.apis:
        api.send(HOUR_AHEAD)
    async with at_rest(production):
        await until_it_is_over(auction_id)
        for api in production.apis:
            api.send(CLOCK_RIGHT)
        assert await who_holds_what([ann, ben]) == [(100, 0), (30, 0)]
        assert [await done_by(one) for one in (ann, ben)] == [(0, 0), (1, 1)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("act", "point", "was_done"), WAYS)
async def test_a_key_sent_again_after_its_process_was_killed_has_the_same_result_once(
    act: str, point: str, was_done: bool, production: Production
) -> None:
    async with at_rest(production):
        ann, ben = [await somebody(name, POINTS) for name in ("Ann", "Ben")]
    dies, lives = production.apis
    asked = asked_for(act, production, ben)
    async with at_rest(production):
        dies.arm(point, 1)
    with pytest.raises(httpx2.TransportError):
        await ask(dies.address, ann, act, asked)
    assert await dies.has_died(DIES_SECONDS_MAX), f"nobody came by {point!r}"
    told = [await ask(lives.address, ann, act, asked) for _ in range(2)]
    await production.all_serve()
    told.append(await ask(dies.address, ann, act, asked))
    assert [one["refusal"] for one in told] == [None] * 3
    assert [one["replayed"] for one in told] == [was_done, True, True]
    assert len({one["done"]["id"] for one in told}) == 1
    async with at_rest(production):
        assert await done_by(ann.member_id) == {"redeemReward": (1, 1), "transferPoints": (1, 0)}[act]
        assert await who_holds_what([ann.member_id]) == [(POINTS - PRICE, 0)]


@asynccontextmanager
async def at_rest(production: Production) -> AsyncIterator[None]:
    """On the production's books, once every worker has done what there was to do; they are sound at the end."""
    async with connected(production.database_url):
        await until_nothing_waits()
        yield
        await until_nothing_waits()
        async with db.snapshot() as session:
            for promises in (invariants, reward_invariants, auction_invariants):
                assert await promises.broken(session) == []


async def until_nothing_waits() -> None:
    async with asyncio.timeout(CLOSES_SECONDS_MAX):
        while await waiting_facts():
            await asyncio.sleep(0.1)


async def until_it_is_over(auction_id: UUID) -> None:
    async with asyncio.timeout(CLOSES_SECONDS_MAX):
        while (await row_of(auction_id)).state != AuctionState.CLOSED:
            await asyncio.sleep(0.1)


def asked_for(act: str, production: Production, to: Somebody) -> dict[str, Any]:
    """One wish, with its key."""
    wishes: dict[str, dict[str, Any]] = {
        "redeemReward": {"rewardId": global_id("Reward", production.offered.reward_id)},
        "transferPoints": {"to": to.reference, "points": PRICE},
    }
    return {"idempotencyKey": str(uuid4()), **wishes[act]}


async def ask(address: str, who: Somebody, act: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What one process answers."""
    body = {"query": REDEEM if act == "redeemReward" else SEND, "variables": {"input": asked}}
    headers = {"cookie": f"{COOKIE}={who.cookie}", "content-type": "application/json"}
    async with httpx2.AsyncClient(verify=TRUST, timeout=ANSWER_SECONDS_MAX) as client:
        answer = await client.post(f"{address}/graphql", content=orjson.dumps(body), headers=headers)
    told: dict[str, Any] = answer.json()["data"][act]
    return told


async def done_by(member_id: UUID) -> tuple[int, int]:
    """How often she paid, and how many redemptions she has."""
    paid = (EntryKind.BURN, EntryKind.CAPTURE, EntryKind.TRANSFER_OUT)
    async with db.read() as session:
        connection = await session.connection()
        entries = select(func.count()).where(ENTRY.c.member_id == member_id, ENTRY.c.kind.in_(paid))
        redemptions = select(func.count()).where(REDEMPTION.c.member_id == member_id)
        found = [int((await connection.execute(query)).scalar_one()) for query in (entries, redemptions)]
    return found[0], found[1]
