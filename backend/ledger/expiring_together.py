"""Letting many members' points go at once, decided without a lock and written in one statement. PostgreSQL only."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, looking, outbox
from backend.kit.writing import Change, Writing
from backend.ledger import glancing, metering, posting, shelving, sparing
from backend.ledger.book import Book
from backend.ledger.lots import LotState


async def expire_together(session: AsyncSession, *, member_ids: Collection[UUID]) -> Collection[UUID]:
    """`expire_due` for many, written if nobody was in the way; returns those for whom it takes more than that.

    These are whose account just moved or is locked, and who was not told of what is due.
    """
    left = set[UUID]()
    while others := [member_id for member_id in member_ids if member_id not in left]:
        seen = await _seen(session, others)
        left |= {book.member_id for book in seen if book.spared}
        in_the_way = await _expired(session, [book for book in seen if not book.spared])
        if not in_the_way:
            break
        # Nothing is written: all others are seen again, without them.
        left |= in_the_way
    return left


async def _seen(session: AsyncSession, member_ids: Collection[UUID]) -> list[Book]:
    # The accounts first: whatever moves lots after that moves the head of their account too, and nothing is written.
    accounts, found = await looking.look_in_turn(session, _looks(), members=list(member_ids))
    books, moment = glancing.books(accounts, [], []), clock.now()
    for member_id, *values, untold in found:
        book, lot = books[member_id], LotState(*values)
        book.lots[lot.lot_id] = lot
        if untold and not lot.alive(moment):
            book.spared.add(lot.lot_id)
    return [book for book in books.values() if book.account.frozen_at is None]


@looking.once_for_each_database
def _looks() -> looking.Looks:
    accounts, found, _ = glancing.looks()
    return accounts, found.add_columns(sparing.unannounced().label("untold"))


async def _expired(session: AsyncSession, seen: Sequence[Book]) -> set[UUID]:
    moment = clock.now()
    books = [book for book in seen if posting.expire(book, moment=moment)]
    if not books:
        return set()
    writing, news = Writing(), shelving.news_of(books)
    glancing.only_if_unmoved(writing, books)
    for change in (*shelving.changes(books), Change(shelving.FACT, news)):
        writing.add(change)
    unmoved = {row[0] for row in (await writing.run(session))[0]}
    if in_the_way := {book.member_id for book in books} - unmoved:
        return in_the_way
    metering.note(session, books)
    outbox.announce_recorded(session, news)
    return set()
