"""One example of every act of an operator on charities, as tests/console/operating.py wants them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from backend.charity import charities
from backend.kit import db
from backend.kit.graphql import global_id
from tests.builders import a_member
from tests.charity.giving import a_charity, a_project, gives

Input = dict[str, Any]
WORDS = {"zhCn": "话", "en": "words"}


async def _charity() -> Input:
    return {"idempotencyKey": str(uuid4()), "name": WORDS, "registration": f"REG-{uuid4()}"}


async def _project() -> Input:
    charity = await a_charity(f"REG-{uuid4()}")
    figures = {
        "goalPoints": 5000,
        "tilePoints": 50,
        "matchBudgetMinor": 700,
        "impact": [{"value": "3", "label": WORDS}],
    }
    named = {"charityId": global_id("Charity", charity.id), "code": _code(), "title": WORDS, "story": WORDS}
    return {"idempotencyKey": str(uuid4()), **named, **figures}


async def _changed() -> Input:
    return {"id": await _project_id(), "goalPoints": 77_000, "title": WORDS}


async def _closed() -> Input:
    return {"id": await _project_id()}


async def _news() -> Input:
    return {"idempotencyKey": str(uuid4()), "projectId": await _project_id(), "title": WORDS, "text": WORDS}


async def _staff() -> Input:
    charity = await a_charity(f"REG-{uuid4()}")
    return {"charityId": global_id("Charity", charity.id), "phone": "138 0013 8000"}


async def _no_staff() -> Input:
    charity = await a_charity(f"REG-{uuid4()}")
    asked: dict[str, Any] = {"charity_id": charity.id, "phone": "+8613800138001", "actor": "operator:paula"}
    member_id = (await db.transact(charities.add_staff, **asked)).value.member_id
    return {"charityId": global_id("Charity", charity.id), "memberId": global_id("Member", member_id)}


async def _mistaken() -> Input:
    member_id = await a_member(f"M{uuid4().hex[:6]}", points=100)
    given = (await gives(member_id, await a_project(_code()), 40)).value.donation
    return {"idempotencyKey": str(uuid4()), "id": global_id("Donation", given.id), "reason": "a slip of the finger"}


async def _project_id() -> str:
    return global_id("CharityProject", (await a_project(_code())).id)


def _code() -> str:
    return f"P{uuid4().hex[:8].upper()}"


EXAMPLES: dict[str, Callable[[], Awaitable[Input]]] = {
    "createCharity": _charity,
    "createCharityProject": _project,
    "updateCharityProject": _changed,
    "closeCharityProject": _closed,
    "postCharityUpdate": _news,
    "addCharityStaff": _staff,
    "removeCharityStaff": _no_staff,
    "reverseDonation": _mistaken,
}
