"""Merging and taking apart while everything else goes on: nothing lost, nothing doubled, nobody waits for ever."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from backend.console import merging, unmerging
from backend.console.merging import AlreadyMerged
from backend.kit import db
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.ledger.models import Account
from backend.members import enrolment
from backend.tasks import awarding
from tests.builders import a_member, an_event, balance, take_in
from tests.console.test_merging import OLGA, spend

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
AT_ONCE = 8
"""Of each kind: together fewer than the connections there are, so that what waits, waits for a lock."""


async def both(acts: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    async with asyncio.timeout(60):
        return await asyncio.gather(*acts, return_exceptions=True)


def bugs(told: list[Any]) -> list[Any]:
    return [one for one in told if isinstance(one, Exception) and not isinstance(one, Refused)]


async def orders() -> list[Coroutine[Any, Any, Any]]:
    # 10 yuan each; every first order counts twice, so whose order came first makes no difference to the sum.
    return [take_in([await an_event(name, 10, ref=f"{name}{n}")]) for n in range(AT_ONCE) for name in ("ann", "ben")]


async def total(*members: UUID) -> int:
    async with db.read() as session:
        accounts = (await session.exec(select(Account))).all()
    return sum(one.available + one.pending - one.debt for one in accounts if one.member_id in members)


def merge(member_id: UUID, into_id: UUID) -> Coroutine[Any, Any, Any]:
    return db.transact(merging.merge_members, key=uuid4(), member_id=member_id, into_id=into_id, **OLGA)


def unmerge(member_id: UUID) -> Coroutine[Any, Any, Any]:
    return db.transact(unmerging.unmerge_members, key=uuid4(), member_id=member_id, **OLGA)


async def test_merging_while_both_earn_loses_no_order() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    acts = await orders()
    acts.insert(len(acts) // 2, merge(ben, ann))
    assert bugs(told := await both(acts)) == []
    assert sum(isinstance(one, Exception) for one in told) == 0
    # One first order of all forty counts twice.
    assert await total(ann, ben) == 2 * AT_ONCE * 10 + 10
    assert await balance(ben) == (0, 0)


async def test_taking_apart_while_both_earn_gives_each_her_own() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    await merge(ben, ann)
    acts = await orders()
    acts.insert(len(acts) // 2, unmerge(ben))
    assert [one for one in await both(acts) if isinstance(one, Exception)] == []
    for one in (ann, ben):
        await db.transact(awarding.award_due, member_id=one)
    each = AT_ONCE * 10 + 10 + 100
    assert (await balance(ann), await balance(ben)) == ((each, 0), (each, 0))


async def test_merging_while_both_redeem_spends_nothing_twice() -> None:
    ann, ben = await a_member("ann", points=100), await a_member("ben", points=100)
    acts = [db.transact(spend, member_id=one, points=10) for _ in range(AT_ONCE) for one in (ann, ben)]
    acts.insert(AT_ONCE, merge(ben, ann))
    told = await both(acts)
    assert bugs(told) == []
    spent = Counter(type(one).__name__ for one in told)["NoneType"]
    assert await total(ann, ben) == 200 - 10 * spent
    assert await balance(ben) == (0, 0)


async def test_two_merges_crossing_end_in_one() -> None:
    ann, ben = await a_member("ann", points=1), await a_member("ben", points=20)
    told = await both([merge(*pair) for pair in [(ann, ben), (ben, ann)] * 3])
    assert bugs(told) == []
    assert Counter(type(one) for one in told) == {Done: 1, AlreadyMerged: 5}
    assert sorted([await balance(ann), await balance(ben)]) == [(0, 0), (21, 0)]
    whose = await db.transact(enrolment.first_sight, references=["ann", "ben"])
    assert len(set(whose.values())) == 1


async def test_a_ring_of_merges_ends_without_a_deadlock() -> None:
    members = [await a_member(name, points=10) for name in ("ann", "ben", "cai")]
    ring = list(zip(members, [*members[1:], members[0]], strict=True))
    told = await both([merge(*pair) for pair in ring * 2])
    assert bugs(told) == []
    assert await total(*members) == 30
