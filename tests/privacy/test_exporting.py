"""A member takes away everything kept about her, and nothing about anybody else."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest
from sqlmodel import SQLModel

from backend.app import create_app
from backend.kit import db, migrating
from backend.members import delivery, enrolment, sessions, tokens
from backend.privacy import exporting
from backend.rewards import sealed
from backend.rewards.models import RewardKind
from tests.builders import an_order
from tests.edge.open_door import open_door
from tests.rewards.builders import a_member, a_reward, redeems

AT_HOME = {"recipient": "司马相如", "phone": "13911112222", "address": "上海市黄浦区西藏中路 268 号 3 楼"}


async def exported(member_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(b"".join([piece async for piece in exporting.export(member_id)]))
    return found


@pytest.fixture
async def caller(database: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_door(create_app()) as address, httpx2.AsyncClient(base_url=address, timeout=20) as client:
        yield client


def test_every_table_about_members_is_in_it() -> None:
    migrating.import_models()
    about_her = {table for table in SQLModel.metadata.tables.values() if "member_id" in table.c}
    assert about_her | {SQLModel.metadata.tables["member"]} == set(exporting.sections().values())
    assert exporting.NAMES.keys() <= {table.name for table in about_her}


async def test_it_holds_everything_of_hers_in_clear_and_nothing_of_others(database: str) -> None:
    await db.transact(enrolment.register, reference="Ann", phone="+8613812345678")
    ann, ben = await a_member("Ann", points=100), await a_member("Benedict", points=7)
    await db.transact(delivery.save_home, member_id=ann, **AT_HOME)
    await an_order("Ann", 30.0, ref="order-of-hers")
    await an_order("Benedict", 31.0, ref="order-of-his")
    redemption = (await redeems(ann, await a_reward("TEA", kind=RewardKind.COUPON, points=5, codes=2))).value
    await redeems(ann, await a_reward("BOX", kind=RewardKind.PHYSICAL, points=5))
    await db.transact(sessions.open_session, member_id=ann, user_agent="iPhone Safari")
    found = await exported(ann)
    assert found["format"] == "points-mall-export-1"
    [member] = found["member"]
    assert (member["phone"], member["nickname"], member["reference"]) == ("+8613812345678", "Ann", "Ann")
    assert [(one["recipient"], one["address"]) for one in found["delivery"]] == [
        (AT_HOME["recipient"], AT_HOME["address"])
    ]
    assert sealed.open_code(redemption) in {one["code"] for one in found["redemptions"]}
    assert {one["delivery"] and one["delivery"]["recipient"] for one in found["redemptions"]} == {None, "司马相如"}
    assert [one["order_ref"] for one in found["orders"]] == ["order-of-hers"]
    assert [one["device"] for one in found["sessions"]] == ["iPhone · Safari"]
    assert len(found["consents"]) == 1 and len(found["lots"]) == 2
    orders = [one for one in found["entries"] if one["why"]["code"] == "ORDER"]
    assert "order-of-hers" in orders[0]["because"]["en"] and "订单" in orders[0]["because"]["zh_cn"]
    assert all(len(one["hash"]) == 64 for one in found["entries"])
    whole = orjson.dumps(found).decode()
    assert "order-of-his" not in whole and str(ben) not in whole and "Benedict" not in whole
    assert "secret_hash" not in whole and "_sealed" not in whole


async def test_it_comes_as_a_file_to_whoever_is_signed_in(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100)
    assert (await caller.get("/export")).status_code == 401
    assert (
        await caller.get("/export", headers={"authorization": f"Bearer {tokens.for_operator('olga')}"})
    ).status_code == 401
    cookie = {"cookie": f"mall_session={(await db.transact(sessions.open_session, member_id=ann)).cookie}"}
    assert (await caller.post("/export", headers=cookie)).status_code == 405
    assert (await caller.get("/export", headers={**cookie, "origin": "https://elsewhere.example"})).status_code == 403
    answer = await caller.get("/export", headers=cookie)
    assert answer.status_code == 200 and answer.json()["member"][0]["nickname"] == "Ann"
    assert answer.headers["content-disposition"].startswith('attachment; filename="points-mall-')
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"


async def test_it_may_be_asked_for_five_times_an_hour(caller: httpx2.AsyncClient) -> None:
    ann = await a_member(f"Annabel-{uuid4()}"[:20])
    headers = {"authorization": f"Bearer {tokens.for_member(ann)}"}
    answers = [(await caller.get("/export", headers=headers)).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


async def test_every_answer_says_what_it_is_and_nothing_else(caller: httpx2.AsyncClient) -> None:
    for answer in (
        await caller.post("/graphql", json={"query": "{ __typename }"}),
        await caller.get("/graphql"),
        await caller.post("/events", content=b"nonsense"),
        await caller.get("/export"),
        await caller.get("/healthz"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
