"""The plant grows by what its member does and by friends' help, each once a day, and is harvested once."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from backend.games import tending
from backend.games.helping import AlreadyHelped, EnoughHelpers, HelpedEnough, OwnPlant
from backend.games.models_plant import Plant, PlantHelp
from backend.games.plants import PlantGrown
from backend.games.tending import AlreadyWatered, PlantNotGrown
from backend.kit import db
from backend.kit.errors import NotFound
from backend.kit.outbox import OutboxFact
from backend.ledger import freezing
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.models import Entry
from backend.programme.plant_terms import PlantTerms
from backend.reactions import REACTIONS
from tests.builders import a_member, an_order, balance, the_terms_become
from tests.games.builders import grown_to, harvests, helps, plant_of, waters
from tests.tasks.days import check_in, repair, turn_to

pytestmark = pytest.mark.usefixtures("database")


async def small(**more: Any) -> None:
    """A plant that is grown at 20: two waterings."""
    await the_terms_become(plant={**PlantTerms().model_dump(), "stages": [0, 10, 20], **more})


async def react(name: str, **body: Any) -> None:
    """What the worker does about a fact."""
    for reaction in REACTIONS[name]:
        await db.transact(reaction, body)


async def test_the_first_watering_plants_it_and_a_day_has_one_watering() -> None:
    turn_to("2026-11-23 10:00")
    ann, key = await a_member("ann"), uuid4()
    assert await plant_of(ann) is None
    plant = (await waters(ann, key)).value
    assert (plant.number, plant.growth) == (1, 10)
    assert (await waters(ann, key)).replayed
    with pytest.raises(AlreadyWatered):
        await waters(ann)
    turn_to("2026-11-23 23:59")
    with pytest.raises(AlreadyWatered):
        await waters(ann)
    turn_to("2026-11-24 00:00")
    assert (await waters(ann)).value.growth == 20


async def test_a_check_in_and_a_day_with_an_order_make_it_grow_once_each() -> None:
    turn_to("2026-11-23 10:00")
    ann = await a_member("ann")
    await react("CheckedIn", member_id=str(ann), day="2026-11-23", repaired=False)
    assert await grown_to(ann) == 0, "there was no plant"
    await waters(ann)
    for _ in range(2):
        await react("CheckedIn", member_id=str(ann), day="2026-11-23", repaired=False)
    assert await grown_to(ann) == 20
    turn_to("2026-11-23 11:00")
    for _ in range(2):
        await an_order("ann", 10)
        await react("OrderCounted", member_id=str(ann))
    assert await grown_to(ann) == 40


async def test_orders_of_before_it_was_planted_and_repaired_days_are_no_care() -> None:
    turn_to("2026-11-23 10:00")
    ann = await a_member("ann")
    await an_order("ann", 10)
    await check_in(ann)
    turn_to("2026-11-25 10:00")
    await waters(ann)
    await check_in(ann)
    await repair(ann, "2026-11-24")
    await react("OrderCounted", member_id=str(ann))
    await react("CheckedIn", member_id=str(ann), day="2026-11-24", repaired=True)
    assert await grown_to(ann) == 10


async def test_an_order_told_late_still_waters_its_day() -> None:
    turn_to("2026-11-23 10:00")
    ann = await a_member("ann")
    await waters(ann)
    turn_to("2026-11-24 09:00")
    await an_order("ann", 10, at="2026-11-23 12:00:00")
    await react("OrderCounted", member_id=str(ann))
    await an_order("ann", 10)
    await react("OrderCounted", member_id=str(ann))
    assert await grown_to(ann) == 50


async def test_grown_it_is_harvested_once_for_points_and_the_next_one_is_planted() -> None:
    turn_to("2026-11-23 10:00")
    await small()
    ann, key = await a_member("ann"), uuid4()
    first = (await waters(ann)).value
    with pytest.raises(PlantNotGrown):
        await harvests(ann)
    turn_to("2026-11-24 10:00")
    await waters(ann)
    turn_to("2026-11-25 10:00")
    with pytest.raises(PlantGrown):
        await waters(ann)
    following = await harvests(ann, key)
    assert (following.value.number, following.value.growth) == (2, 0)
    assert following.value.code != first.code
    assert (await harvests(ann, key)).replayed
    with pytest.raises(PlantNotGrown):
        await harvests(ann)
    assert await balance(ann) == (60, 0)
    async with db.read() as session:
        entry = (await session.exec(select(Entry).where(Entry.member_id == ann))).one()
    assert (entry.why["code"], entry.why["number"]) == ("PLANT_HARVESTED", 1)
    assert (await waters(ann)).value.growth == 10, "the grown one had not been watered today"


async def test_a_harvest_does_not_make_a_second_watering_of_the_day() -> None:
    turn_to("2026-11-23 10:00")
    await small(stages=[0, 10])
    ann = await a_member("ann")
    await waters(ann)
    await harvests(ann)
    with pytest.raises(AlreadyWatered):
        await waters(ann)


async def test_a_friend_helps_once_a_day_and_the_member_is_told() -> None:
    turn_to("2026-11-23 10:00")
    ann, ben, key = await a_member("ann"), await a_member("ben"), uuid4()
    plant = (await waters(ann)).value
    assert (await helps(ben, plant, key)).value.growth == 15
    assert (await helps(ben, plant, key)).replayed
    with pytest.raises(AlreadyHelped):
        await helps(ben, plant)
    assert await grown_to(ann) == 15
    async with db.read() as session:
        news = (await session.exec(select(OutboxFact).where(OutboxFact.name == "PlantHelped"))).one()
    assert (news.stream, news.body["helper"], news.body["growth"]) == (f"member:{ann}", "b**", 5)
    assert news.body["version"] == (await helps(ben, plant, key)).value.version
    turn_to("2026-11-24 00:00")
    assert (await helps(ben, plant)).value.growth == 20


async def test_helping_oneself_is_refused() -> None:
    ann = await a_member("ann")
    plant = (await waters(ann)).value
    with pytest.raises(OwnPlant):
        await helps(ann, plant)


async def test_a_plant_takes_so_many_helpers_a_day() -> None:
    await small(stages=[0, 400], helpers_a_day=2)
    plant = (await waters(await a_member("ann"))).value
    for name in ("ben", "cai"):
        await helps(await a_member(name), plant)
    with pytest.raises(EnoughHelpers):
        await helps(await a_member("dan"), plant)


async def test_a_member_helps_so_many_plants_a_day() -> None:
    await small(stages=[0, 400], helped_a_day=2)
    plants = [(await waters(await a_member(name))).value for name in ("ann", "ben", "cai")]
    dan = await a_member("dan")
    for plant in plants[:2]:
        await helps(dan, plant)
    with pytest.raises(HelpedEnough):
        await helps(dan, plants[2])


async def test_a_key_that_helped_one_plant_helps_no_other() -> None:
    dan, key = await a_member("dan"), uuid4()
    plants = [(await waters(await a_member(name))).value for name in ("ann", "ben")]
    await helps(dan, plants[0], key)
    with pytest.raises(KeyReused):
        await helps(dan, plants[1], key)


async def test_a_grown_plant_wants_no_help_and_grows_no_further() -> None:
    await small(stages=[0, 12])
    plant = (await waters(await a_member("ann"))).value
    assert (await helps(await a_member("ben"), plant)).value.growth == 12
    with pytest.raises(PlantGrown):
        await helps(await a_member("cai"), plant)


async def test_the_link_of_a_harvested_plant_helps_no_more() -> None:
    await small(stages=[0, 10])
    ann = await a_member("ann")
    plant = (await waters(ann)).value
    await harvests(ann)
    with pytest.raises(PlantGrown):
        await helps(await a_member("ben"), plant)


@pytest.mark.parametrize("code", ["", "x", "nobodyhasthiscod", "\0" * 16, "一" * 16])
async def test_a_link_that_is_none_leads_nowhere(code: str) -> None:
    with pytest.raises(NotFound):
        await helps(await a_member("ben"), code)


async def test_codes_are_long_and_unlike_one_another() -> None:
    codes = {(await waters(await a_member(f"m{number}"))).value.code for number in range(20)}
    assert len(codes) == 20
    assert all(re.fullmatch(r"[2-9a-hjkmnp-z]{16}", code) for code in codes)


async def test_a_frozen_account_waters_and_harvests_nothing_and_may_still_help() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    plant = (await waters(ann)).value
    for who in (ann, ben):
        await db.transact(freezing.freeze_account, key=uuid4(), member_id=who, reason="odd", actor="operator:olga")
    assert (await helps(ben, plant)).value.growth == 15
    for verb in (tending.water_plant, tending.harvest_plant):
        with pytest.raises(AccountFrozen):
            await db.transact(verb, key=uuid4(), member_id=ann)


async def test_the_database_itself_keeps_a_friend_from_helping_twice_a_day() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    await helps(ben, (await waters(ann)).value)
    assert {column.name for column in PlantHelp.__table__.primary_key} == {"member_id", "day", "helper_id"}  # type: ignore[attr-defined]
    assert await _rows(ann) == [(1, 5)]


async def _rows(member_id: UUID) -> list[tuple[int, int]]:
    async with db.read() as session:
        rows = await session.exec(select(PlantHelp).where(PlantHelp.member_id == member_id))
        assert (await session.exec(select(Plant).order_by(col(Plant.number)))).all()
        return [(row.number, row.growth) for row in rows]
