"""What a member does for her own plant: watering it, growing it with what she does anyway, harvesting it."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import plants
from backend.games.models_plant import Plant, PlantCare
from backend.games.plants import FRESH, PlantGrown
from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import NotFound, Refused
from backend.ledger import posting
from backend.ledger.book import Book
from backend.members import enrolment, families
from backend.orders.models import Purchase
from backend.programme import terms
from backend.programme.plant_terms import PlantTerms
from backend.programme.terms import Terms

PURCHASE = table_of(Purchase)


class AlreadyWatered(Refused):
    """You have watered your plant today. Come back tomorrow."""


class PlantNotGrown(Refused):
    """Your plant is not grown yet."""


async def water_plant(session: AsyncSession, *, key: UUID, member_id: UUID) -> Done[Plant]:
    """Water her plant, once a day of the programme; the first watering plants it.

    The same key again returns the plant as it now stands. Raises AlreadyWatered, PlantGrown, AccountFrozen,
    NotEnrolled.
    """
    book = await posting.open_book(session, member_id)
    plant = await plants.present(session, member_id)
    if await _watered_with(session, member_id, key):
        return Done(plant or await _last(session, member_id), replayed=True)
    await enrolment.must_be_enrolled(session, member_id)
    book.must_move()
    programme = await terms.in_force(session)
    if "WATER" in (await plants.today(session, member_id, programme.today())).acts:
        raise AlreadyWatered
    if plant is not None and plants.is_grown(plant, programme.plant):
        raise PlantGrown
    plant = plant or await plants.plant_next(session, member_id)
    care(session, plant, programme, "WATER", day=programme.today(), key=key)
    return Done(plant)


async def harvest_plant(session: AsyncSession, *, key: UUID, member_id: UUID) -> Done[Plant]:
    """Harvest her grown plant for points and plant the next one, which is returned.

    The same key again returns her plant as it now stands. Raises PlantNotGrown, AccountFrozen, NotEnrolled, KeyReused.
    """
    name = f"harvest:{key}"
    book = await posting.open_book(session, member_id, name)
    plant = await plants.present(session, member_id)
    if book.already(name, {}) is not None:
        return Done(plant or await _last(session, member_id), replayed=True)
    await enrolment.must_be_enrolled(session, member_id)
    book.must_move()
    programme = await terms.in_force(session)
    if plant is None or not plants.is_grown(plant, programme.plant):
        raise PlantNotGrown
    _earn(book, name, plant, programme)
    await posting.write(session, [book])
    return Done(await plants.plant_next(session, member_id))


async def grow_by_check_in(session: AsyncSession, *, member_id: UUID, day: date) -> bool:
    """Let her plant grow because she checked in on `day`; False when it did already, or there is nothing to grow."""
    programme = await terms.in_force(session)
    return await _grow(session, member_id, programme, {day}, "CHECK_IN")


async def grow_by_orders(session: AsyncSession, *, member_id: UUID) -> bool:
    """Let her plant grow because of orders paid since it was planted, once for each of their days; again, nothing.

    As far back as the programme waits for late news.
    """
    programme = await terms.in_force(session)
    whose = await families.survivor(session, member_id)
    if not programme.plant.order or (plant := await plants.present(session, whose)) is None:
        return False
    since = max(plant.planted_at, clock.now() - timedelta(hours=programme.late_news_hours))
    query = select(PURCHASE.c.paid_at).where(
        PURCHASE.c.member_id.in_(await families.part_ids(session, whose)),
        PURCHASE.c.undone.is_(False),
        PURCHASE.c.paid_at >= since,
        PURCHASE.c.paid_at <= clock.now(),
    )
    days = {programme.day_of(paid_at) for paid_at in (await (await session.connection()).execute(query)).scalars()}
    return await _grow(session, member_id, programme, days, "ORDER")


def care(session: AsyncSession, plant: Plant, programme: Terms, act: str, *, day: date, key: UUID | None) -> None:
    """Note one act of care and let the plant grow by it."""
    by = plants.grow(plant, _growth_by(act, programme.plant), programme.plant)
    session.add(
        PlantCare(
            member_id=plant.member_id,
            day=day,
            act=act,
            number=plant.number,
            growth=by,
            key=key,
            at=clock.now(),
        )
    )


def _growth_by(act: str, rules: PlantTerms) -> int:
    return {"WATER": rules.water, "CHECK_IN": rules.check_in, "ORDER": rules.order}[act]


async def _grow(session: AsyncSession, member_id: UUID, programme: Terms, days: set[date], act: str) -> bool:
    whose = await families.survivor(session, member_id)
    if not _growth_by(act, programme.plant) or not days or await plants.present(session, whose) is None:
        return False
    await posting.open_books(session, [whose], with_lots=False)
    await families.must_still_be(session, {member_id: whose})
    grown = False
    for day in sorted(days):
        plant = await plants.present(session, whose)
        if plant is None or plants.is_grown(plant, programme.plant) or day < programme.day_of(plant.planted_at):
            continue
        if await session.get(PlantCare, (whose, day, act)) is None:
            care(session, plant, programme, act, day=day, key=None)
            await session.flush()
            grown = True
    return grown


async def _watered_with(session: AsyncSession, member_id: UUID, key: UUID) -> bool:
    query = select_rows(PlantCare).where(PlantCare.member_id == member_id, PlantCare.key == key)
    return (await session.exec(query)).first() is not None


async def _last(session: AsyncSession, member_id: UUID) -> Plant:
    query = select_rows(Plant).where(Plant.member_id == member_id).order_by(plants.PLANT.c.number.desc())
    found = (await session.exec(query, execution_options=FRESH)).first()
    if found is None:
        raise NotFound
    return found


def _earn(book: Book, name: str, plant: Plant, programme: Terms) -> None:
    moment = clock.now()
    entry = posting.earn(
        book,
        key=name,
        points=programme.plant.harvest_points,
        expires_at=programme.expires_at(moment, "PRIZE"),
        occurred_at=moment,
        actor="member",
        why={"code": "PLANT_HARVESTED", "number": plant.number},
        reference=plant.code,
    )
    plant.harvested_at, plant.entry_id, plant.version = moment, entry.entry_id, plant.version + 1
