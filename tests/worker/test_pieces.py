"""A sweep over many members goes in pieces that are short, so that nobody waits long for the locks of one."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule
from backend.kit import pacing
from backend.kit.pacing import Pace

pytestmark = pytest.mark.usefixtures("database")
MEMBERS = 150
EACH_SECONDS = 0.002


@pytest.mark.parametrize("at_once", [1, 2])
async def test_pieces_become_as_small_as_they_must_and_nobody_is_left_out(at_once: int) -> None:
    members, pieces = [uuid4() for _ in range(MEMBERS)], list[Sequence[UUID]]()

    async def is_slow(session: AsyncSession, *, member_ids: Sequence[UUID]) -> None:
        pieces.append(member_ids)
        await asyncio.sleep(EACH_SECONDS * len(member_ids))

    await schedule._act_on_all(is_slow, members, Pace(most=MEMBERS, size=60), at_once=at_once)
    taken = [one for piece in pieces for one in piece]
    assert sorted(taken) == sorted(members), "each once"
    assert at_once > 1 or taken == members, "the first to expire first"
    fitting = pacing.PIECE_SECONDS / EACH_SECONDS
    assert all(len(piece) <= fitting for piece in pieces[2 * at_once :])
