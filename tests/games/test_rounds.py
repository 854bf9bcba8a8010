"""A round is published before it opens, promises only what is set aside, and costs what its pool may cost."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from backend import schedule
from backend.games import closing_draws, fair_draw, pooling, published_terms, rounds, sealed_draws
from backend.games.models_draws import DrawRound, PoolKind
from backend.games.pooling import PoolBudgetExceeded
from backend.games.rounds import DrawsTooCostly, PrizeTooValuable, Promised
from backend.kit import clock, db
from backend.kit.errors import InvalidInput
from backend.ledger.book import KeyReused
from backend.rewards.why_not import OutOfStock
from tests.builders import the_terms_become
from tests.games.drawing import (
    THANKS,
    WORDS,
    a_pool,
    a_prize,
    a_round,
    an_open_round,
    as_it_stands,
    closes,
    draws,
    free_play,
    is_over_and_revealed,
    prizes_of,
    turn_to,
)
from tests.rewards.builders import a_member, a_reward, left_of

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
async def generous(database: str) -> None:
    await free_play()


async def test_what_is_published_says_everything_and_hides_the_seed() -> None:
    cup, pool = await a_reward("CUP", stock=5), await a_pool()
    drawn_round = await a_round(pool, a_prize(cup, pieces=4), Promised(weight=9, points=5))
    terms = json.loads(drawn_round.terms)
    assert terms["commitment"] == drawn_round.commitment == fair_draw.commitment(sealed_draws.seed_of(drawn_round))
    assert (terms["pool"], terms["round"], terms["points"], terms["rule"]) == ("BOX", 1, 50, "NEXT_DOWN")
    assert [(one["weight"], one["pieces"], one["points"]) for one in terms["prizes"]] == [(1, 4, 0), (9, None, 5)]
    assert drawn_round.seed is None
    assert sealed_draws.seed_of(drawn_round).hex() not in drawn_round.terms
    assert published_terms.terms_hash(drawn_round.terms) != published_terms.terms_hash(drawn_round.terms + " ")


async def test_a_round_is_published_a_while_before_it_opens() -> None:
    await free_play(notice_minutes=10)
    pool, soon = await a_pool(), clock.now() + timedelta(minutes=9)
    with pytest.raises(InvalidInput, match="10 minutes before"):
        await a_round(pool, Promised(weight=1, pieces=1, points=60), THANKS, opens_at=soon)
    await a_round(pool, Promised(weight=1, pieces=1, points=60), THANKS, opens_at=soon + timedelta(minutes=2))


async def test_the_same_key_is_the_same_round_and_another_wish_is_refused() -> None:
    pool, key, opens_at = await a_pool(), uuid4(), clock.now() + timedelta(minutes=1)
    asked: dict[str, Any] = {"key": key, "opens_at": opens_at, "closes_at": opens_at + timedelta(hours=1)}
    first = await a_round(pool, Promised(weight=1, pieces=1, points=60), THANKS, **asked)
    again = await a_round(pool, Promised(weight=1, pieces=1, points=60), THANKS, **asked)
    assert again.commitment == first.commitment
    with pytest.raises(KeyReused):
        await a_round(pool, Promised(weight=2, pieces=1, points=60), THANKS, **asked)
    with pytest.raises(KeyReused):
        await db.transact(
            pooling.create_draw_pool,
            key=pool.id,
            code="BOX",
            kind=PoolKind.LOTTERY,
            title=WORDS,
            points=50,
            budget_minor=1_000_000,
            weekly_limit=1000,
        )


async def test_rounds_follow_each_other_and_never_overlap() -> None:
    pool, prize = await a_pool(), Promised(weight=1, pieces=1, points=60)
    first = await a_round(pool, prize, THANKS)
    with pytest.raises(InvalidInput, match="not over by then"):
        await a_round(pool, prize, THANKS)
    second = await a_round(pool, prize, THANKS, opens_at=first.closes_at, closes_at=first.closes_at + timedelta(1))
    assert (first.number, second.number) == (1, 2)


THREE = [Promised(weight=1, pieces=2, points=100), Promised(weight=1, pieces=2, points=60), THANKS]


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        ([THANKS], "Between 2 and 20"),
        ([THREE[0]] * 21, "Between 2 and 20"),
        ([THREE[1], THREE[0], THANKS], "From the most to the least"),
        ([THREE[0], Promised(weight=1, pieces=3), THANKS], "a thank-you comes last"),
        ([THREE[0], THREE[1]], "The last prize"),
        ([Promised(weight=1, points=100), THANKS], "The last prize"),
        ([THREE[0], Promised(weight=1, points=50)], "fewer points than a draw"),
        ([Promised(weight=0, pieces=2, points=100), THANKS], "Weights from 1"),
        ([Promised(weight=1, pieces=0, points=100), THANKS], "pieces from 1"),
        ([Promised(weight=1, pieces=2, points=-1), THANKS], "A prize is"),
    ],
)
async def test_a_list_that_could_not_be_kept_is_refused(promised: Sequence[Promised], words: str) -> None:
    pool = await a_pool()
    with pytest.raises(InvalidInput, match=words):
        await a_round(pool, *promised)


async def test_a_round_takes_only_pieces_that_are_there() -> None:
    cup, pool = await a_reward("CUP", stock=3), await a_pool()
    with pytest.raises(OutOfStock):
        await a_round(pool, a_prize(cup, pieces=4), THANKS)
    assert await left_of(cup) == 3


async def test_no_prize_is_worth_more_than_a_prize_may_be() -> None:
    await free_play(prize_value_max_minor=5000)
    vase, pool = await a_reward("VASE", stock=3, value_minor=5001), await a_pool()
    with pytest.raises(PrizeTooValuable) as refused:
        await a_round(pool, a_prize(vase), THANKS)
    assert (refused.value.value_minor, refused.value.maximum_minor) == (5001, 5000)


async def test_a_draw_gives_away_no_more_on_average_than_it_costs() -> None:
    await free_play(expected_cost_max_bp=10_000)
    vase, pool = await a_reward("VASE", stock=3, value_minor=5000), await a_pool()
    with pytest.raises(DrawsTooCostly) as refused:
        await a_round(pool, a_prize(vase), Promised(weight=98))
    assert (refused.value.expected_minor, refused.value.maximum_minor) == (51, 50)
    await a_round(pool, a_prize(vase), Promised(weight=99))


async def test_all_rounds_of_a_pool_together_stay_within_its_budget() -> None:
    pool, vase = await a_pool(budget_minor=9999), await a_reward("VASE", stock=9, value_minor=5000)
    with pytest.raises(PoolBudgetExceeded) as refused:
        await a_round(pool, a_prize(vase, pieces=2), THANKS)
    assert (refused.value.worst_case_minor, refused.value.budget_minor) == (10_000, 9999)
    first = await an_open_round(pool, a_prize(vase, weight=100_000_000, pieces=1), THANKS)
    ann = await a_member("ann", points=100)
    with pytest.raises(PoolBudgetExceeded):
        await a_round(pool, a_prize(vase, pieces=1), THANKS, opens_at=first.closes_at, closes_at=first.closes_at + DAY)
    await draws(ann, pool)
    with pytest.raises(PoolBudgetExceeded):
        await a_round(pool, a_prize(vase, pieces=1), THANKS)
    with pytest.raises(PoolBudgetExceeded):
        await db.transact(pooling.change_draw_budget, pool_id=pool.id, budget_minor=4999)
    assert not (await db.transact(pooling.change_draw_budget, pool_id=pool.id, budget_minor=10_000)).replayed
    await a_round(pool, a_prize(vase, pieces=1), THANKS)


DAY = timedelta(days=1)


async def test_what_a_closed_round_did_not_give_away_may_be_promised_again() -> None:
    pool, prize = await a_pool(budget_minor=100), Promised(weight=1, pieces=1, points=100)
    await closes(await a_round(pool, prize, THANKS))
    await a_round(pool, prize, THANKS)


async def test_the_seed_is_revealed_when_the_round_is_over_and_not_before() -> None:
    pool = await a_pool()
    drawn_round = await an_open_round(pool, Promised(weight=1, pieces=1, points=60), THANKS)
    await schedule.reveal_seeds()
    assert (await as_it_stands(drawn_round)).seed is None
    with pytest.raises(AssertionError):
        await db.transact(closing_draws.reveal_seed, round_id=drawn_round.id)
    turn_to(drawn_round.closes_at)
    assert not await schedule.reveal_seeds()
    revealed = await as_it_stands(drawn_round)
    assert revealed.seed is not None and fair_draw.commitment(revealed.seed) == drawn_round.commitment
    assert (revealed.closed_at, revealed.seed_sealed) == (drawn_round.closes_at, None)
    assert (await db.transact(closing_draws.reveal_seed, round_id=drawn_round.id)).replayed


async def test_nothing_a_member_was_promised_is_ever_changed() -> None:
    ann, pool = await a_member("ann", points=500), await a_pool()
    drawn_round = await an_open_round(pool, Promised(weight=1, pieces=9, points=60), THANKS)
    await draws(ann, pool)
    await db.transact(pooling.change_draw_budget, pool_id=pool.id, budget_minor=5_000)
    revealed = await is_over_and_revealed(drawn_round)
    assert revealed.terms == drawn_round.terms == published_terms.text(pool, revealed, await prizes_of(revealed))


async def test_what_a_pool_shows_is_the_open_round_else_the_next_else_the_last() -> None:
    pool, prize = await a_pool(), Promised(weight=1, pieces=1, points=60)

    async def shown() -> tuple[int, int | None]:
        async with db.read() as session:
            found, checked = await rounds.current(session, pool.id), await rounds.last_revealed(session, pool.id)
        return found.number if found else 0, checked.number if checked else None

    assert await shown() == (0, None)
    first = await a_round(pool, prize, THANKS)
    await a_round(pool, prize, THANKS, opens_at=first.closes_at, closes_at=first.closes_at + DAY)
    assert await shown() == (1, None)
    turn_to(first.closes_at)
    await schedule.reveal_seeds()
    assert await shown() == (2, 1)
    turn_to(first.closes_at + DAY)
    assert await shown() == (2, 1)
    await schedule.reveal_seeds()
    async with db.read() as session:
        assert len((await session.exec(select(DrawRound.id))).all()) == 2


async def test_a_pools_own_limit_comes_from_the_terms_when_it_names_none() -> None:
    await the_terms_become(draws={"weekly_limit": 7})
    assert (await a_pool(weekly_limit=None)).weekly_limit == 7
    wrongs: list[dict[str, Any]] = [{"code": "box"}, {"points": 0}, {"title": {"en": "x"}}, {"budget_minor": 10**9}]
    for wrong in wrongs:
        with pytest.raises(InvalidInput):
            await a_pool(**{"code": "NEW", **wrong})
    with pytest.raises(InvalidInput, match="this code already"):
        await a_pool()
