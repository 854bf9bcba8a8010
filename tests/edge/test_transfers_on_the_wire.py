"""Sending points as the phone asks for it: what each side sees, and what nobody learns."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from backend.app import create_app
from backend.ledger import transferring
from backend.members import tokens
from tests.builders import a_member
from tests.edge.open_door import ask, open_door

SEND = """mutation($key: UUID!, $to: String!, $points: Points!) {
  transferPoints(input: {idempotencyKey: $key, to: $to, points: $points}) {
    replayed refusal { code ... on InsufficientPoints { missing } }
    transfer { id direction state points fee counterpart sentAt finalAt takenBackAt } member { points { available } }
} }"""
TAKE_BACK = """mutation($key: UUID!, $id: ID!) { takeBackTransfer(input: {idempotencyKey: $key, id: $id}) {
  replayed refusal { code } transfer { state takenBackAt } member { points { available } }
} }"""
TRANSFERS = """query($after: String) { viewer { transferLeftToday points { available pending }
  transfers(first: 2, after: $after) { edges { node { direction state points fee counterpart } }
    pageInfo { hasNextPage endCursor } }
} }"""
NODE = "query($id: ID!) { node(id: $id) { ... on Transfer { direction points } } }"
RULES = "{ programme { transfers { minimum dailyCap feeBp coolingOffMinutes } } }"


@pytest.fixture
async def address(database: str) -> AsyncIterator[str]:
    async with open_door(create_app()) as address:
        yield address


def as_member(member_id: UUID) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.for_member(member_id)}"}


async def an_ann(points: int) -> UUID:
    """An Ann whose tries nobody has counted yet: they are counted by process, not by database."""
    return await a_member(f"Ann{uuid4().hex[:8]}", points=points)


async def sends(caller: httpx2.AsyncClient, member_id: UUID, to: str, points: int, key: UUID | None = None) -> Any:
    answer = await ask(caller, SEND, as_member(member_id), key=str(key or uuid4()), to=to, points=points)
    return answer["data"]["transferPoints"]


async def test_both_see_the_transfer_and_of_each_other_only_a_letter(caller: httpx2.AsyncClient) -> None:
    ann, bob, cleo = await an_ann(100), await a_member("Bob"), await a_member("Cleo")
    sent = await sends(caller, ann, "Bob", 30)
    transfer = sent["transfer"]
    assert (sent["refusal"], sent["member"]) == (None, {"points": {"available": 70}})
    assert (transfer["state"], transfer["counterpart"], transfer["fee"]) == ("COOLING_OFF", "B**", 0)
    viewer = (await ask(caller, TRANSFERS, as_member(bob)))["data"]["viewer"]
    shown = {"direction": "RECEIVED", "state": "COOLING_OFF", "points": 30, "fee": None, "counterpart": "A**"}
    assert [edge["node"] for edge in viewer["transfers"]["edges"]] == [shown]
    assert viewer["points"] == {"available": 0, "pending": 30}
    nodes = [(await ask(caller, NODE, as_member(one), id=transfer["id"]))["data"]["node"] for one in (ann, bob, cleo)]
    assert nodes == [{"direction": "SENT", "points": 30}, {"direction": "RECEIVED", "points": 30}, None]


async def test_taking_back_shows_on_both_sides(caller: httpx2.AsyncClient) -> None:
    ann, bob = await an_ann(100), await a_member("Bob")
    transfer = (await sends(caller, ann, "Bob", 30))["transfer"]
    for member_id, code in ((bob, "NOT_FOUND"), (ann, None), (ann, None)):
        answer = await ask(caller, TAKE_BACK, as_member(member_id), key=str(uuid4()), id=transfer["id"])
        refusal = answer["data"]["takeBackTransfer"]["refusal"]
        assert (refusal and refusal["code"]) == code
    for member_id in (ann, bob):
        viewer = (await ask(caller, TRANSFERS, as_member(member_id)))["data"]["viewer"]
        assert viewer["transfers"]["edges"][0]["node"]["state"] == "TAKEN_BACK"


async def test_history_comes_in_pages_and_says_what_is_left_today(caller: httpx2.AsyncClient) -> None:
    ann = await an_ann(100)
    await a_member("Bob")
    for points in (1, 2, 3):
        await sends(caller, ann, "Bob", points)
    seen, after = [], None
    while True:
        viewer = (await ask(caller, TRANSFERS, as_member(ann), after=after))["data"]["viewer"]
        seen += [edge["node"]["points"] for edge in viewer["transfers"]["edges"]]
        if not viewer["transfers"]["pageInfo"]["hasNextPage"]:
            break
        after = viewer["transfers"]["pageInfo"]["endCursor"]
    assert (seen, viewer["transferLeftToday"]) == ([3, 2, 1], 10_000 - 6)
    rules = (await ask(caller, RULES, {}))["data"]["programme"]["transfers"]
    assert rules == {"minimum": 1, "dailyCap": 10_000, "feeBp": 0, "coolingOffMinutes": 10}


async def test_the_same_key_is_one_transfer(caller: httpx2.AsyncClient) -> None:
    ann, key = await an_ann(100), uuid4()
    await a_member("Bob")
    first, again, other = [await sends(caller, ann, "Bob", points, key) for points in (10, 10, 11)]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["transfer"]["id"] == again["transfer"]["id"]
    assert other["refusal"]["code"] == "KEY_REUSED"


async def test_guessing_at_phones_ends_soon_whether_or_not_they_are_known(caller: httpx2.AsyncClient) -> None:
    ann = await an_ann(1000)
    await a_member("Bob")
    limit = int(transferring.TRIES_PER_MEMBER[0].split()[0])
    for n in range(limit):
        told = await sends(caller, ann, f"1380000{n:04}", 1)
        assert told["refusal"]["code"] == "CANNOT_RECEIVE"
    for name in ("Bob", "13800009999"):
        assert (await sends(caller, ann, name, 1))["refusal"]["code"] == "TOO_MANY_REQUESTS"
