"""Challenges: the stake is agreed, capped and held; won or captured exactly once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from backend.games import staking
from backend.games.challenges import create_challenge
from backend.games.models_challenges import ChallengeKind, StakeState
from backend.games.staking import (
    AgreementNeeded,
    AlreadyTakenUp,
    ChallengeFull,
    ChallengeNotOpen,
    StakeOutOfRange,
    StakeOverCap,
)
from backend.kit import clock, db
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.models import Entry, Hold
from backend.ledger.posting import InsufficientPoints
from backend.members.enrolment import NotEnrolled
from tests.builders import a_member, an_order, balance, the_terms_become
from tests.games.builders import a_challenge, freeze, look, offered, orders, takes_up
from tests.tasks.days import turn_to

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


async def test_the_stake_is_held_and_nothing_is_debited() -> None:
    ann = await a_member("ann", points=1000)
    stake = (await takes_up(ann, await a_challenge(), 300)).value
    assert await balance(ann) == (700, 300)
    assert (stake.stake, stake.bonus, stake.state) == (300, 60, StakeState.RUNNING)
    async with db.read() as session:
        hold = (await session.exec(select(Hold).where(Hold.member_id == ann))).one()
    assert (hold.hold_id, hold.purpose, hold.points) == (stake.id, "CHALLENGE", 300)
    assert hold.lapses_at == stake.settle_at + timedelta(days=30)


async def test_the_same_key_stakes_once_and_another_body_is_noticed() -> None:
    ann, challenge, key = await a_member("ann", points=1000), await a_challenge(), uuid4()
    first = await takes_up(ann, challenge, 300, key=key)
    again = await takes_up(ann, challenge, 300, key=key)
    assert (again.value.id, again.replayed) == (first.value.id, True)
    assert await balance(ann) == (700, 300)
    with pytest.raises(KeyReused):
        await takes_up(ann, challenge, 200, key=key)


async def test_a_challenge_ends_at_midnight_after_its_whole_days() -> None:
    turn_to("2026-11-23 22:00")
    ann = await a_member("ann", points=1000)
    stake = (await takes_up(ann, await a_challenge(days=2, grace_hours=6))).value
    assert stake.ends_at.isoformat() == "2026-11-25T16:00:00+00:00"
    assert stake.settle_at - stake.ends_at == timedelta(hours=6)


@pytest.mark.parametrize(
    ("stake", "bonus"), [({"bonus_bp": 2000, "bonus_cap": 80}, 80), ({"bonus_bp": 1, "bonus_cap": 9}, None)]
)
async def test_the_bonus_follows_the_stake_up_to_its_cap(stake: dict[str, int], bonus: int | None) -> None:
    ann = await a_member("ann", points=1000)
    if bonus is None:
        with pytest.raises(InvalidInput):
            await a_challenge(**stake)
    else:
        assert (await takes_up(ann, await a_challenge(**stake), 500)).value.bonus == bonus


async def test_a_fixed_bonus_is_the_same_for_every_stake() -> None:
    ann = await a_member("ann", points=1000)
    challenge = await a_challenge(bonus_bp=None, bonus_cap=None, bonus_points=25)
    assert (await takes_up(ann, challenge, 500)).value.bonus == 25


@pytest.mark.parametrize(
    ("refusal", "asked", "differing", "at_once"),
    [
        (AgreementNeeded, {"agreed": False}, {}, 300),
        (StakeOutOfRange, {"stake": 99}, {}, 300),
        (StakeOutOfRange, {"stake": 501}, {}, 300),
        (InsufficientPoints, {"stake": 450}, {}, 450),
        (ChallengeNotOpen, {}, {"opens_at": timedelta(hours=1)}, 300),
        (ChallengeNotOpen, {}, {"closes_at": timedelta(seconds=-1)}, 300),
        (ChallengeFull, {"stake": 400}, {"bonus_budget": 79}, 5000),
        (StakeOverCap, {"stake": 301}, {}, 300),
    ],
)
async def test_what_is_refused_changes_nothing(
    refusal: type[Refused], asked: dict[str, Any], differing: dict[str, Any], at_once: int
) -> None:
    await the_terms_become(stakes_at_once_max=at_once)
    ann, window = await a_member("ann", points=420), {"opens_at": -2 * DAY, "closes_at": DAY}
    moments = {name: clock.now() + (differing.get(name) or ahead) for name, ahead in window.items()}
    challenge = await a_challenge(**{**differing, **moments})
    with pytest.raises(refusal):
        await takes_up(ann, challenge, **asked)
    assert await balance(ann) == (420, 0)
    assert (await offered(challenge)).joined == 0


async def test_refusals_carry_what_the_screen_needs() -> None:
    ann = await a_member("ann", points=9000)
    await the_terms_become(stakes_at_once_max=700)
    await takes_up(ann, await a_challenge(), 500)
    with pytest.raises(StakeOverCap) as over:
        await takes_up(ann, await a_challenge(), 300)
    assert over.value.left == 200
    with pytest.raises(StakeOutOfRange) as out:
        await takes_up(ann, await a_challenge(), 700)
    assert (out.value.minimum, out.value.maximum) == (100, 500)


async def test_who_is_frozen_or_never_agreed_to_the_terms_stakes_nothing() -> None:
    ann, challenge = await a_member("ann", points=500), await a_challenge()
    await freeze(ann)
    with pytest.raises(AccountFrozen):
        await takes_up(ann, challenge)
    await an_order("ben", 100)
    async with db.read() as session:
        ben = (await session.exec(select(Entry.member_id).where(Entry.member_id != ann))).first()
    assert ben is not None
    with pytest.raises(NotEnrolled):
        await takes_up(ben, challenge)


async def test_one_runs_at_a_time_and_only_so_often() -> None:
    ann, challenge = await a_member("ann", points=900), await a_challenge(times_per_member=2)
    for _ in range(2):
        await takes_up(ann, challenge)
        with pytest.raises(AlreadyTakenUp):
            await takes_up(ann, challenge)
        await orders("ann")
        assert len(await look(ann)) == 1
    with pytest.raises(AlreadyTakenUp):
        await takes_up(ann, challenge)


async def test_places_run_out() -> None:
    challenge = await a_challenge(places=1)
    await takes_up(await a_member("ann", points=900), challenge)
    with pytest.raises(ChallengeFull):
        await takes_up(await a_member("ben", points=900), challenge)


async def test_bonuses_never_promise_more_than_the_budget() -> None:
    challenge = await a_challenge(bonus_budget=100)
    await takes_up(await a_member("ann", points=900), challenge, 400)
    ben = await a_member("ben", points=900)
    with pytest.raises(ChallengeFull):
        await takes_up(ben, challenge, 200)
    await takes_up(ben, challenge, 100)
    assert (await offered(challenge)).promised == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"goal": 0},
        {"days": 0},
        {"days": 91},
        {"stake_minimum": 0},
        {"stake_maximum": 99},
        {"bonus_points": 5},
        {"bonus_bp": None, "bonus_cap": None},
        {"bonus_cap": None},
        {"bonus_cap": 0},
        {"bonus_budget": 19},
        {"places": 0},
        {"times_per_member": 0},
        {"grace_hours": 721},
        {"title": {"zh_cn": "", "en": "words"}},
        {"kind": ChallengeKind.CHECK_INS, "goal": 9},
    ],
)
async def test_a_challenge_that_makes_no_sense_is_not_offered(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await a_challenge(**wrong)


async def test_a_challenge_is_offered_once_per_key() -> None:
    challenge = await a_challenge()
    named = {"kind": ChallengeKind.ORDERS, "goal": 3, "days": 7, "stake_minimum": 100, "stake_maximum": 500}
    rest = {"bonus_bp": 2000, "bonus_cap": 80, "bonus_budget": 1000, "grace_hours": 24}
    window = {"opens_at": challenge.opens_at, "closes_at": challenge.closes_at}
    words = {"title": dict(challenge.title), "story": dict(challenge.story)}
    again = await db.transact(create_challenge, key=challenge.id, **named, **rest, **window, **words)  # type: ignore[arg-type]
    assert again.replayed
    with pytest.raises(KeyReused):
        await db.transact(create_challenge, key=challenge.id, **{**named, "goal": 4}, **rest, **window, **words)  # type: ignore[arg-type]


async def test_what_is_not_there_cannot_be_taken_up() -> None:
    ann = await a_member("ann", points=900)
    with pytest.raises(NotFound):
        await db.transact(
            staking.accept_challenge, key=uuid4(), member_id=ann, challenge_id=uuid4(), stake=100, agreed=True
        )
