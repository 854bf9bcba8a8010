"""What a member reads about her points."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from backend.app import create_app
from backend.kit import clock
from backend.kit.graphql import global_id
from backend.members import tokens
from tests.builders import a_gift, a_member, an_order
from tests.edge.open_door import ask, open_door

POINTS = """{ viewer { points {
  available held pending debt frozen valueMinor expiring { points daysLeft } lots { available }
} } }"""
ENTRIES = """query($first: Int, $after: String, $kind: EntryKind) { viewer {
  entries(first: $first, after: $after, kind: $kind) {
    edges { node { id seq kind points hash why { code base text(locale: EN) chinese: text(locale: ZH_CN)
      amount { minor currency } factors { code multiplier label(locale: EN) } rule ruleVersion } } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
} } }"""
FREEZE = """mutation($input: FreezeAccountInput!) { freezeAccount(input: $input) {
  refusal { code } replayed member { points { frozen } }
} }"""


@pytest.fixture
async def address(database: str) -> AsyncIterator[str]:
    async with open_door(create_app()) as address:
        yield address


def as_member(member_id: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.for_member(member_id)}"}


async def test_what_has_expired_cannot_be_burned_even_before_the_sweep(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100, expires_in=timedelta(days=10))
    await a_gift(ann, 50, expires_in=timedelta(days=80))
    await a_gift(ann, 25, expires_in=timedelta(days=300))
    points = (await ask(caller, POINTS, as_member(ann)))["data"]["viewer"]["points"]
    assert (points["available"], points["valueMinor"]) == (175, 175)
    assert points["expiring"] == {"points": 100, "daysLeft": 10}
    assert [lot["available"] for lot in points["lots"]] == [100, 50, 25]
    clock.turn(timedelta(days=11))
    points = (await ask(caller, POINTS, as_member(ann)))["data"]["viewer"]["points"]
    assert points["available"] == 75
    assert points["expiring"] == {"points": 50, "daysLeft": 69}


async def test_nothing_expires_soon_when_nothing_does(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100, expires_in=timedelta(days=300))
    assert (await ask(caller, POINTS, as_member(ann)))["data"]["viewer"]["points"]["expiring"] is None


async def test_somebody_new_has_nothing_and_owes_nothing(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann")
    points = (await ask(caller, POINTS, as_member(ann)))["data"]["viewer"]["points"]
    assert (points["available"], points["held"], points["pending"], points["debt"]) == (0, 0, 0, 0)


async def test_history_comes_in_pages_newest_first_and_by_kind(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann")
    for points in range(1, 6):
        await a_gift(ann, points)
    seen, after = [], None
    while True:
        answer = await ask(caller, ENTRIES, as_member(ann), first=2, after=after)
        entries = answer["data"]["viewer"]["entries"]
        seen += [edge["node"]["seq"] for edge in entries["edges"]]
        assert entries["pageInfo"]["hasPreviousPage"] is (after is not None)
        if not entries["pageInfo"]["hasNextPage"]:
            break
        after = entries["pageInfo"]["endCursor"]
    assert seen == [5, 4, 3, 2, 1]
    burns = await ask(caller, ENTRIES, as_member(ann), kind="BURN")
    assert burns["data"]["viewer"]["entries"]["edges"] == []


async def test_an_earning_says_what_it_was_counted_from(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann")
    await an_order("Ann", 120, ref="A-1")
    answer = await ask(caller, ENTRIES, as_member(ann), first=1)
    why = answer["data"]["viewer"]["entries"]["edges"][0]["node"]["why"]
    assert (why["code"], why["base"], why["rule"], why["ruleVersion"]) == ("ORDER", 120, "PURCHASE", 1)
    assert why["amount"] == {"minor": 12000, "currency": "CNY"}
    assert why["factors"] == [{"code": "FIRST_ORDER", "multiplier": 2.0, "label": "First order"}]
    assert "A-1" in why["text"] and "订单 A-1" in why["chinese"]


async def test_an_entry_is_read_again_by_its_owner_only(caller: httpx2.AsyncClient) -> None:
    ann, ben = await a_member("Ann", points=10), await a_member("Ben")
    listed = await ask(caller, ENTRIES, as_member(ann), first=1)
    entry = listed["data"]["viewer"]["entries"]["edges"][0]["node"]
    query = "query($id: ID!) { node(id: $id) { ... on Entry { hash } } }"
    assert (await ask(caller, query, as_member(ann), id=entry["id"]))["data"]["node"] == {"hash": entry["hash"]}
    assert (await ask(caller, query, as_member(ben), id=entry["id"]))["data"]["node"] is None
    assert (await ask(caller, query, id=entry["id"]))["data"]["node"] is None


async def test_only_operators_freeze_and_only_once_a_key(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=10)
    given = {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", ann), "reason": "card reported stolen"}
    operator = {"authorization": f"Bearer {tokens.for_operator('mei')}"}
    refused = await ask(caller, FREEZE, as_member(ann), input=given)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    first = (await ask(caller, FREEZE, operator, input=given))["data"]["freezeAccount"]
    again = (await ask(caller, FREEZE, operator, input=given))["data"]["freezeAccount"]
    assert first == {"refusal": None, "replayed": False, "member": {"points": {"frozen": True}}}
    assert again == {**first, "replayed": True}
    other = (await ask(caller, FREEZE, operator, input={**given, "reason": "another"}))["data"]["freezeAccount"]
    assert other["refusal"] == {"code": "KEY_REUSED"}
    stranger = {**given, "memberId": global_id("Member", uuid4())}
    answer = (await ask(caller, FREEZE, operator, input=stranger))["data"]["freezeAccount"]
    assert answer == {"refusal": {"code": "NOT_FOUND"}, "replayed": False, "member": None}


async def test_amounts_past_32_bits_are_shown(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("ann")
    await an_order("ann", 9_000_000_000)
    query = "{ viewer { points { available valueMinor } tier { spend { minor } progress } } }"
    told = (await ask(caller, query, as_member(ann)))["data"]["viewer"]
    assert told["points"] == {"available": 18_000_000_000, "valueMinor": 18_000_000_000}
    assert told["tier"] == {"spend": {"minor": 900_000_000_000}, "progress": 1.0}
