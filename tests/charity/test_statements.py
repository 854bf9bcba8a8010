"""The signed month: made once, equal to the books to the point, and whoever changes it is found."""

import asyncio
import csv
import io
import subprocess
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule
from backend.charity import invariants, projects, reversing, statements
from backend.charity.models import Charity, CharityProject, CharityStatement, Donation
from backend.kit import clock, db, ids
from backend.kit.columns import table_of
from backend.ledger import seal_keys, sealing
from backend.ledger.models import Entry
from backend.members import enrolment
from tests.builders import a_member
from tests.charity.giving import a_charity, a_project, counted, gives, the_day_is

pytestmark = pytest.mark.usefixtures("database")
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
ENTRY, STATEMENT, DONATION = table_of(Entry), table_of(CharityStatement), table_of(Donation)
DER = bytes.fromhex("302a300506032b6570032100")


async def the_statement(charity: Charity, month: date = SEPTEMBER) -> CharityStatement:
    return await db.transact(statements.make, charity_id=charity.id, month=month)


async def a_month_of_giving() -> Charity:
    """Two projects of one charity in September, one donation of October, one of another charity."""
    the_day_is(date(2026, 9, 3))
    charity = await a_charity()
    books = await a_project("BOOKS", charity=charity, match_budget_minor=150)
    trees = await a_project("TREES", charity=charity, title={"zh_cn": "=种树", "en": "Trees, more"})
    other = await a_project("OTHER")
    ann, bob = [await a_member(name, points=1000) for name in ("ann", "bob")]
    for member_id, project, points in ((ann, books, 100), (bob, books, 90), (bob, trees, 7), (ann, other, 55)):
        await gives(member_id, project, points)
    for project in (books, other):
        await counted(project)
    the_day_is(date(2026, 10, 1))
    await gives(ann, books, 11)
    return charity


async def test_it_says_what_the_books_say_and_nothing_of_other_months_and_charities() -> None:
    charity = await a_month_of_giving()
    made = await the_statement(charity)
    assert (made.points, made.value_minor, made.matched_minor, made.currency) == (197, 197, 157, "CNY")
    rows = list(csv.reader(io.StringIO(made.document.removeprefix("\ufeff"))))
    assert rows[0] == ["charity statement", "REG-1", "童书会", "Books for all", "2026-09"]
    assert rows[2:] == [
        ["BOOKS", "乡村图书角", "Village libraries", "190", "190", "150", "CNY"],
        ["TREES", "'=种树", "Trees, more", "7", "7", "7", "CNY"],
        ["total", "", "", "197", "197", "157", "CNY"],
    ]
    async with db.read() as session:
        september = (ENTRY.c.why["code"].as_string() == "DONATION") & (ENTRY.c.created_at < moment(OCTOBER))
        booked = select(func.sum(-ENTRY.c.points)).where(september)
        assert (await (await session.connection()).execute(booked)).scalar() == 197 + 55


async def test_what_still_waits_is_counted_first() -> None:
    charity = await a_month_of_giving()
    trees = next(project for project in await of(charity) if project.code == "TREES")
    assert (await the_statement(charity)).points == 197
    assert (await counted(trees)).matched_minor == 7


async def test_what_was_given_while_a_project_closed_is_in_the_month_it_was_given_in() -> None:
    charity = await a_month_of_giving()
    books = next(project for project in await of(charity) if project.code == "BOOKS")
    # Closed by a process whose clock is a moment behind the one that took the donation of October.
    the_day_is(date(2026, 9, 30))
    await db.transact(projects.close_project, project_id=books.id)
    await the_statement(charity)
    assert (await the_statement(charity, OCTOBER)).points == 11


async def test_a_second_making_and_two_workers_make_one() -> None:
    charity = await a_month_of_giving()
    first, second = await asyncio.gather(the_statement(charity), the_statement(charity))
    assert (first.id, first.signature) == (second.id, second.signature)
    async with db.read() as session:
        assert len(await statements.of_charity(session, charity.id)) == 1


async def test_the_job_makes_every_month_that_is_over_once_an_hour_has_passed() -> None:
    charity = await a_month_of_giving()
    async with db.read() as session:
        assert await statements.due(session) is not None
    clock.turn(timedelta(0))
    clock.turn(moment(OCTOBER) + timedelta(minutes=59) - clock.now())
    assert not await schedule.sign_charity_statements()
    clock.turn(timedelta(0))
    clock.turn(moment(OCTOBER) + timedelta(minutes=61) - clock.now())
    while await schedule.sign_charity_statements():
        pass
    the_day_is(date(2026, 12, 5))
    while await schedule.sign_charity_statements():
        pass
    async with db.read() as session:
        made = await statements.of_charity(session, charity.id)
    assert [(one.month.month, one.points) for one in made] == [(11, 0), (10, 11), (9, 197)]


async def test_openssl_verifies_the_file_with_the_published_key(tmp_path: Path) -> None:
    made = await the_statement(await a_month_of_giving())
    async with db.read() as session:
        (key,) = [key for key in await seal_keys.every_key(session) if key.key_id == made.key_id]
    (tmp_path / "key.der").write_bytes(DER + key.public_key)
    (tmp_path / "signature").write_bytes(made.signature)
    (tmp_path / "2026-09.csv").write_bytes(made.document.encode())
    assert openssl_verifies(tmp_path)
    (tmp_path / "2026-09.csv").write_bytes(made.document.replace("197", "198").encode())
    assert not openssl_verifies(tmp_path)


async def test_it_verifies_after_the_key_was_rotated() -> None:
    charity = await a_month_of_giving()
    made = await the_statement(charity)
    assert await db.transact(seal_keys.rotate_key) is not None
    later = await the_statement(charity, OCTOBER)
    assert later.key_id != made.key_id
    async with db.read() as session:
        assert await invariants.broken(session) == []


async def test_a_checkpoint_and_a_statement_cannot_pass_for_each_other() -> None:
    charity = await a_month_of_giving()
    made = await the_statement(charity)
    async with db.read() as session:
        since = await sealing.oldest_waiting(session, from_the_start=True)
    assert since is not None
    await db.transact(sealing.seal_waiting, since=since)
    async with db.read() as session:
        checkpoint = await sealing.latest(session)
    assert checkpoint is not None and checkpoint.key_id == made.key_id
    assert made.document.startswith(statements.MARK) and not checkpoint.note.startswith(statements.MARK)


async def test_a_donation_of_a_signed_month_is_final() -> None:
    charity = await a_month_of_giving()
    trees = next(project for project in await of(charity) if project.code == "TREES")
    bob = (await db.transact(enrolment.first_sight, references=["bob"]))["bob"]
    given = (await gives(bob, trees, 5)).value.donation
    await the_statement(charity)
    asked: dict[str, Any] = {"key": ids.new(), "reason": "a slip", "actor": "operator:olga"}
    assert (await db.transact(reversing.reverse_donation, donation_id=given.id, **asked)).value.reversed_at
    async with db.read() as session:
        september = await the_donations(session, trees.id)
    with pytest.raises(reversing.DonationSettled):
        await db.transact(reversing.reverse_donation, donation_id=september[0], **{**asked, "key": ids.new()})


async def test_nobody_changes_a_signed_statement_not_even_in_the_database(database_url: str) -> None:
    made = await the_statement(await a_month_of_giving())

    async def forge(session: AsyncSession) -> None:
        connection = await session.connection()
        await connection.execute(update(STATEMENT).values(points=1))
        await connection.execute(STATEMENT.delete())

    if database_url.startswith("sqlite"):
        with pytest.raises(DBAPIError, match="not changed"):
            await db.transact(forge)
    else:
        await db.transact(forge)
    async with db.read() as session:
        kept = await statements.by_id(session, made.id)
    assert kept is not None and kept.points == made.points


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("table", "changed"),
    [(STATEMENT, {"points": 198}), (STATEMENT, {"document": "x"}), (STATEMENT, {"matched_minor": 0})],
)
async def test_whoever_gets_past_that_is_found(table: Table, changed: dict[str, Any]) -> None:
    await the_statement(await a_month_of_giving())

    async def seen(session: AsyncSession) -> list[str]:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TRIGGER charity_statement_no_update")
        await connection.execute(update(table).values(changed))
        found = await invariants.broken(session)
        await session.rollback()
        return found

    async with db.read() as session:
        (finding,) = await seen(session)
    assert "the statement of 2026-09" in finding


def openssl_verifies(folder: Path) -> bool:
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin"]
    command += ["-in", "2026-09.csv", "-sigfile", "signature"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0


def moment(day: date) -> datetime:
    """The first instant of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)


async def of(charity: Charity) -> Sequence[CharityProject]:
    async with db.read() as session:
        return await projects.of_charity(session, charity.id)


async def the_donations(session: AsyncSession, project_id: UUID) -> list[UUID]:
    query = select(DONATION.c.id).where(DONATION.c.project_id == project_id, DONATION.c.reversed_at.is_(None))
    return list((await (await session.connection()).execute(query)).scalars())
