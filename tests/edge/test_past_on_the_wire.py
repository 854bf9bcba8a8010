"""What members and operators read of the past: balances, liability, reconciliation, and history by what was asked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from backend import schedule
from backend.app import create_app
from backend.kit import clock, db
from backend.members import tokens
from backend.programme import terms
from tests.builders import a_gift, a_member, an_order
from tests.edge.open_door import ask, open_door

AS_OF = """query($at: DateTime!) { viewer { pointsAsOf(at: $at) {
  available held pending debt frozen valueMinor expiring { points daysLeft } lots { available }
} } }"""
LIABILITY = """query($at: DateTime) { operator { liability(at: $at) {
  points available debt value { minor currency } byMonth { month points }
} } }"""
RECONCILIATION = """{ operator { reconciliation {
  checked lastChecked lastFinishedAt drifts { what } months { month opening totals { kind points } closing drift }
} } }"""
ENTRIES = """query(
  $kinds: [EntryKind!], $kind: EntryKind, $direction: Direction, $from: Date, $to: Date, $reference: String
) {
  viewer { entries(kinds: $kinds, kind: $kind, direction: $direction, from: $from, to: $to, reference: $reference) {
    edges { node { seq } }
} } }"""
DAY = timedelta(days=1)


@pytest.fixture
async def address(database: str) -> AsyncIterator[str]:
    async with open_door(create_app()) as address:
        yield address


def as_member(member_id: UUID) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.for_member(member_id)}"}


def as_operator() -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.for_operator('mei')}"}


def turn_to(moment: datetime) -> None:
    clock.turn(moment - datetime.now(UTC))


async def test_a_past_balance_is_asked_for_like_the_present_one(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100, expires_in=10 * DAY)
    moment = clock.now().isoformat()
    clock.turn(2 * DAY)
    await a_gift(ann, 50)
    told = (await ask(caller, AS_OF, as_member(ann), at=moment))["data"]["viewer"]["pointsAsOf"]
    assert (told["available"], told["valueMinor"], told["frozen"]) == (100, 100, False)
    assert told["expiring"] == {"points": 100, "daysLeft": 10}
    assert told["lots"] == [{"available": 100}]
    future = (clock.now() + DAY).isoformat()
    wrong = await ask(caller, AS_OF, as_member(ann), at=future)
    assert wrong["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "at"}


async def test_only_operators_read_what_is_owed(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100)
    moment = clock.now().isoformat()
    clock.turn(2 * DAY)
    await a_member("Ben", points=30)
    now = (await ask(caller, LIABILITY, as_operator()))["data"]["operator"]["liability"]
    assert (now["points"], now["value"]) == (130, {"minor": 130, "currency": "CNY"})
    assert sum(month["points"] for month in now["byMonth"]) == 130
    then = (await ask(caller, LIABILITY, as_operator(), at=moment))["data"]["operator"]["liability"]
    assert (then["points"], then["available"], then["debt"]) == (100, 100, 0)
    assert (await ask(caller, LIABILITY, as_member(ann)))["data"]["operator"] is None


async def test_operators_see_what_the_check_has_seen(caller: httpx2.AsyncClient) -> None:
    before = (await ask(caller, RECONCILIATION, as_operator()))["data"]["operator"]["reconciliation"]
    assert before == {"checked": 0, "lastChecked": 0, "lastFinishedAt": None, "drifts": [], "months": []}
    async with db.read() as session:
        programme = await terms.in_force(session)
    this = programme.today().replace(day=1)
    turn_to(programme.start_of(programme.month_after(this, -1)) + DAY)
    await a_member("Ann", points=100)
    turn_to(programme.start_of(this) + DAY)
    for job in (schedule.compare_the_books, schedule.compare_the_books, schedule.report_months):
        await job()
    told = (await ask(caller, RECONCILIATION, as_operator()))["data"]["operator"]["reconciliation"]
    assert (told["lastChecked"], told["drifts"]) == (1, [])
    month = {"month": programme.month_after(this, -1).isoformat(), "opening": 0, "closing": 100, "drift": 0}
    assert told["months"] == [{**month, "totals": [{"kind": "EARN", "points": 100}]}]


async def test_a_history_is_asked_for_by_kinds_way_days_and_reference(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=10)
    await an_order("Ann", 50, ref="A-1")

    async def seen(**asked: Any) -> list[int]:
        answer = await ask(caller, ENTRIES, as_member(ann), **asked)
        return [edge["node"]["seq"] for edge in answer["data"]["viewer"]["entries"]["edges"]]

    async with db.read() as session:
        today = (await terms.in_force(session)).today()
    assert await seen() == [2, 1]
    assert await seen(kinds=["EARN", "BURN"]) == [2, 1]
    assert await seen(kinds=["BURN"], kind="EARN") == []
    assert await seen(kinds=["BURN", "EARN"], kind="EARN") == [2, 1]
    assert await seen(direction="OUT") == []
    assert await seen(**{"from": today.isoformat(), "to": today.isoformat()}) == [2, 1]
    assert await seen(to=(today - DAY).isoformat()) == []
    assert await seen(**{"from": (today + DAY).isoformat()}) == []
    assert await seen(reference="A-1") == [2]
    answer = await ask(caller, ENTRIES, as_member(ann), to="9999-12-31")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
