"""Check-ins and tasks as a phone asks for them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.kit import db
from backend.kit.graphql import Context
from backend.members.roles import Identity
from backend.schema import schema
from backend.tasks import awarding
from tests.builders import a_member, an_order
from tests.tasks.days import check_in_on, turn_to

pytestmark = pytest.mark.usefixtures("database")
WEEK = "{ viewer { checkIn { streak checkedInToday nextPoints repairable repairsLeft days { date state points } } } }"
TASKS = """query ($locale: Locale!) { viewer { tasks {
  id code title(locale: $locale) hint(locale: $locale) progress goal rewardPoints completed endsAt } } }"""
CHECK_IN = """mutation ($input: CheckInInput!) { checkIn(input: $input) {
  replayed points refusal { __typename code message } checkIn { streak } member { points { available } } } }"""
REPAIR = """mutation ($input: RepairCheckInInput!) { repairCheckIn(input: $input) {
  replayed points refusal { __typename code } checkIn { streak repairsLeft } } }"""


async def ask(member_id: UUID, query: str, **variables: Any) -> Any:
    context = Context(identity=Identity(member_id=member_id))
    result = await schema.execute(query, variable_values=variables, context_value=context)
    assert result.errors is None, result.errors
    return result.data


async def hints(member_id: UUID, locale: str = "EN") -> dict[str, tuple[str, int]]:
    tasks = (await ask(member_id, TASKS, locale=locale))["viewer"]["tasks"]
    return {task["code"]: (task["hint"], task["progress"]) for task in tasks}


async def test_the_week_on_the_wire() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, "2026-11-16", "2026-11-18")
    week = (await ask(ann, WEEK))["viewer"]["checkIn"]
    assert (week["streak"], week["checkedInToday"], week["nextPoints"]) == (1, True, 6)
    assert (week["repairable"], week["repairsLeft"]) == ("2026-11-17", 1)
    assert week["days"][1] == {"date": "2026-11-17", "state": "MISSED", "points": 6}
    assert [day["state"] for day in week["days"]] == ["DONE", "MISSED", "DONE", "AHEAD", "AHEAD", "AHEAD", "AHEAD"]


async def test_a_tap_answers_with_points_calendar_and_balance() -> None:
    ann, key = await a_member("ann"), str(uuid4())
    turn_to("2026-11-18 09:00")
    first = (await ask(ann, CHECK_IN, input={"idempotencyKey": key}))["checkIn"]
    again = (await ask(ann, CHECK_IN, input={"idempotencyKey": key}))["checkIn"]
    expected = {"refusal": None, "points": 5, "checkIn": {"streak": 1}, "member": {"points": {"available": 5}}}
    assert first == {"replayed": False, **expected}
    assert again == {"replayed": True, **expected}


async def test_a_second_tap_reads_why_not_and_sees_the_calendar_all_the_same() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, "2026-11-18")
    answer = (await ask(ann, CHECK_IN, input={"idempotencyKey": str(uuid4())}))["checkIn"]
    assert answer["refusal"]["__typename"] == "AlreadyCheckedIn"
    assert (answer["refusal"]["code"], answer["points"]) == ("ALREADY_CHECKED_IN", None)
    assert (answer["checkIn"]["streak"], answer["member"]["points"]["available"]) == (1, 5)


async def test_a_repair_on_the_wire() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, "2026-11-16", "2026-11-18")
    asked = {"idempotencyKey": str(uuid4()), "date": "2026-11-17"}
    answer = (await ask(ann, REPAIR, input=asked))["repairCheckIn"]
    assert answer == {"replayed": False, "points": 0, "refusal": None, "checkIn": {"streak": 3, "repairsLeft": 0}}
    refused = (await ask(ann, REPAIR, input={**asked, "idempotencyKey": str(uuid4())}))["repairCheckIn"]
    assert refused["refusal"] == {"__typename": "NothingToRepair", "code": "NOTHING_TO_REPAIR"}


async def test_hints_carry_the_real_numbers_in_both_languages() -> None:
    ann = await a_member("ann")
    turn_to("2026-11-20 12:00")
    await an_order("ann", 187.5, at="2026-11-20 11:00:00")
    assert await hints(ann) == {
        "ORDERS_MONTH": ("2 more orders to earn 100 points", 1),
        "SPEND_MONTH": ("¥312.50 more to earn 200 points", 18750),
        "CHECK_IN_5": ("5 more days in a row to earn 30 points", 0),
    }
    assert (await hints(ann, "ZH_CN"))["SPEND_MONTH"][0] == "再消费 312.50 元，得 200 积分"
    await an_order("ann", 0.5, at="2026-11-20 11:01:00")
    assert (await hints(ann))["ORDERS_MONTH"] == ("1 more order to earn 100 points", 2)


async def test_a_reached_task_says_whether_its_points_are_there() -> None:
    ann = await a_member("ann")
    turn_to("2026-11-20 12:00")
    for second in (1, 2, 3):
        await an_order("ann", 1, at=f"2026-11-20 11:00:0{second}")
    assert (await hints(ann))["ORDERS_MONTH"] == ("Done: 100 points are on their way", 3)
    await db.transact(awarding.award_due, member_id=ann)
    assert (await hints(ann))["ORDERS_MONTH"] == ("Done: 100 points are in your account", 3)
    assert (await hints(ann, "ZH_CN"))["ORDERS_MONTH"][0] == "已完成，100 积分已到账"


async def test_a_task_says_when_its_period_ends_in_the_programmes_zone() -> None:
    ann = await a_member("ann")
    turn_to("2026-11-20 12:00")
    tasks = (await ask(ann, TASKS, locale="EN"))["viewer"]["tasks"]
    ends = {task["code"]: task["endsAt"] for task in tasks}
    assert ends == {
        "ORDERS_MONTH": "2026-11-30T16:00:00Z",
        "SPEND_MONTH": "2026-11-30T16:00:00Z",
        "CHECK_IN_5": "2026-11-22T16:00:00Z",
    }
    assert len({task["id"] for task in tasks}) == 3
