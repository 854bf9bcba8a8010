"""Undoing a burn gives points back to where they came from; when only a part is left, to what lives longest."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.ledger import posting, shelving
from backend.ledger.lots import GRACE
from backend.ledger.models import Account, Lot
from tests.builders import a_gift, a_member, told_of_expiry

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


async def spend_and_undo(session: AsyncSession, *, member_id: UUID, points: int, taken_back: int = 0) -> None:
    """Spend, lose `taken_back` points of an earning meanwhile, and undo the spending."""
    book = await posting.open_book(session, member_id)
    posting.burn(book, key="burn", points=points, actor="test", why={"code": "TEST"}, request={})
    burned = book.entries[-1][1]
    if taken_back:
        lot_id = min(book.lots.values(), key=lambda lot: lot.earned_at).lot_id
        posting.correct(
            book,
            key="correct",
            lot_id=lot_id,
            points=-taken_back,
            occurred_at=clock.now(),
            actor="test",
            why={"code": "TEST"},
        )
    posting.reverse(book, burned, key="undo", actor="test", why={"code": "TEST"}, request={})
    await posting.write(session, [book])


async def lots() -> dict[int, int]:
    """What is available of each lot, by what it earned."""
    async with db.read() as session:
        return {lot.earned: lot.available for lot in await session.exec(select(Lot))}


async def test_all_of_it_comes_back_to_every_lot_it_came_from() -> None:
    ann = await a_member("Ann")
    for points, days in ((100, 10), (60, 20), (30, 30)):
        await a_gift(ann, points, expires_in=days * DAY)
    await db.transact(spend_and_undo, member_id=ann, points=180)
    assert await lots() == {100: 100, 60: 60, 30: 30}


async def test_a_part_comes_back_to_the_lots_that_live_longest() -> None:
    ann = await a_member("Ann")
    for points, days in ((100, 10), (60, 20), (30, 30)):
        await a_gift(ann, points, expires_in=days * DAY)
    # All is spent, so 100 taken back are a debt, which 100 of the 190 repay: 90 come back.
    await db.transact(spend_and_undo, member_id=ann, points=190, taken_back=100)
    assert await lots() == {100: 0, 60: 60, 30: 30}
    async with db.read() as session:
        account = await session.get_one(Account, ann)
    assert (account.available, account.debt) == (90, 0)


async def test_what_comes_back_to_a_dead_lot_lives_for_the_grace_and_what_was_left_in_it_does_not() -> None:
    ann = await a_member("Ann", points=100, expires_in=DAY)
    await told_of_expiry(ann)

    async def spend(session: AsyncSession) -> None:
        book = await posting.open_book(session, ann)
        posting.burn(book, key="burn", points=30, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])

    async def undo(session: AsyncSession) -> None:
        book = await posting.open_book(session, ann)
        lines = await shelving.lines_of(session, ann, book.entry_id("burn"))
        posting.reverse(book, lines, key="undo", actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])

    await db.transact(spend)
    clock.turn(2 * DAY)
    await db.transact(undo)
    async with db.read() as session:
        lot = (await session.exec(select(Lot))).one()
    assert (lot.available, lot.expired, lot.burned) == (30, 70, 0)
    assert lot.expires_at is not None and timedelta(0) < clock.now() + GRACE - lot.expires_at < timedelta(minutes=1)
