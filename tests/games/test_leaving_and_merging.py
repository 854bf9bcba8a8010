"""Stakes and plants when a member leaves, takes her data away, or two accounts become one."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlmodel import select

from backend.console import merging, unmerging
from backend.console.merging import PointsUnderWay
from backend.earning import clawing_back
from backend.games import stakes
from backend.games.helping import AlreadyHelped
from backend.games.staking import AlreadyTakenUp
from backend.kit import db
from backend.kit.errors import NotFound
from backend.ledger.models import Entry, EntryKind
from backend.privacy import erasing, exporting
from tests.builders import a_member, a_refund, an_order, balance, take_in
from tests.games.builders import (
    a_challenge,
    as_it_stands,
    grown_to,
    helps,
    look,
    offered,
    orders,
    settle,
    takes_up,
    waters,
)
from tests.tasks.days import turn_to

pytestmark = pytest.mark.usefixtures("database")
OLGA = {"reason": "one person", "actor": "operator:olga"}


async def merge(member_id: UUID, into_id: UUID) -> None:
    await db.transact(merging.merge_members, key=uuid4(), member_id=member_id, into_id=into_id, **OLGA)


async def unmerge(member_id: UUID) -> None:
    await db.transact(unmerging.unmerge_members, key=uuid4(), member_id=member_id, **OLGA)


async def erase(member_id: UUID) -> None:
    await db.transact(erasing.erase_member, member_id=member_id, actor="operator:olga", reason="asked")


async def test_who_leaves_gets_her_stake_back_and_gives_its_bonus_to_others() -> None:
    ann, challenge = await a_member("ann", points=500), await a_challenge()
    stake = (await takes_up(ann, challenge, 300)).value
    await erase(ann)
    assert (await as_it_stands(stake)).state == "CANCELLED"
    assert ((await offered(challenge)).promised, await balance(ann)) == (0, (0, 0))
    assert await settle(ann) == 0


async def test_the_link_of_who_has_left_leads_nowhere() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    plant = (await waters(ann)).value
    await helps(ben, plant)
    await erase(ann)
    with pytest.raises(NotFound):
        await helps(await a_member("cai"), plant)


async def test_her_stakes_her_plant_and_whom_she_helped_are_in_her_export() -> None:
    ann, ben = await a_member("ann", points=500), await a_member("ben")
    await takes_up(ann, await a_challenge())
    await helps(ben, (await waters(ann)).value)
    for member_id, wanted in (
        (ann, {"challenges": 1, "plants": 1, "plantCare": 1, "plantHelp": 1}),
        (ben, {"plantHelp": 1}),
    ):
        found: dict[str, Any] = orjson.loads(b"".join([piece async for piece in exporting.export(member_id)]))
        assert {name: len(found[name]) for name in wanted} == wanted


async def test_a_plant_that_one_of_them_helped_is_not_helped_again_today_when_they_are_one() -> None:
    ann, ben, plant = await a_member("ann"), await a_member("ben"), (await waters(await a_member("cai"))).value
    await helps(ben, plant)
    await merge(ben, ann)
    with pytest.raises(AlreadyHelped):
        await helps(ann, plant)


async def test_nobody_is_merged_while_her_stake_is_held() -> None:
    ann, ben = await a_member("ann", points=500), await a_member("ben")
    await takes_up(ann, await a_challenge())
    for pair in ((ann, ben), (ben, ann)):
        with pytest.raises(PointsUnderWay):
            await merge(*pair)


async def test_merged_she_has_taken_up_what_either_of_them_took_up() -> None:
    ann, ben, challenge = await a_member("ann", points=500), await a_member("ben", points=500), await a_challenge()
    stake = (await takes_up(ben, challenge)).value
    await orders("ben")
    await look(ben)
    await merge(ben, ann)
    with pytest.raises(AlreadyTakenUp):
        await takes_up(ann, challenge)
    async with db.read() as session:
        assert [one.id for one in await stakes.of_member(session, ann)] == [stake.id]


async def test_orders_of_either_name_count_for_a_stake_taken_up_together() -> None:
    ann, ben = await a_member("ann", points=500), await a_member("ben")
    await merge(ben, ann)
    await takes_up(ann, await a_challenge())
    await orders("ann", 1)
    await orders("ben", 2)
    assert len(await look(ben)) == 1


async def test_what_was_won_and_lost_together_stays_sound_when_they_part() -> None:
    turn_to("2026-11-23 10:00")
    ann, ben = await a_member("ann", points=900), await a_member("ben", points=100)
    await merge(ben, ann)
    won, lost = [await a_challenge(days=1, grace_hours=0, goal=goal) for goal in (2, 9)]
    for challenge in (won, lost):
        await takes_up(ann, challenge, 200)
    await orders("ann", 2)
    await look(ann)
    turn_to("2026-11-25 00:00")
    await settle(ann)
    assert await balance(ann) == (900 + 100 + 40 - 200, 0)
    await unmerge(ben)
    assert (await balance(ann), await balance(ben)) == ((900 + 40 - 200, 0), (100, 0))


async def test_a_bonus_won_before_they_became_one_is_taken_back_from_the_account_it_is_in_now() -> None:
    ann, ben, challenge = await a_member("ann", points=500), await a_member("ben", points=500), await a_challenge()
    stake = (await takes_up(ben, challenge, 300)).value
    await an_order("ben", 0.5, ref="B-1")
    await orders("ben", 2)
    await look(ben)
    await merge(ben, ann)
    before = await balance(ann)
    await take_in([await a_refund("ben", "B-1")])
    assert [one.id for one in await look(ben)] == [stake.id]
    assert await look(ann) == []
    assert before[0] - (await balance(ann))[0] >= 60
    await unmerge(ben)
    assert (await as_it_stands(stake)).taken_back_at is not None


async def test_what_an_operator_has_clawed_back_of_a_bonus_is_not_taken_twice() -> None:
    ann, challenge = await a_member("ann", points=500), await a_challenge()
    stake = (await takes_up(ann, challenge, 300)).value
    await an_order("ann", 0.5, ref="A-1")
    await orders("ann", 2)
    await look(ann)
    bonus = (await as_it_stands(stake)).bonus_entry_id
    asked: dict[str, Any] = {"key": uuid4(), "member_id": ann, "entry_id": bonus, "actor": "operator:olga"}
    await db.transact(clawing_back.claw_back_earning, points=45, reason="odd", **asked)
    await take_in([await a_refund("ann", "A-1")])
    await look(ann)
    async with db.read() as session:
        taken = await session.exec(select(Entry).where(Entry.member_id == ann, Entry.kind == EntryKind.CLAW_BACK))
        assert sorted(entry.points for entry in taken if entry.why["lot"] == str(bonus)) == [-45, -15]


async def test_a_merged_account_s_link_leads_nowhere_until_they_part() -> None:
    ann, ben, cai = await a_member("ann"), await a_member("ben"), await a_member("cai")
    plant = (await waters(ben)).value
    await merge(ben, ann)
    with pytest.raises(NotFound):
        await helps(cai, plant)
    await unmerge(ben)
    await helps(cai, plant)
    assert await grown_to(ben) == 15
