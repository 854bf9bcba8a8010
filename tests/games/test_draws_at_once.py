"""Draws against the end of their round and against each other: in time or refused, never both, never twice."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any
from uuid import uuid4

import pytest

from backend.games import closing_draws
from backend.games.drawing import DrawRoundClosed
from backend.games.rounds import Promised
from backend.kit import db
from backend.kit.done import Done
from backend.ledger.book import KeyReused
from tests.builders import balance
from tests.games.drawing import THANKS, a_pool, a_prize, an_open_round, as_it_stands, closes, draws, free_play, made_in
from tests.rewards.builders import a_member, a_reward, left_of

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
AT_ONCE = 8
SOME = Promised(weight=1, pieces=900, points=15)


async def outcomes(acts: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    return await asyncio.gather(*acts, return_exceptions=True)


async def test_one_id_at_two_pools_at_once_is_one_draw() -> None:
    await free_play()
    ann, pools = await a_member("ann", points=5000), [await a_pool("BOX"), await a_pool("LOTTO")]
    for pool in pools:
        await an_open_round(pool, SOME, THANKS)
    for _ in range(5):
        draw_id = uuid4()
        told = await outcomes(draws(ann, pool, draw_id) for pool in pools for _ in range(2))
        assert Counter(type(one) for one in told) == {Done: 2, KeyReused: 2}


async def test_one_id_of_two_members_at_once_is_one_of_thems() -> None:
    await free_play()
    pools = [await a_pool("BOX"), await a_pool("LOTTO")]
    for pool in pools:
        await an_open_round(pool, SOME, THANKS)
    members, draw_id = [await a_member(name, points=500) for name in ("ann", "ben")], uuid4()
    told = await outcomes(draws(who, pool, draw_id) for who, pool in zip(members, pools, strict=True))
    assert Counter(type(one) for one in told) == {Done: 1, KeyReused: 1}
    paid = [(await balance(who))[0] for who in members]
    assert 500 in paid


async def test_draws_against_the_end_of_their_round_are_in_the_list_or_refused() -> None:
    await free_play()
    cup, pool = await a_reward("CUP", stock=50), await a_pool()
    drawn_round = await an_open_round(pool, a_prize(cup, weight=100_000_000, pieces=40), THANKS)
    members = [await a_member(f"m{number}", points=500) for number in range(AT_ONCE)]
    acts: list[Coroutine[Any, Any, Any]] = [draws(who, pool) for who in members for _ in range(2)]
    acts.insert(AT_ONCE, closes(drawn_round))
    told = await outcomes(acts)
    assert set(map(type, told)) <= {Done, DrawRoundClosed}
    await db.transact(closing_draws.reveal_seed, round_id=drawn_round.id)
    made = await made_in(drawn_round)
    drawn = len([one for one in told if isinstance(one, Done)]) - 1
    assert (len(made), (await as_it_stands(drawn_round)).drawn) == (drawn, drawn)
    assert sum([500 - (await balance(who))[0] for who in members]) == drawn * 50
    with pytest.raises(DrawRoundClosed):
        await draws(members[0], pool)
    assert await left_of(cup) == 50 - drawn


async def test_nobody_draws_from_a_round_whose_seed_is_being_told() -> None:
    """Whoever waits for the round while its seed is revealed finds it over: no draw knows the seed before."""
    await free_play()
    ann, pool = await a_member("ann", points=500), await a_pool()
    drawn_round = await an_open_round(pool, SOME, THANKS)
    held, go = asyncio.Event(), asyncio.Event()

    async def ends(session: Any) -> None:
        await closing_draws.close_draw_round(session, round_id=drawn_round.id)
        await closing_draws.reveal_seed(session, round_id=drawn_round.id)
        held.set()
        await go.wait()

    ending = asyncio.create_task(db.transact(ends))
    await held.wait()
    drawing = asyncio.create_task(draws(ann, pool))
    await asyncio.sleep(0.3)
    assert not drawing.done()
    go.set()
    await ending
    with pytest.raises(DrawRoundClosed):
        await drawing
    assert (await made_in(drawn_round), await balance(ann)) == ([], (500, 0))
