"""A member is opened once, by whichever name she is seen first."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select

from backend.kit import db
from backend.kit.columns import table_of
from backend.kit.errors import InvalidInput
from backend.members import recognising
from backend.members.enrolment import PhoneTaken, first_sight, register
from backend.members.models import Member
from tests.members.signing_in import a_phone, somebody_signed_in


async def seen(*references: str) -> dict[str, UUID]:
    return await db.transact(first_sight, references)


async def members() -> int:
    async with db.read() as session:
        query = select(func.count()).select_from(table_of(Member))
        return int((await (await session.connection()).execute(query)).scalar_one())


async def test_a_second_sight_changes_nothing(database: str) -> None:
    assert await seen("ann", "ben") == await seen("ann", "ben")
    assert await members() == 2


async def test_a_reference_means_the_same_id_on_every_installation(database: str) -> None:
    assert (await seen("ann"))["ann"] == UUID("aad96d63-187d-5e23-9168-003f5ea22661")


async def test_a_phone_does_not_decide_the_id(database: str) -> None:
    phone = a_phone()
    assert (await seen(phone))[phone].version == 7


async def test_reference_phone_and_id_lead_to_one_member(database: str) -> None:
    phone = a_phone()
    ann = await db.transact(register, reference="ann", nickname="Ann", phone=phone)
    spaced = f"+86 {phone[3:6]} {phone[6:]}"
    assert set((await seen("ann", phone, spaced, str(ann.id))).values()) == {ann.id}
    assert (await somebody_signed_in(phone)).member_id == ann.id
    assert await members() == 1


async def test_two_spellings_of_a_new_phone_are_one_member(database: str) -> None:
    phone = a_phone()
    found = await seen(phone, f"+86 {phone[3:]}")
    assert len(found) == 2
    assert len(set(found.values())) == 1


async def test_twenty_first_sights_at_once_are_one_member(database: str) -> None:
    phone = a_phone()
    found = await asyncio.gather(*(seen("ann", phone) for _ in range(20)))
    assert len({tuple(sorted(answer.items())) for answer in found}) == 1
    assert await members() == 2


async def test_overlapping_crowds_at_once_do_not_block_each_other(database: str) -> None:
    crowd = [f"member-{number}" for number in range(200)]
    crowds = [crowd[start:] + crowd[:start] for start in range(0, 200, 25)]
    await asyncio.gather(*(seen(*each) for each in crowds))
    assert await members() == 200


async def test_a_thousand_references_take_few_statements(database: str) -> None:
    phones = [a_phone() for _ in range(100)]
    crowd = [f"member-{number}" for number in range(900)] + phones
    statements: list[str] = []
    assert db._writer is not None

    @event.listens_for(db._writer.sync_engine, "before_cursor_execute")
    def _(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    assert len(await seen(*crowd)) == 1000
    # Four to find them, before and after the others came, and four to see whose account each one's is now.
    assert statements.count("SELECT") == 8
    assert statements.count("INSERT") == 2


async def test_the_id_of_nobody_is_just_another_reference(database: str) -> None:
    stranger = str(uuid4())
    found = await seen(stranger)
    assert str(found[stranger]) != stranger
    assert await seen(stranger) == found


@pytest.mark.parametrize("nonsense", ["", " ", " ann", "ann\n", "a\x00b", "x" * 101, "+12", "+86abc"])
async def test_nonsense_opens_nobody(database: str, nonsense: str) -> None:
    with pytest.raises(InvalidInput):
        await seen("ann", nonsense)
    assert await members() == 0


async def test_a_phone_belongs_to_one_member(database: str) -> None:
    phone = a_phone()
    await db.transact(register, reference="ann", phone=phone)
    with pytest.raises(PhoneTaken):
        await db.transact(register, reference="ben", phone=phone)
    assert await members() == 1


async def test_finding_opens_nobody(database: str) -> None:
    phone = a_phone()
    ann = await db.transact(register, reference="ann", phone=phone)
    async with db.read() as session:
        found = [await recognising.find(session, name) for name in ("ann", phone, phone[3:], str(ann.id))]
        lost = [await recognising.find(session, name) for name in ("ben", a_phone(), "", "+", str(uuid4()))]
    assert [member and member.id for member in found] == [ann.id] * 4
    assert lost == [None] * 5
    assert await members() == 1


async def test_a_first_nickname_tells_nothing_about_the_phone(database: str) -> None:
    phone = a_phone()
    await seen(phone, "13800000001x")
    async with db.read() as session:
        names = list(await (await session.connection()).execute(select(table_of(Member).c.nickname)))
    assert all(name.startswith("M-") and phone[-4:] not in name for (name,) in names)
