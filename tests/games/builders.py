"""Challenges and plants, made by the product's own verbs."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.games import challenges, helping, plants, settling, stakes, staking, tending
from backend.games.models_challenges import Challenge, ChallengeKind, ChallengeStake
from backend.games.models_plant import Plant
from backend.kit import clock, db
from backend.kit.done import Done
from backend.ledger import freezing
from backend.programme import terms
from tests.builders import an_order

WORDS = {"zh_cn": "七天三单", "en": "Three orders in a week"}


async def a_challenge(**differing: Any) -> Challenge:
    """Three orders in seven days, 100 to 500 points at stake, 20 % of it to win, a day of grace."""
    moment = clock.now()
    offered: dict[str, Any] = {
        "kind": ChallengeKind.ORDERS,
        "title": WORDS,
        "story": WORDS,
        "goal": 3,
        "days": 7,
        "stake_minimum": 100,
        "stake_maximum": 500,
        "bonus_bp": 2000,
        "bonus_cap": 80,
        "bonus_budget": 1000,
        "opens_at": moment - timedelta(hours=1),
        "closes_at": moment + timedelta(days=30),
        "grace_hours": 24,
        **differing,
    }
    return (await db.transact(challenges.create_challenge, key=uuid4(), **offered)).value


async def takes_up(
    member_id: UUID, challenge: Challenge, stake: int = 100, *, key: UUID | None = None, agreed: bool = True
) -> Done[ChallengeStake]:
    asked: dict[str, Any] = {"member_id": member_id, "challenge_id": challenge.id, "stake": stake, "agreed": agreed}
    return await db.transact(staking.accept_challenge, key=key or uuid4(), **asked)


async def settle(*member_ids: UUID) -> int:
    """The worker's look at what is due of these members."""
    return await db.transact(settling.settle_due, member_ids=member_ids)


async def look(member_id: UUID) -> list[ChallengeStake]:
    """What happens at once after something she did."""
    return await db.transact(settling.settle_reached, member_id=member_id)


async def cancels(challenge: Challenge) -> Done[Challenge]:
    return await db.transact(challenges.cancel_challenge, challenge_id=challenge.id, reason="a mistake")


async def as_it_stands(stake: ChallengeStake) -> ChallengeStake:
    async with db.read() as session:
        return await stakes.one(session, stake.member_id, stake.id)


async def offered(challenge: Challenge) -> Challenge:
    async with db.read() as session:
        found = await challenges.find(session, challenge.id)
    assert found is not None
    return found


async def waters(member_id: UUID, key: UUID | None = None) -> Done[Plant]:
    return await db.transact(tending.water_plant, key=key or uuid4(), member_id=member_id)


async def helps(helper: UUID, plant: Plant | str, key: UUID | None = None) -> Done[Plant]:
    code = plant if isinstance(plant, str) else plant.code
    return await db.transact(helping.help_plant, key=key or uuid4(), member_id=helper, code=code)


async def harvests(member_id: UUID, key: UUID | None = None) -> Done[Plant]:
    return await db.transact(tending.harvest_plant, key=key or uuid4(), member_id=member_id)


async def plant_of(member_id: UUID) -> Plant | None:
    async with db.read() as session:
        return await plants.present(session, member_id)


async def grown_to(member_id: UUID) -> int:
    plant = await plant_of(member_id)
    return plant.growth if plant else 0


async def today() -> str:
    async with db.read() as session:
        return (await terms.in_force(session)).today().isoformat()


async def orders(member: str, number: int = 3, **more: Any) -> None:
    for _ in range(number):
        await an_order(member, 0.5, **more)


async def freeze(member_id: Any, *, thaw: bool = False) -> None:
    verb = freezing.unfreeze_account if thaw else freezing.freeze_account
    await db.transact(verb, key=uuid4(), member_id=member_id, reason="odd", actor="operator:olga")
