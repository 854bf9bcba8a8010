"""Plants: finding them, planting one, and what any growth does to it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col, select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.models_plant import Plant, PlantCare, PlantHelp
from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.errors import Refused
from backend.members import families
from backend.members.models import Member
from backend.programme.plant_terms import PlantTerms

PLANT, CARE, HELP, MEMBER = table_of(Plant), table_of(PlantCare), table_of(PlantHelp), table_of(Member)
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""None that looks like another: a link may be read out."""
CODE_LENGTH = 16
"""31 to the 16th, about 79 bits: nobody finds a plant by trying."""
HELPERS_SHOWN = 10
FRESH = {"populate_existing": True}


class PlantGrown(Refused):
    """This plant is grown: it waits to be harvested."""


@dataclass(frozen=True)
class Today:
    """What has been done for a plant's member today."""

    acts: frozenset[str]
    """WATER, CHECK_IN, ORDER."""
    helps: int


async def present(session: AsyncSession, member_id: UUID) -> Plant | None:
    """Her plant that is not harvested yet, as it now stands; none before she planted her first."""
    query = select_rows(Plant).where(Plant.member_id == member_id, col(Plant.harvested_at).is_(None))
    return (await session.exec(query, execution_options=FRESH)).first()


async def by_code(session: AsyncSession, code: str) -> Plant | None:
    """The plant that a shared link names, harvested or not; none when nobody, or nobody any more, has such a link."""
    if len(code) != CODE_LENGTH or not set(code) <= set(LETTERS):
        return None
    here = MEMBER.c.erased_at.is_(None) & MEMBER.c.merged_into.is_(None)
    owners = select(MEMBER.c.id).where(here)
    query = select_rows(Plant).where(Plant.code == code, col(Plant.member_id).in_(owners))
    return (await session.exec(query, execution_options=FRESH)).first()


async def harvested(session: AsyncSession, member_id: UUID) -> int:
    """How many plants she has harvested."""
    parts = await families.part_ids(session, member_id)
    query = select(func.count()).where(PLANT.c.member_id.in_(parts), PLANT.c.harvested_at.is_not(None))
    return int((await (await session.connection()).execute(query)).scalar_one())


async def today(session: AsyncSession, member_id: UUID, day: date) -> Today:
    """What has been done today for the plant of this member."""
    connection = await session.connection()
    acts = select(CARE.c.act).where(CARE.c.member_id == member_id, CARE.c.day == day)
    helps = select(func.count()).where(HELP.c.member_id == member_id, HELP.c.day == day)
    done = frozenset((await connection.execute(acts)).scalars())
    return Today(done, int((await connection.execute(helps)).scalar_one()))


async def helpers(session: AsyncSession, plant: Plant) -> Sequence[Any]:
    """Who helped this plant last, as (nickname, growth, at); at most HELPERS_SHOWN."""
    query = (
        select(MEMBER.c.nickname, HELP.c.growth, HELP.c.at)
        .join(MEMBER, MEMBER.c.id == HELP.c.helper_id)
        .where(HELP.c.member_id == plant.member_id, HELP.c.number == plant.number)
        .order_by(HELP.c.at.desc(), HELP.c.helper_id)
        .limit(HELPERS_SHOWN)
    )
    return (await (await session.connection()).execute(query)).all()


async def plant_next(session: AsyncSession, member_id: UUID) -> Plant:
    """Plant her next one, under her account's lock."""
    query = select(func.coalesce(func.max(PLANT.c.number), 0)).where(PLANT.c.member_id == member_id)
    number = int((await (await session.connection()).execute(query)).scalar_one()) + 1
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    plant = Plant(member_id=member_id, number=number, code=code, planted_at=clock.now())
    session.add(plant)
    await session.flush()
    return plant


def grow(plant: Plant, growth: int, rules: PlantTerms) -> int:
    """Let the plant grow by `growth`, up to where it is grown, and return by how much it did."""
    by = max(0, min(growth, rules.goal - plant.growth))
    plant.growth, plant.version = plant.growth + by, plant.version + 1
    return by


def is_grown(plant: Plant, rules: PlantTerms) -> bool:
    """Whether it can be harvested."""
    return plant.growth >= rules.goal
