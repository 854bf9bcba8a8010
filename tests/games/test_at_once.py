"""Many at once about one stake or one plant: settled once, taken up once, helped once each."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any
from uuid import uuid4

import pytest

from backend.games import settling
from backend.games.helping import AlreadyHelped, EnoughHelpers, HelpedEnough
from backend.games.staking import AlreadyTakenUp, ChallengeFull
from backend.kit import db
from backend.kit.done import Done
from backend.programme.plant_terms import PlantTerms
from tests.builders import a_member, a_refund, balance, take_in, the_terms_become
from tests.games.builders import (
    a_challenge,
    as_it_stands,
    cancels,
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

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
AT_ONCE = 8


async def outcomes(acts: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    return await asyncio.gather(*acts, return_exceptions=True)


async def test_taken_up_at_once_with_many_keys_it_is_staked_once() -> None:
    ann, challenge = await a_member("ann", points=5000), await a_challenge()
    told = await outcomes(takes_up(ann, challenge, 100) for _ in range(AT_ONCE))
    assert Counter(map(type, told)) == {Done: 1, AlreadyTakenUp: AT_ONCE - 1}
    assert await balance(ann) == (4900, 100)


async def test_one_key_at_once_is_one_stake() -> None:
    ann, challenge, key = await a_member("ann", points=5000), await a_challenge(), uuid4()
    told = await outcomes(takes_up(ann, challenge, 100, key=key) for _ in range(AT_ONCE))
    assert Counter(done.replayed for done in told) == {False: 1, True: AT_ONCE - 1}
    assert await balance(ann) == (4900, 100)


async def test_a_rush_takes_no_more_places_and_promises_no_more_than_there_is() -> None:
    challenge = await a_challenge(places=6, bonus_budget=80)
    members = [await a_member(f"m{n}", points=500) for n in range(AT_ONCE)]
    told = await outcomes(takes_up(member_id, challenge, 100) for member_id in members)
    assert Counter(map(type, told)) == {Done: 4, ChallengeFull: AT_ONCE - 4}
    assert ((await offered(challenge)).joined, (await offered(challenge)).promised) == (4, 80)


async def test_two_workers_and_a_reaction_settle_a_stake_once() -> None:
    turn_to("2026-11-23 10:00")
    challenge = await a_challenge(days=1, grace_hours=0)
    members = [await a_member(f"m{n}", points=500) for n in range(4)]
    stakes = [(await takes_up(member_id, challenge, 100)).value for member_id in members]
    for winner in ("m0", "m1"):
        await orders(winner)
    turn_to("2026-11-25 00:01")
    acts = [*(settle(*members) for _ in range(3)), *(look(member_id) for member_id in members)]
    told = await outcomes(acts)
    assert [one for one in told if isinstance(one, BaseException)] == []
    assert [(await as_it_stands(one)).state for one in stakes] == ["WON", "WON", "LOST", "LOST"]
    assert [(await balance(member_id)) for member_id in members] == [(520, 0), (520, 0), (400, 0), (400, 0)]


async def test_a_crash_between_the_acts_of_a_settlement_leaves_nothing_half_done() -> None:
    turn_to("2026-11-23 10:00")
    ann, challenge = await a_member("ann", points=500), await a_challenge(days=1, grace_hours=0)
    stake = (await takes_up(ann, challenge, 100)).value
    turn_to("2026-11-25 00:01")

    async def die_at_the_end(session: Any) -> None:
        await settling.settle_due(session, member_ids=[ann])
        raise ConnectionError("the worker is gone")

    with pytest.raises(ConnectionError):
        await db.transact(die_at_the_end)
    assert ((await as_it_stands(stake)).state, await balance(ann)) == ("RUNNING", (400, 100))
    assert await settle(ann) == 1
    assert ((await as_it_stands(stake)).state, await balance(ann)) == ("LOST", (400, 0))


async def test_winning_and_cancelling_and_a_refund_at_once_end_in_one_of_the_ways_there_are() -> None:
    ann, challenge = await a_member("ann", points=500), await a_challenge()
    stake = (await takes_up(ann, challenge, 100)).value
    await orders("ann", 2)
    last = await a_refund("ann", "last")
    await orders("ann", 1, ref="last")
    told = await outcomes([look(ann), cancels(challenge), settle(ann), take_in([last]), look(ann), settle(ann)])
    assert [one for one in told if isinstance(one, BaseException)] == []
    await settle(ann)
    await look(ann)
    ended = await as_it_stands(stake)
    assert (ended.state, ended.taken_back_at is not None) in {("CANCELLED", False), ("WON", True)}
    assert await balance(ann) == (500, 0)


async def test_fifty_friends_at_once_help_one_plant_each_once_up_to_the_day_s_number() -> None:
    await the_terms_become(plant={**PlantTerms().model_dump(), "helpers_a_day": 20})
    ann = await a_member("ann")
    plant = (await waters(ann)).value
    friends = [await a_member(f"f{n}") for n in range(25)]
    told = await outcomes(helps(friend, plant) for friend in friends for _ in range(2))
    kinds = Counter(map(type, told))
    assert kinds[Done] == 20
    assert set(kinds) <= {Done, AlreadyHelped, EnoughHelpers}
    assert await grown_to(ann) == 10 + 20 * 5


async def test_one_friend_helping_many_plants_at_once_helps_no_more_than_she_may() -> None:
    plants = [(await waters(await a_member(f"m{n}"))).value for n in range(AT_ONCE)]
    dan = await a_member("dan")
    told = await outcomes(helps(dan, plant) for plant in plants)
    assert Counter(map(type, told)) == {Done: 5, HelpedEnough: AT_ONCE - 5}


async def test_two_who_help_one_another_at_once_do_not_wait_in_a_ring() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    mine, his = (await waters(ann)).value, (await waters(ben)).value
    told = await outcomes([helps(ann, his), helps(ben, mine)])
    assert [type(one) for one in told] == [Done, Done]
