"""The audit log: every act of an operator is on record, in its own commit, for ever."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import audit, clock, db, masking
from backend.kit.errors import Refused
from backend.kit.graphql import global_id
from backend.members import operators
from tests.builders import a_member, balance
from tests.console.operating import EXAMPLES, acts, asks, log, operator_mutations
from tests.rewards.builders import a_reward


async def rows() -> list[Any]:
    async with db.read() as session:
        return list((await (await session.connection()).execute(select(audit.RECORD))).all())


def test_every_mutation_for_operators_has_an_example() -> None:
    assert operator_mutations() == EXAMPLES.keys()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
async def test_every_act_of_an_operator_is_on_record(database: str, name: str) -> None:
    asked = await EXAMPLES[name]()
    earlier = len(await rows())
    assert await acts(name, asked) is None
    assert len(await rows()) == earlier + 1
    record = (await log())[0]
    assert (record["actor"], record["act"], record["requestId"]) == ("operator:olga", name, "request-7")
    assert record["after"] is not None and record["before"] != record["after"]
    assert record["reason"] == masking.masked(asked.get("reason"))
    assert "13800000001" not in json.dumps(record) and "SECRET" not in json.dumps(record)
    # The same again is no second act: what has a key is a replay, and what has none finds nothing to change.
    assert await acts(name, asked) is None
    assert len(await rows()) == earlier + 1


@pytest.mark.parametrize("name", sorted(EXAMPLES))
async def test_nobody_but_an_operator_acts_or_leaves_a_record(database: str, name: str) -> None:
    asked = await EXAMPLES[name]()
    with pytest.raises(AssertionError, match="This is for operators"):
        await acts(name, asked, uuid4())
    assert await rows() == []


async def test_a_refused_act_leaves_no_record(database: str) -> None:
    handed_over = await EXAMPLES["fulfilRedemption"]()
    await acts("fulfilRedemption", handed_over)
    cancel = {"idempotencyKey": str(uuid4()), "id": handed_over["id"], "reason": "too late"}
    refused = await acts("cancelRedemption", cancel)
    assert refused and refused["code"] == "NOT_CANCELLABLE"
    assert [record["act"] for record in await log()] == ["fulfilRedemption"]
    nonsense = await acts("addStock", {"idempotencyKey": str(uuid4()), "rewardId": "nonsense", "quantity": 1})
    assert nonsense and nonsense["code"] == "INVALID_INPUT"
    assert len(await rows()) == 1


async def test_before_and_after_are_of_the_act_itself(database: str) -> None:
    ann = await a_member("Ann", points=80)
    asked = {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", ann), "reason": "a stolen phone"}
    await acts("freezeAccount", asked)
    [record] = await log(act="freezeAccount")
    assert record["subject"] == asked["memberId"] and record["subjectKind"] == "Member"
    assert record["before"]["available"] == record["after"]["available"] == 80
    assert record["before"]["frozen_at"] is None and record["after"]["frozen_at"] is not None
    assert record["after"]["seq"] == record["before"]["seq"] + 1


async def test_at_once_each_act_sees_what_the_one_before_it_left(database: str) -> None:
    reward = global_id("Reward", (await a_reward(stock=1)).id)
    inputs = [{"idempotencyKey": str(uuid4()), "rewardId": reward, "quantity": 1} for _ in range(8)]
    assert await asyncio.gather(*(acts("addStock", asked) for asked in inputs)) == [None] * 8
    seen = {(record["before"]["stock"]["left"], record["after"]["stock"]["left"]) for record in await log()}
    assert seen == {(left, left + 1) for left in range(1, 9)}


async def test_the_record_falls_with_its_act(database: str) -> None:
    """A commit that fails takes both: there is never one without the other."""
    ann = await a_member("Ann", points=80)

    class Torn(Refused):
        """The plug was pulled."""

    async def act(session: AsyncSession) -> None:
        await audit.record(session, audit.Act("operator:olga", "tear"), ("Member", str(ann)))
        raise Torn

    with pytest.raises(Torn):
        await db.transact(act)
    assert await rows() == [] and await balance(ann) == (80, 0)


async def test_a_record_can_neither_be_changed_nor_removed(database: str) -> None:
    await acts("createReward", await EXAMPLES["createReward"]())
    before = await rows()
    for change in (update(audit.RECORD).values(actor="nobody"), delete(audit.RECORD)):

        async def try_it(session: AsyncSession, change: Any = change) -> None:
            await (await session.connection()).execute(change)

        if db.dialect() == "sqlite":
            with pytest.raises(DBAPIError, match="append-only"):
                await db.transact(try_it)
        else:
            await db.transact(try_it)
        assert await rows() == before


async def test_the_log_is_searched_by_who_what_whom_and_when(database: str) -> None:
    ann, ben = await a_member("Ann"), await a_member("Ben")
    for who, whom, name in (
        ("olga", ann, "freezeAccount"),
        ("otto", ben, "freezeAccount"),
        ("olga", ann, "unfreezeAccount"),
    ):
        asked = {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", whom), "reason": "a call"}
        assert await acts(name, asked, who) is None
    everything = await log()
    assert [record["at"] for record in everything] == sorted((record["at"] for record in everything), reverse=True)
    assert len(everything) == 3
    assert [record["act"] for record in await log(actor="olga")] == ["unfreezeAccount", "freezeAccount"]
    assert len(await log(actor="operator:otto")) == 1
    assert {record["actor"] for record in await log(act="freezeAccount")} == {"operator:olga", "operator:otto"}
    assert [record["subject"] for record in await log(subject=global_id("Member", ben))] == [global_id("Member", ben)]
    assert len(await log(actor="olga", act="freezeAccount", subject=global_id("Member", ann))) == 1
    middle = everything[1]["at"]
    assert len(await log(until=middle)) == 1 and len(await log(**{"from": middle})) == 2
    assert await log(actor="a\0b") == [] and await log(subject="") == []


async def test_the_log_is_read_page_by_page_without_a_gap(database: str) -> None:
    for number in range(7):
        clock.turn(timedelta(0) if number < 4 else timedelta(seconds=number))
        asked = await EXAMPLES["freezeAccount"]()
        assert await acts("freezeAccount", asked) is None
    document = """query($after: String) { operator { auditLog(first: 3, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor } } } }"""
    seen, after = [], None
    while True:
        page = (await asks("reader", document, after=after))["operator"]["auditLog"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [record["id"] for record in await log()] and len(set(seen)) == 7


async def test_tokens_made_and_taken_back_are_on_record(database: str) -> None:
    await db.transact(operators.issue_token, name="olga")
    await db.transact(operators.revoke_tokens, name="olga")
    await db.transact(operators.revoke_tokens, name="olga")
    found = [(record["act"], record["before"], record["after"]) for record in await log(subject="olga")]
    assert found == [
        ("revokeTokens", {"epoch": 1}, {"epoch": 2}),
        ("revokeTokens", {"epoch": 0}, {"epoch": 1}),
        ("issueToken", None, {"epoch": 0}),
    ]
    assert {record["actor"] for record in await log()} == {"command"}
