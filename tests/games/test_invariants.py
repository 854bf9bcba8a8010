"""The invariants see what would be wrong with draws: each seeded fault is found and named."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import invariants
from backend.games.rounds import Promised
from backend.kit import clock, db
from tests.games.drawing import THANKS, a_pool, a_prize, an_open_round, draws, free_play, is_over_and_revealed, turn_to
from tests.rewards.builders import a_member, a_reward


class Undone(Exception):
    """Takes the fault back."""


async def _look(session: AsyncSession, fault: str) -> None:
    await (await session.connection()).execute(text(fault))
    raise Undone("\n".join(await invariants.broken(session)))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("UPDATE draw_round SET seed = commitment_of_another", "not the one it committed to"),
        ("UPDATE draw_round SET seed = NULL", "in the open before its time, or missing"),
        ("UPDATE draw_prize SET weight = weight + 1 WHERE place = 0", "not what was published"),
        ("UPDATE draw_prize SET pieces = 8 WHERE place = 0", "not what was published"),
        ("UPDATE draw_round SET points = 40", "not what was published"),
        ('UPDATE draw_prize SET "left" = 0 WHERE place = 1', "are left"),
        ("UPDATE draw SET number = 9 WHERE number = 2", "not numbered from 1 to 3"),
        ("DELETE FROM draw WHERE number = 3", "not numbered from 1 to 3"),
        ("UPDATE draw SET fell_on = 2 WHERE number = 1", "draw 1 comes to another prize"),
        ("UPDATE draw SET hash = commitment_of_another WHERE number = 2", "draw 2 comes to another prize"),
        ("UPDATE entry SET points = -49 WHERE kind = 'BURN'", "of 50 points has no burn of as many"),
        ("UPDATE entry SET points = 61 WHERE kind = 'EARN'", "was not given its prize of 60 points"),
        ("UPDATE draw SET redemption_id = NULL", "and its redemption None disagree"),
    ],
)
async def test_a_fault_is_found_and_named(database: str, fault: str, words: str) -> None:
    await free_play()
    ann, cup, pool = await a_member("ann", points=500), await a_reward("CUP", stock=9), await a_pool()
    surely = a_prize(cup, weight=100_000_000, pieces=1)
    drawn_round = await an_open_round(pool, surely, Promised(weight=1, pieces=7, points=60), THANKS)
    for _ in range(3):
        await draws(ann, pool)
    await is_over_and_revealed(drawn_round)
    other = f"'{'ab' * 32}'" if database.startswith("sqlite") else f"'\\x{'ab' * 32}'"
    spoken = f"x{other}" if database.startswith("sqlite") else other
    with pytest.raises(Undone, match=words):
        await db.transact(_look, fault=fault.replace("commitment_of_another", spoken))


async def test_a_seed_kept_back_for_a_day_is_found(database: str) -> None:
    await free_play()
    pool = await a_pool()
    drawn_round = await an_open_round(pool, Promised(weight=1, pieces=7, points=60), THANKS)
    turn_to(drawn_round.closes_at + timedelta(hours=23, minutes=59))
    async with db.read() as session:
        assert await invariants.broken(session) == []
    turn_to(clock.now() + timedelta(minutes=2))
    async with db.read() as session:
        assert "never revealed" in "\n".join(await invariants.broken(session))
    turn_to(drawn_round.opens_at)
