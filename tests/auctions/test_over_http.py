"""A rush over real HTTP: every client gets an answer, and they all agree on who leads for how much."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from backend.app import create_app
from backend.kit.graphql import global_id
from backend.members import tokens
from tests.auctions.builders import an_auction, price_and_leader, row_of, time_passes, who_holds_what
from tests.auctions.crowd import a_crowd, watched
from tests.auctions.test_at_once import told_again
from tests.auctions.test_on_the_wire import BID
from tests.edge.open_door import open_door

pytestmark = pytest.mark.usefixtures("database")
CLIENTS = 40
POINTS = 5_000


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_forty_phones_in_the_last_seconds_agree() -> None:
    crowd, chance = await a_crowd(CLIENTS, points=POINTS), random.Random(11)
    auction = await an_auction(ends_in=timedelta(minutes=5))
    async with open_door(create_app()) as address:

        async def phone(client: httpx2.AsyncClient, member_id: UUID) -> dict[str, Any]:
            asked = {"idempotencyKey": str(uuid4()), "auctionId": global_id("Auction", auction)}
            body = {"query": BID, "variables": {"input": asked | {"maximum": chance.randint(10, POINTS)}}}
            headers = {"authorization": f"Bearer {tokens.for_member(member_id)}"}
            answer = await client.post("/graphql", json=body, headers=headers)
            assert answer.status_code == 200, answer.text
            placed: dict[str, Any] = answer.json()["data"]["placeBid"]
            return placed

        async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
            told, looks = await watched(auction, lambda: asyncio.gather(*(phone(client, one) for one in crowd)))
    answers = Counter(one["refusal"]["code"] if one["refusal"] else "taken" for one in told)
    assert answers.keys() <= {"taken", "BID_TOO_LOW"} and answers["taken"] >= 1 and looks > 1
    assert await price_and_leader(auction) == await told_again(auction)
    newest = max(told, key=lambda one: int(one["standing"]["version"]))["standing"]
    row = await row_of(auction)
    assert (newest["version"], newest["price"], newest["bidCount"]) == (row.version, row.price, answers["taken"])
    await time_passes(timedelta(minutes=5))
    price, winner = await price_and_leader(auction)
    paid = [(POINTS - (price if one == winner else 0), 0) for one in crowd]
    assert await who_holds_what(crowd) == paid
