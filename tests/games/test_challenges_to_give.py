"""Points given to projects as a challenge's goal: what the books say was given, less what was reversed."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from backend.charity import reversing
from backend.charity.models import CharityProject
from backend.console import merging
from backend.games.models_challenges import Challenge, ChallengeKind, ChallengeStake
from backend.kit import db
from backend.kit.outbox import OutboxFact
from backend.reactions import REACTIONS
from tests.builders import a_member, balance
from tests.charity.giving import a_project, gives
from tests.games.builders import a_challenge, as_it_stands, look, settle, takes_up
from tests.tasks.days import turn_to

pytestmark = pytest.mark.usefixtures("database")
HANDLED: set[UUID] = set()


async def to_give(goal: int = 500, **differing: Any) -> Challenge:
    return await a_challenge(kind=ChallengeKind.DONATIONS, goal=goal, **differing)


async def react() -> None:
    """What follows from each fact that was announced since the last time, as the worker does it."""
    async with db.read() as session:
        new = [row for row in await session.exec(select(OutboxFact)) if row.id not in HANDLED]
    HANDLED.update(row.id for row in new)
    for row in new:
        for reaction in REACTIONS.get(row.name, ()):
            await db.transact(reaction, row.body)


async def reverses(donation_id: UUID) -> None:
    asked: dict[str, Any] = {"reason": "a mistake", "actor": "operator:olga"}
    await db.transact(reversing.reverse_donation, key=uuid4(), donation_id=donation_id, **asked)


async def given(member_id: UUID, project: CharityProject, points: int) -> UUID:
    return (await gives(member_id, project, points)).value.donation.id


async def state_of(stake: ChallengeStake) -> tuple[str, int | None, bool]:
    now = await as_it_stands(stake)
    return now.state, now.counted, now.taken_back_at is not None


async def test_points_given_to_any_project_win_it_at_once() -> None:
    ann, ben = await a_member("ann", points=2000), await a_member("ben", points=2000)
    books, trees = await a_project("BOOKS"), await a_project("TREES")
    await given(ann, books, 400)
    stake = (await takes_up(ann, await to_give(), 300)).value
    await given(ann, books, 300)
    await given(ben, books, 500)
    await react()
    assert await state_of(stake) == ("RUNNING", None, False), "what she gave before, or others gave, does not count"
    await given(ann, trees, 200)
    await react()
    await react()
    assert await state_of(stake) == ("WON", 500, False)
    assert await balance(ann) == (2000 - 400 - 300 - 200 + 60, 0)


async def test_what_is_reversed_does_not_count() -> None:
    turn_to("2026-11-23 10:00")
    ann, books = await a_member("ann", points=2000), await a_project("BOOKS")
    stake = (await takes_up(ann, await to_give(days=1, grace_hours=0), 300)).value
    mistake = await given(ann, books, 300)
    await reverses(mistake)
    await given(ann, books, 200)
    await react()
    turn_to("2026-11-25 00:00")
    await given(ann, books, 400)
    assert await settle(ann) == 1
    assert await state_of(stake) == ("LOST", 200, False)


async def test_a_bonus_won_by_a_donation_that_is_reversed_is_taken_back_once() -> None:
    ann, books = await a_member("ann", points=2000), await a_project("BOOKS")
    stake = (await takes_up(ann, await to_give(), 300)).value
    mistake = await given(ann, books, 500)
    await react()
    assert await balance(ann) == (2000 - 500 + 60, 0)
    await reverses(mistake)
    await react()
    assert await look(ann) == []
    assert (await state_of(stake), await balance(ann)) == (("WON", 500, True), (2000, 0))


async def test_what_either_account_gives_counts_for_a_stake_taken_up_together() -> None:
    ann, ben = await a_member("ann", points=900), await a_member("ben", points=900)
    await db.transact(
        merging.merge_members, key=uuid4(), member_id=ben, into_id=ann, reason="one", actor="operator:olga"
    )
    stake, books = (await takes_up(ann, await to_give(), 300)).value, await a_project("BOOKS")
    await given(ann, books, 500)
    assert [one.id for one in await look(ben)] == [stake.id]
