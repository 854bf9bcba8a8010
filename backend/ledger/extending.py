"""Giving points a later last day: once a year on request, by tier, and where no notice of it was delivered."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.ledger import notices, posting, sparing
from backend.ledger.book import Book
from backend.ledger.facts import PointsExtended
from backend.ledger.models import Entry, EntryLine
from backend.ledger.states import EntryState
from backend.ledger.walking import Found, Span, look
from backend.members import enrolment
from backend.programme import terms
from backend.programme.terms import Terms, Tier

ENTRY, LINE = table_of(Entry), table_of(EntryLine)
AN_EXTENSION = text("entry.kind = 'EXTEND'")
"""Written out, so that PostgreSQL knows it for the predicate of the index entry_extensions."""
BY_TIER = "EXTENDED_BY_TIER"


class ExtensionNotOffered(Refused):
    """Points cannot be extended on request in this programme."""


class NothingToExtend(Refused):
    """None of your points expire soon enough to be extended."""


class ExtensionUsed(Refused):
    """You have extended your points already. From the date given you can do it again."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__()
        self.next_at = next_at


@dataclass(frozen=True)
class Offer:
    """What she may ask for now. `dates`: the lots it is about with their new dates; `next_at`: null, at once."""

    points: int
    months: int
    dates: Mapping[UUID, datetime]
    next_at: datetime | None


async def extend_points(session: AsyncSession, *, key: UUID, member_id: UUID) -> Done[EntryState]:
    """Let the points that expire soon live longer, as the terms offer. The same key again is the same extension.

    Raises KeyReused, NotEnrolled, AccountFrozen, ExtensionNotOffered, ExtensionUsed, NothingToExtend.
    """
    name, request = f"extend:{key}", {"act": "extend"}
    book = await posting.open_book(session, member_id, name)
    if (entry := book.already(name, request)) is not None:
        return Done(entry, replayed=True)
    await enrolment.must_be_enrolled(session, member_id)
    book.must_move()
    programme = await terms.in_force(session)
    offered = offer(programme, book.lots.values(), await last_request(session, member_id))
    if offered is None:
        raise ExtensionNotOffered
    if offered.next_at is not None:
        raise ExtensionUsed(offered.next_at)
    if not offered.dates:
        raise NothingToExtend
    why = {"code": "EXTENDED_ON_REQUEST", "months": offered.months}
    entry = _extend(book, offered.dates, key=name, actor="member", why=why, request=request)
    await posting.write(session, [book])
    return Done(entry)


def offer(programme: Terms, lots: Iterable[Any], last: datetime | None) -> Offer | None:
    """What she may ask for, having asked `last` then; none where the terms offer nothing."""
    offered, moment = programme.extension, clock.now()
    if offered is None:
        return None
    until, next_at = moment + timedelta(days=offered.within_days), None
    soon = [lot for lot in lots if lot.available and lot.expires_at is not None and moment < lot.expires_at <= until]
    if last is not None and (again_at := programme.later(last, months=offered.every_months)) > moment:
        next_at = again_at
    dates = {lot.lot_id: programme.later(lot.expires_at, months=offered.months) for lot in soon}
    return Offer(sum(lot.available for lot in soon), offered.months, dates, next_at)


async def last_request(session: AsyncSession, member_id: UUID) -> datetime | None:
    """When she last extended her points herself; none: never."""
    query = select(ENTRY.c.created_at).where(ENTRY.c.member_id == member_id, AN_EXTENSION, ENTRY.c.actor == "member")
    query = query.order_by(ENTRY.c.seq.desc()).limit(1)
    last: datetime | None = (await (await session.connection()).execute(query)).scalar()
    return last


async def by_tier(session: AsyncSession, books: Mapping[UUID, Book], tiers: Mapping[UUID, Tier]) -> int:
    """Extend the lots about to be warned of as their members' `tiers` grant, each lot once; returns how many.

    The caller writes the books. A frozen account is left as it is.
    """
    granted = {of: book for of, book in books.items() if of in tiers and book.account.frozen_at is None}
    if not granted:
        return 0
    programme, told = await terms.in_force(session), await notices.known(session, granted)
    before, count = await _extended_by_tier(session, granted), 0
    for member_id, book in granted.items():
        reached = [lot for lot, _ in notices.at_a_step(book, told[member_id], programme)]
        months = tiers[member_id].expiry_extension_months
        dates = {
            lot.lot_id: programme.later(lot.expires_at, months=months)
            for lot in reached
            if lot.lot_id not in before and lot.expires_at is not None
        }
        if dates:
            why = {"code": BY_TIER, "tier": tiers[member_id].name.model_dump(), "months": months}
            _extend(book, dates, key=f"extend:{book.account.seq + 1}", actor="programme", why=why)
        count += len(dates)
    return count


async def hours_ahead(session: AsyncSession) -> list[Span]:
    """The span in which points are looked at that would expire unannounced."""
    moment, hours = clock.now(), (await terms.in_force(session)).notice_look_ahead_hours
    return [Span(moment, moment + timedelta(hours=hours))]


async def members_to_spare(session: AsyncSession, span: Span, after: Any = None) -> Found:
    """Whose points of the span would expire unannounced."""
    return await look(session, span, after, sparing.untold())


async def extend_untold(session: AsyncSession, *, member_ids: Sequence[UUID]) -> int:
    """Extend what would soon expire although no notice of it was delivered, and warn of the new date.

    It comes a little early, so that points never leave what is available in between. Returns of how many lots;
    again at once, none.
    """
    books = await posting.open_books(session, member_ids)
    hours = (await terms.in_force(session)).notice_look_ahead_hours
    count = await spare(session, books, by=clock.now() + timedelta(hours=hours))
    await posting.write(session, books.values())
    return count


async def spare(session: AsyncSession, books: Mapping[UUID, Book], *, by: datetime) -> int:
    """Extend what expires by then unannounced, and warn of its new date; the caller writes the books.

    Frozen accounts keep their points without it. Returns of how many lots.
    """
    thawed = {of: book for of, book in books.items() if book.account.frozen_at is None}
    programme, count = await terms.in_force(session), 0
    for member_id, lot_ids in (await sparing.spared(session, thawed, by=by)).items():
        dates = _spared_until(thawed[member_id], lot_ids, programme)
        if dates:
            book, days = thawed[member_id], programme.notice_extension_days
            why = {"code": "EXTENDED_UNTOLD", "days": days}
            _extend(book, dates, key=f"extend:{book.account.seq + 1}", actor="programme", why=why)
        count += len(dates)
    if count:
        await notices.warn_in(session, thawed)
    return count


def _spared_until(book: Book, lot_ids: Collection[UUID], programme: Terms) -> dict[UUID, datetime]:
    moment, dates = clock.now(), {}
    tomorrow = programme.start_of(programme.today() + timedelta(days=1))
    for lot_id in lot_ids:
        lot = book.lots[lot_id]
        if lot.available and lot.expires_at is not None:
            since = lot.expires_at if lot.alive(moment) else tomorrow
            dates[lot_id] = programme.later(since, days=programme.notice_extension_days)
    return dates


def _extend(book: Book, dates: Mapping[UUID, datetime], *, key: str, **said: Any) -> EntryState:
    points = sum(book.lots[lot_id].available for lot_id in dates)
    entry = posting.extend(book, dates, key=key, **said)
    told: dict[str, Any] = {"entry_id": entry.entry_id, "points": points, "why": entry.why}
    book.tell(PointsExtended(member_id=book.member_id, expires_at=min(dates.values()), **told))
    return entry


async def _extended_by_tier(session: AsyncSession, member_ids: Collection[UUID]) -> set[UUID]:
    query = (
        select(ENTRY.c.why, LINE.c.lot_id)
        .join(LINE, (LINE.c.member_id == ENTRY.c.member_id) & (LINE.c.entry_id == ENTRY.c.entry_id))
        .where(ENTRY.c.member_id.in_(member_ids), AN_EXTENSION)
    )
    rows = await (await session.connection()).execute(query)
    return {lot_id for why, lot_id in rows if why["code"] == BY_TIER}
