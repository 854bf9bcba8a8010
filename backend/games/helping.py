"""Helping a friend's plant through its link: once per friend and day, for so many friends and so many plants."""

from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import plants
from backend.games.facts import PlantHelped
from backend.games.models_plant import Plant, PlantHelp
from backend.games.plants import HELP, MEMBER, PlantGrown
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import NotFound, Refused
from backend.kit.rate_limit import allow
from backend.ledger import posting
from backend.ledger.book import Book, KeyReused
from backend.members import enrolment, families, nicknames
from backend.programme import terms
from backend.programme.terms import Terms

LOOKS_PER_ADDRESS = "120 per minute"
TRIES_PER_MEMBER = "30 per minute"


class OwnPlant(Refused):
    """This is your own plant: water it, and let friends help."""


class AlreadyHelped(Refused):
    """You have helped this plant today. Come back tomorrow."""


class EnoughHelpers(Refused):
    """So many friends have helped this plant today that it wants no more until tomorrow."""


class HelpedEnough(Refused):
    """You have helped as many plants today as one member can. Come back tomorrow."""


async def count_look(address: str) -> None:
    """Count one more plant looked up by its link from the network `address`. Raises TooManyRequests."""
    await allow("plant looked up", address, LOOKS_PER_ADDRESS)


async def count_try(member_id: UUID) -> None:
    """Count one more help tried by this member. Raises TooManyRequests."""
    await allow("plant helped", str(member_id), TRIES_PER_MEMBER)


async def help_plant(session: AsyncSession, *, key: UUID, member_id: UUID, code: str) -> Done[Plant]:
    """Let the plant that `code` names grow by a friend's help, and tell its member.

    The same key again returns the plant as it now stands. Nothing moves in the helper's books, so a frozen account may
    help too. Raises NotFound, OwnPlant, AlreadyHelped, PlantGrown, EnoughHelpers, HelpedEnough, NotEnrolled, KeyReused.
    """
    found = await plants.by_code(session, code)
    if found is None:
        raise NotFound
    if found.member_id in await families.part_ids(session, member_id):
        raise OwnPlant
    # Both accounts, by id: hers for what she has given today, the other's for what that plant has got.
    books = await posting.open_books(session, {member_id, found.member_id})
    if (first := await _helped_with(session, member_id, key)) is not None:
        return Done(await _same(session, first, found), replayed=True)
    await enrolment.must_be_enrolled(session, member_id)
    plant = await plants.present(session, found.member_id)
    programme = await terms.in_force(session)
    if plant is None or plant.number != found.number or plants.is_grown(plant, programme.plant):
        raise PlantGrown
    await _may(session, member_id, plant, programme)
    by = plants.grow(plant, programme.plant.help, programme.plant)
    session.add(_row(member_id, plant, programme, by, key))
    await _tell(session, books[plant.member_id], member_id, plant, by)
    await posting.write(session, books.values())
    return Done(plant)


async def given_today(session: AsyncSession, member_id: UUID, programme: Terms) -> int:
    """How many plants she has helped today, and whoever became one with her."""
    hers = await families.part_ids(session, member_id)
    query = select(func.count()).where(HELP.c.helper_id.in_(hers), HELP.c.day == programme.today())
    return int((await (await session.connection()).execute(query)).scalar_one())


async def has_helped_today(session: AsyncSession, member_id: UUID, plant: Plant, programme: Terms) -> bool:
    """Whether she has helped this member's plant today, or whoever became one with her."""
    hers = await families.part_ids(session, member_id)
    query = select(HELP.c.helper_id).where(
        HELP.c.member_id == plant.member_id, HELP.c.day == programme.today(), HELP.c.helper_id.in_(hers)
    )
    return (await (await session.connection()).execute(query.limit(1))).first() is not None


async def _may(session: AsyncSession, member_id: UUID, plant: Plant, programme: Terms) -> None:
    rules = programme.plant
    if await has_helped_today(session, member_id, plant, programme):
        raise AlreadyHelped
    if (await plants.today(session, plant.member_id, programme.today())).helps >= rules.helpers_a_day:
        raise EnoughHelpers
    if await given_today(session, member_id, programme) >= rules.helped_a_day:
        raise HelpedEnough


async def _helped_with(session: AsyncSession, member_id: UUID, key: UUID) -> PlantHelp | None:
    query = select_rows(PlantHelp).where(PlantHelp.helper_id == member_id, PlantHelp.key == key)
    return (await session.exec(query)).first()


async def _same(session: AsyncSession, first: PlantHelp, found: Plant) -> Plant:
    if (first.member_id, first.number) != (found.member_id, found.number):
        raise KeyReused
    await session.refresh(found)
    return found


def _row(member_id: UUID, plant: Plant, programme: Terms, growth: int, key: UUID) -> PlantHelp:
    return PlantHelp(
        member_id=plant.member_id,
        day=programme.today(),
        helper_id=member_id,
        number=plant.number,
        growth=growth,
        key=key,
        at=clock.now(),
    )


async def _tell(session: AsyncSession, book: Book, helper_id: UUID, plant: Plant, growth: int) -> None:
    query = select(MEMBER.c.nickname).where(MEMBER.c.id == helper_id)
    nickname = (await (await session.connection()).execute(query)).scalar_one()
    book.tell(
        PlantHelped(
            member_id=plant.member_id,
            plant=plant.number,
            version=plant.version,
            helper=nicknames.masked(nickname),
            growth=growth,
            grown_to=plant.growth,
        )
    )
