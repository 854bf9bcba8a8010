"""Drawing: once per draw id, paid for, given at once, never oversold, in measure."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.games import drawing, fair_draw, pooling, published_terms
from backend.games.drawing import CoolingDown, DrawLimitReached, DrawRoundClosed
from backend.games.fair_draw import SoldOutRule
from backend.games.models_draws import Draw, DrawPool
from backend.games.rounds import Promised
from backend.kit import clock, db
from backend.kit.done import Done
from backend.kit.errors import NotFound, Refused
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.posting import InsufficientPoints
from backend.members.enrolment import NotEnrolled
from backend.rewards import redemptions
from backend.rewards.models import RedemptionOrigin, RewardKind
from backend.rewards.redeeming import PriceChanged
from tests.builders import a_gift, balance, the_terms_become
from tests.games.drawing import (
    THANKS,
    a_pool,
    a_prize,
    a_round,
    an_open_round,
    as_it_stands,
    closes,
    draws,
    free_play,
    is_over_and_revealed,
    made_in,
    prizes_of,
    turn_to,
)
from tests.rewards.builders import a_member, a_reward, frozen, left_of

pytestmark = pytest.mark.usefixtures("database")
SURELY = 100_000_000
"""A weight beside which the last prize's is nothing."""


@pytest.fixture(autouse=True)
async def generous(database: str) -> None:
    await free_play()


async def test_a_draw_is_paid_for_and_its_reward_is_a_redemption_at_once() -> None:
    ann, cup = await a_member("ann", points=120), await a_reward("CUP", kind=RewardKind.COUPON, codes=5)
    pool = await a_pool()
    drawn_round = await an_open_round(pool, a_prize(cup, weight=SURELY), THANKS)
    assert await left_of(cup) == 2
    done = await draws(ann, pool)
    assert (done.replayed, done.value.number, done.value.given, done.value.points) == (False, 1, 0, 50)
    assert await balance(ann) == (70, 0)
    async with db.read() as session:
        assert done.value.redemption_id is not None
        won = await redemptions.one(session, ann, done.value.redemption_id)
    assert (won.points, won.sku, won.origin) == (0, "CUP", RedemptionOrigin.DRAW.value)
    assert [prize.left for prize in await prizes_of(drawn_round)] == [2, None]


async def test_points_that_are_drawn_come_at_once() -> None:
    ann, pool = await a_member("ann", points=50), await a_pool()
    await an_open_round(pool, Promised(weight=SURELY, pieces=9, points=80), THANKS)
    assert (await draws(ann, pool)).value.earned_id is not None
    assert await balance(ann) == (80, 0)


async def test_the_same_draw_id_is_the_same_draw_even_when_the_round_is_over() -> None:
    ann, pool, draw_id = await a_member("ann", points=500), await a_pool(), uuid4()
    drawn_round = await an_open_round(pool, Promised(weight=1, pieces=9, points=80), THANKS)
    first = await draws(ann, pool, draw_id)
    again = await draws(ann, pool, draw_id)
    await is_over_and_revealed(drawn_round)
    late = await draws(ann, pool, draw_id)
    assert (first.replayed, again.replayed, late.replayed) == (False, True, True)
    assert first.value.hash == again.value.hash == late.value.hash
    assert len(await made_in(drawn_round)) == 1


async def test_a_draw_id_is_one_members_and_one_pools() -> None:
    ann, ben, draw_id = await a_member("ann", points=500), await a_member("ben", points=500), uuid4()
    box, lottery = await a_pool(), await a_pool("LOTTERY")
    await an_open_round(box, Promised(weight=1, pieces=9, points=80), THANKS)
    await an_open_round(lottery, Promised(weight=1, pieces=9, points=80), THANKS)
    await draws(ann, box, draw_id)
    for member_id, pool in ((ben, box), (ann, lottery), (ben, lottery)):
        with pytest.raises(KeyReused):
            await draws(member_id, pool, draw_id)
    assert await balance(ben) == (500, 0)


@pytest.mark.parametrize("rule", SoldOutRule)
async def test_a_prize_that_is_gone_is_replaced_as_published_and_anyone_can_tell(rule: SoldOutRule) -> None:
    ann, pool = await a_member("ann", points=2000), await a_pool()
    promised = (Promised(weight=SURELY, pieces=1, points=90), Promised(weight=1, pieces=50, points=60), THANKS)
    drawn_round = await an_open_round(pool, *promised, rule=rule)
    for _ in range(3):
        await draws(ann, pool)
    made = await made_in(drawn_round)
    instead = 1 if rule is SoldOutRule.NEXT_DOWN else 2
    assert [(one.fell_on, one.given) for one in made] == [(0, 0), (0, instead), (0, instead)]
    revealed = await is_over_and_revealed(drawn_round)
    assert revealed.seed is not None and fair_draw.commitment(revealed.seed) == drawn_round.commitment
    messages = [fair_draw.message(pool.code, 1, one.id) for one in made]
    chances = published_terms.chances(await prizes_of(drawn_round))
    again = fair_draw.replay(revealed.seed, chances, rule, messages)
    assert [(one.digest, one.given) for one in again] == [(one.hash, one.given) for one in made]


def at_once(members: Sequence[UUID], pool: DrawPool, many: int) -> Iterator[Awaitable[Done[Draw]]]:
    """Draws of all of them at once: half as one process makes them, in line, half each on a connection of its own."""
    connections = asyncio.Semaphore(12)

    async def alone(member_id: UUID) -> Done[Draw]:
        async with connections:
            return await draws(member_id, pool)

    for number in range(many):
        member_id = members[number % len(members)]
        asked: dict[str, Any] = {"draw_id": uuid4(), "member_id": member_id, "pool_id": pool.id}
        yield alone(member_id) if number % 2 else db.transact_in_line("pool", drawing.draw, **asked)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_hundred_draws_at_once_never_give_more_than_the_three_pieces_there_are() -> None:
    cup, pool = await a_reward("CUP", stock=10), await a_pool()
    promised = (a_prize(cup, weight=50, pieces=3), Promised(weight=1, pieces=900, points=60), Promised(weight=50))
    drawn_round = await an_open_round(pool, *promised)
    members = [await a_member(f"M{number}", points=500, at_home=False) for number in range(20)]
    done = await asyncio.gather(*at_once(members, pool, 200))
    given = Counter(one.value.given for one in done)
    assert given[0] == 3 and sum(given.values()) == 200 and given[1] > 3
    assert sorted(one.value.number for one in done) == list(range(1, 201))
    assert [prize.left for prize in await prizes_of(drawn_round)] == [0, 900 - given[1], None]
    assert await left_of(cup) == 7


async def test_when_the_last_piece_goes_the_round_is_over() -> None:
    ann, pool = await a_member("ann", points=500), await a_pool()
    drawn_round = await an_open_round(pool, Promised(weight=SURELY, pieces=1, points=60), THANKS)
    await draws(ann, pool)
    with pytest.raises(DrawRoundClosed):
        await draws(ann, pool)
    assert (await as_it_stands(drawn_round)).closed_at is not None
    assert await balance(ann) == (510, 0)


async def test_pieces_nobody_won_can_be_redeemed_again() -> None:
    ann, cup, pool = await a_member("ann", points=500), await a_reward("CUP", stock=5), await a_pool()
    drawn_round = await an_open_round(pool, a_prize(cup, weight=SURELY, pieces=4), THANKS)
    await draws(ann, pool)
    assert await left_of(cup) == 1
    assert not (await closes(drawn_round)).replayed
    assert (await closes(drawn_round)).replayed
    assert await left_of(cup) == 4


async def test_nothing_is_drawn_before_a_round_opens_or_from_its_last_instant_on() -> None:
    ann, pool = await a_member("ann", points=500), await a_pool()
    drawn_round = await a_round(pool, Promised(weight=1, pieces=9, points=60), THANKS)
    with pytest.raises(DrawRoundClosed):
        await draws(ann, pool)
    turn_to(drawn_round.closes_at)
    with pytest.raises(DrawRoundClosed):
        await draws(ann, pool)
    assert await balance(ann) == (500, 0)


async def test_a_member_draws_so_often_a_week_and_again_from_monday() -> None:
    ann, pool = await a_member("ann", points=500), await a_pool(weekly_limit=2)
    turn_to(clock.now() + timedelta(days=1))
    drawn_round = await an_open_round(
        pool, Promised(weight=1, pieces=9, points=60), THANKS, closes_at=clock.now() + timedelta(days=30)
    )
    await draws(ann, pool)
    await draws(ann, pool)
    with pytest.raises(DrawLimitReached) as refused:
        await draws(ann, pool)
    assert refused.value.limit == 2
    turn_to(refused.value.resets_at - timedelta(seconds=1))
    with pytest.raises(DrawLimitReached):
        await draws(ann, pool)
    turn_to(refused.value.resets_at)
    await draws(ann, pool)
    await is_over_and_revealed(drawn_round)


async def test_after_heavy_play_comes_a_pause_whatever_the_pool() -> None:
    await free_play(cool_down_after=3, cool_down_window_minutes=10, cool_down_minutes=30)
    ann, box, lottery = await a_member("ann", points=900), await a_pool(), await a_pool("LOTTERY")
    for pool in (box, lottery):
        await an_open_round(pool, Promised(weight=1, pieces=90, points=60), THANKS)
    for pool in (box, lottery, box):
        last = await draws(ann, pool)
    with pytest.raises(CoolingDown) as refused:
        await draws(ann, lottery)
    assert refused.value.until == last.value.drawn_at + timedelta(minutes=30)
    turn_to(refused.value.until)
    await draws(ann, lottery)


async def test_slow_play_needs_no_pause() -> None:
    await free_play(cool_down_after=3, cool_down_window_minutes=10, cool_down_minutes=30)
    ann, pool = await a_member("ann", points=900), await a_pool()
    await an_open_round(pool, Promised(weight=1, pieces=90, points=60), THANKS)
    for _ in range(6):
        await draws(ann, pool)
        turn_to(clock.now() + timedelta(minutes=6))


async def _poor() -> Any:
    return {"member_id": await a_member("poor", points=49)}


async def _frozen() -> Any:
    await frozen(member_id := await a_member("frozen", points=90))
    return {"member_id": member_id}


async def _stranger() -> Any:
    from backend.members import enrolment

    member_id = (await db.transact(enrolment.first_sight, references=["stranger"]))["stranger"]
    await a_gift(member_id, 90)
    return {"member_id": member_id}


async def _another_price() -> Any:
    return {"member_id": await a_member("ann", points=90), "expected_points": 40}


async def _another_round() -> Any:
    return {"member_id": await a_member("ann", points=90), "round_id": uuid4()}


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (_poor, InsufficientPoints),
        (_frozen, AccountFrozen),
        (_stranger, NotEnrolled),
        (_another_price, PriceChanged),
        (_another_round, DrawRoundClosed),
    ],
)
async def test_a_no_takes_nothing_and_uses_up_no_number(
    who: Callable[[], Awaitable[Any]], refusal: type[Refused]
) -> None:
    pool = await a_pool()
    drawn_round = await an_open_round(pool, Promised(weight=SURELY, pieces=9, points=60), THANKS)
    asked = await who()
    before = await balance(asked["member_id"])
    with pytest.raises(refusal):
        await draws(pool=pool, **asked)
    assert await balance(asked["member_id"]) == before
    assert (await as_it_stands(drawn_round)).drawn == 0
    assert [prize.left for prize in await prizes_of(drawn_round)] == [9, None]


async def test_there_is_no_drawing_from_a_pool_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        await db.transact(drawing.draw, draw_id=uuid4(), member_id=await a_member("ann"), pool_id=uuid4())
    with pytest.raises(NotFound):
        await db.transact(pooling.change_draw_budget, pool_id=uuid4(), budget_minor=1)


async def test_a_prize_lives_as_long_as_the_terms_say_of_prizes() -> None:
    ann, pool = await a_member("ann", points=50), await a_pool()
    exception = {"earning": "PRIZE", "label": {"zh_cn": "奖品", "en": "Prizes"}, "policy": {"kind": "NEVER"}}
    await the_terms_become(expiry_exceptions=[exception])
    await an_open_round(pool, Promised(weight=SURELY, pieces=9, points=80), THANKS)
    await draws(ann, pool)
    turn_to(clock.now() + timedelta(days=1))
    assert await balance(ann) == (80, 0)
