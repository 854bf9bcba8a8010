"""The plant on the wire: her own, and a friend's by its link."""

from typing import Any
from uuid import UUID

import strawberry
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import helping, models_plant, plants, tending
from backend.kit import db
from backend.kit.errors import Refused
from backend.kit.graphql import (
    Info,
    Moment,
    Outcome,
    Points,
    Refusal,
    assembled,
    member_of,
    perform,
    refusal,
    refusal_of,
)
from backend.members import families, nicknames
from backend.members.graphql import MemberEdge, MemberRef
from backend.members.models import Member
from backend.programme import terms
from backend.programme.terms import Terms

KEY = "Made on the phone; the same one again is the same act. A refusal does not use it up."


@refusal(plants.PlantGrown)
class PlantGrown(Refusal):
    pass


@refusal(tending.AlreadyWatered)
class AlreadyWatered(Refusal):
    pass


@refusal(tending.PlantNotGrown)
class PlantNotGrown(Refusal):
    pass


@refusal(helping.OwnPlant)
class OwnPlant(Refusal):
    pass


@refusal(helping.AlreadyHelped)
class AlreadyHelped(Refusal):
    pass


@refusal(helping.EnoughHelpers)
class EnoughHelpers(Refusal):
    pass


@refusal(helping.HelpedEnough)
class HelpedEnough(Refusal):
    pass


@strawberry.type(description="A friend's help.")
class PlantHelper:
    alias: str = strawberry.field(description="Her nickname's first letter.")
    growth: int = strawberry.field(description="What it added.")
    at: Moment = strawberry.field(description="When.")


@strawberry.type(description="How a plant stands: the higher version is the later one.")
class PlantStanding:
    number: int = strawberry.field(description="1 for her first.")
    version: int = strawberry.field(description="Counts what happened to it.")
    growth: int = strawberry.field(description="How far it has grown, up to `goal`.")
    goal: int = strawberry.field(description="Grown, it is harvested.")
    stage: int = strawberry.field(description="0 to `stages` - 1; in the last it is grown.")
    stages: int = strawberry.field(description="How many stages there are.")
    harvested: bool = strawberry.field(description="It has been harvested: another one grows since.")
    helps_left_today: int = strawberry.field(description="How many more friends may help it today.")


@strawberry.type(description="What makes a plant grow, and what it gives.")
class PlantRules:
    water: int = strawberry.field(description="Her own watering, once a day.")
    check_in: int = strawberry.field(description="A check-in, once a day.")
    order: int = strawberry.field(description="A day with a paid order.")
    help: int = strawberry.field(description="Each friend who helps, once a day.")
    helpers_a_day: int = strawberry.field(description="How many friends may help in a day.")
    harvest_points: Points = strawberry.field(description="What a harvest earns.")


@strawberry.type(description="The member's own plant.")
class Plant:
    standing: PlantStanding | None = strawberry.field(description="Null before the first watering, which plants it.")
    code: str | None = strawberry.field(description="For the link /plant/CODE: whoever has it can help.")
    rules: PlantRules = strawberry.field(description="As they are in force.")
    watered_today: bool = strawberry.field(description="Whether she has watered today.")
    checked_in_today: bool = strawberry.field(description="Whether today's check-in has made it grow.")
    ordered_today: bool = strawberry.field(description="Whether today's order has made it grow.")
    helpers: list[PlantHelper] = strawberry.field(description="Who helped it last, at most 10.")
    harvested: int = strawberry.field(description="How many she has harvested.")


@strawberry.type(description="A plant as whoever has its link sees it.")
class SharedPlant:
    alias: str = strawberry.field(description="Its member's nickname, the first letter of it.")
    standing: PlantStanding = strawberry.field(description="How it stands.")
    mine: bool = strawberry.field(description="It is the plant of the member who asks.")
    helped_today: bool = strawberry.field(description="She who asks has helped it today.")
    help_growth: int = strawberry.field(description="What one help adds.")


@strawberry.input(description="Watering one's own plant.")
class WaterPlantInput:
    idempotency_key: UUID = strawberry.field(description=KEY)


@strawberry.input(description="Harvesting one's own plant.")
class HarvestPlantInput:
    idempotency_key: UUID = strawberry.field(description=KEY)


@strawberry.input(description="Helping the plant of a shared link.")
class HelpPlantInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    code: str = strawberry.field(description="From the link.")


@strawberry.type(description="Her plant as it now stands, or why nothing happened.")
class PlantPayload:
    member_id: strawberry.Private[UUID]
    refusal: Refusal | None = strawberry.field(description="Why not; null when it is done.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")

    @strawberry.field(description="Her plant right after.")
    async def plant(self) -> Plant:
        return await plant_view(self.member_id)

    @strawberry.field(description="The member right after.")
    def member(self) -> MemberRef:
        return assembled("Member")(member_id=self.member_id)


@strawberry.type(description="The friend's plant as it now stands, or why nothing happened.")
class HelpPlantPayload:
    refusal: Refusal | None = strawberry.field(description="Why not; null when it helped.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")
    plant: SharedPlant | None = strawberry.field(description="Null when there is none with this link.")


@strawberry.type
class PlantFragment(MemberEdge):
    @strawberry.field(description="Her plant, and what makes it grow.")
    async def plant(self) -> Plant:
        return await plant_view(self.member_id)


@strawberry.type
class PlantQuery:
    @strawberry.field(
        description="The plant of a shared link, for everyone; null when there is none. 120 looks a minute from one "
        "address; beyond, null too."
    )
    async def plant_by_code(self, info: Info, code: str) -> SharedPlant | None:
        try:
            await helping.count_look(info.context.ip)
        except Refused:
            return None
        return await _shared(code, info.context.identity.member_id)


@strawberry.type
class PlantMutation:
    @strawberry.mutation(
        description="Water her plant, once a day; the first watering plants it. Refused as ALREADY_WATERED, "
        "PLANT_GROWN, ACCOUNT_FROZEN or NOT_ENROLLED."
    )
    async def water_plant(self, info: Info, input: WaterPlantInput) -> PlantPayload:  # noqa: A002
        return await _act(info, tending.water_plant, input.idempotency_key)

    @strawberry.mutation(
        description="Harvest her grown plant for points; the next one is planted. Refused as PLANT_NOT_GROWN, "
        "ACCOUNT_FROZEN or NOT_ENROLLED."
    )
    async def harvest_plant(self, info: Info, input: HarvestPlantInput) -> PlantPayload:  # noqa: A002
        return await _act(info, tending.harvest_plant, input.idempotency_key)

    @strawberry.mutation(
        description="Help the plant of a shared link, once a day each. Refused as OWN_PLANT, ALREADY_HELPED, "
        "PLANT_GROWN, ENOUGH_HELPERS, HELPED_ENOUGH, NOT_ENROLLED, KEY_REUSED, NOT_FOUND or TOO_MANY_REQUESTS."
    )
    async def help_plant(self, info: Info, input: HelpPlantInput) -> HelpPlantPayload:  # noqa: A002
        member_id = member_of(info)
        try:
            await helping.count_try(member_id)
        except Refused as refused:
            return HelpPlantPayload(refusal=refusal_of(refused), replayed=False, plant=None)
        given = {"key": input.idempotency_key, "member_id": member_id, "code": input.code}
        outcome: Outcome[Any] = await perform(helping.help_plant, **given)
        shared = await _shared(input.code, member_id)
        return HelpPlantPayload(refusal=outcome.refusal, replayed=outcome.replayed, plant=shared)


async def plant_view(member_id: UUID) -> Plant:
    """Her plant as it now stands."""
    async with db.read() as session:
        programme = await terms.in_force(session)
        row = await plants.present(session, member_id)
        today = await plants.today(session, member_id, programme.today())
        helpers = await plants.helpers(session, row) if row else []
        harvested = await plants.harvested(session, member_id)
        standing = await _standing(session, row, programme) if row else None
    return Plant(
        standing=standing,
        code=row.code if row else None,
        rules=_rules(programme),
        watered_today="WATER" in today.acts,
        checked_in_today="CHECK_IN" in today.acts,
        ordered_today="ORDER" in today.acts,
        helpers=[PlantHelper(alias=nicknames.masked(one.nickname), growth=one.growth, at=one.at) for one in helpers],
        harvested=harvested,
    )


async def _act(info: Info, verb: Any, key: UUID) -> PlantPayload:
    member_id = member_of(info)
    outcome: Outcome[Any] = await perform(verb, key=key, member_id=member_id)
    return PlantPayload(member_id=member_id, refusal=outcome.refusal, replayed=outcome.replayed)


async def _shared(code: str, member_id: UUID | None) -> SharedPlant | None:
    async with db.read() as session:
        row = await plants.by_code(session, code)
        if row is None:
            return None
        programme, owner = await terms.in_force(session), await session.get_one(Member, row.member_id)
        mine = member_id is not None and row.member_id in await families.part_ids(session, member_id)
        helped = member_id is not None and await helping.has_helped_today(session, member_id, row, programme)
        return SharedPlant(
            alias=nicknames.masked(owner.nickname),
            standing=await _standing(session, row, programme),
            mine=mine,
            helped_today=helped,
            help_growth=programme.plant.help,
        )


async def _standing(session: AsyncSession, row: models_plant.Plant, programme: Terms) -> PlantStanding:
    rules = programme.plant
    helps = (await plants.today(session, row.member_id, programme.today())).helps
    return PlantStanding(
        number=row.number,
        version=row.version,
        growth=min(row.growth, rules.goal),
        goal=rules.goal,
        stage=rules.stage(row.growth),
        stages=len(rules.stages),
        harvested=row.harvested_at is not None,
        helps_left_today=max(0, rules.helpers_a_day - helps),
    )


def _rules(programme: Terms) -> PlantRules:
    rules = programme.plant
    names = ("water", "check_in", "order", "help", "helpers_a_day", "harvest_points")
    return PlantRules(**{name: getattr(rules, name) for name in names})
