"""What becomes of draws when accounts become one, when a member takes her data away, and when she leaves."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from backend.console import merging, unmerging
from backend.games import draws_made, playing
from backend.games.drawing import DrawLimitReached
from backend.games.models_draws import Draw, DrawPool
from backend.games.rounds import Promised
from backend.kit import db
from backend.privacy import erasing, exporting
from backend.programme import terms
from tests.builders import balance
from tests.games.drawing import (
    THANKS,
    a_pool,
    a_prize,
    an_open_round,
    draws,
    free_play,
    is_over_and_revealed,
    made_in,
)
from tests.rewards.builders import a_member, a_reward

pytestmark = pytest.mark.usefixtures("database")
SURELY = 100_000_000
OLGA: dict[str, Any] = {"reason": "one person", "actor": "operator:olga"}


async def a_box(weekly_limit: int = 3) -> tuple[DrawPool, Any]:
    await free_play()
    cup, pool = await a_reward("CUP", stock=9), await a_pool(weekly_limit=weekly_limit)
    prizes = (a_prize(cup, weight=SURELY, pieces=1), Promised(weight=1, pieces=9, points=60), THANKS)
    return pool, await an_open_round(pool, *prizes)


async def hers(member_id: UUID) -> list[Draw]:
    async with db.read() as session:
        return list(await draws_made.of_member(session, member_id, None, 50))


async def test_who_became_one_sees_the_draws_of_both_and_has_one_weeks_measure() -> None:
    pool, _ = await a_box()
    ann, twin = await a_member("ann", points=500), await a_member("twin", points=500)
    first, draw_id = (await draws(ann, pool)).value, uuid4()
    second = (await draws(twin, pool, draw_id)).value
    await db.transact(merging.merge_members, key=uuid4(), member_id=twin, into_id=ann, **OLGA)
    assert {one.id for one in await hers(ann)} == {first.id, second.id}
    again = await draws(ann, pool, draw_id)
    assert again.replayed and again.value.member_id == twin
    async with db.read() as session:
        measure = (await playing.played(session, ann, [pool], await terms.in_force(session)))[pool.id]
    assert (measure.this_week, measure.left) == (2, 1)
    await draws(ann, pool)
    with pytest.raises(DrawLimitReached):
        await draws(ann, pool)


async def test_taken_apart_each_has_her_own_draws_and_the_books_add_up() -> None:
    pool, _ = await a_box()
    ann, twin = await a_member("ann", points=500), await a_member("twin", points=500)
    await draws(twin, pool)
    await db.transact(merging.merge_members, key=uuid4(), member_id=twin, into_id=ann, **OLGA)
    await draws(ann, pool)
    await db.transact(unmerging.unmerge_members, key=uuid4(), member_id=twin, **OLGA)
    assert [len(await hers(one)) for one in (ann, twin)] == [1, 1]
    assert (await balance(ann), await balance(twin)) == ((510, 0), (450, 0))


async def test_she_takes_her_draws_away() -> None:
    pool, _ = await a_box()
    ann, ben = await a_member("ann", points=500), await a_member("ben", points=500)
    mine = (await draws(ann, pool)).value
    await draws(ben, pool)
    found = orjson.loads(b"".join([piece async for piece in exporting.export(ann)]))
    [one] = found["draws"]
    assert (one["id"], one["hash"], one["number"]) == (str(mine.id), mine.hash.hex(), 1)


async def test_when_she_leaves_her_prize_goes_back_and_the_round_can_still_be_computed() -> None:
    pool, drawn_round = await a_box()
    ann, ben = await a_member("ann", points=500), await a_member("ben", points=500)
    await draws(ann, pool)
    await draws(ben, pool)
    await db.transact(erasing.erase_member, member_id=ann, actor="operator:olga", reason="she asked")
    revealed = await is_over_and_revealed(drawn_round)
    assert revealed.revealed_at is not None
    assert [one.number for one in await made_in(drawn_round)] == [1, 2]
    assert await balance(ann) == (0, 0)
