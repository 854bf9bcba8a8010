"""Telling members that points expire, and knowing whether they were told: nothing expires unannounced.

A notice is delivered when her phone has said that it was shown, or a channel has proven that it arrived. Where she
could not be reached when it was written (no device signed in), its days in the inbox count instead.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.errors import InvalidInput
from backend.kit.looking import among
from backend.kit.writing import Change, save
from backend.ledger import posting
from backend.ledger.book import Book
from backend.ledger.facts import ExpiryWarned
from backend.ledger.lots import LotState
from backend.ledger.models import ExpiryNotice, Lot
from backend.ledger.sparing import of_the_lot
from backend.ledger.walking import Found, Span, look
from backend.members.models import MemberSession
from backend.programme import terms
from backend.programme.terms import Terms

LOT, NOTICE, SESSION = table_of(Lot), table_of(ExpiryNotice), table_of(MemberSession)
ACKNOWLEDGED_MAX = 100
PHONE = "PHONE"


@dataclass(frozen=True)
class Told:
    """What is known of a member's notices: the smallest step told of each lot and date, and if she can be reached."""

    steps: Mapping[tuple[UUID, datetime], int]
    reachable: bool


async def steps_ahead(session: AsyncSession, *, since: timedelta | None = None) -> list[Span]:
    """The spans in which a lot may stand at a step it was not warned of: all the warning days, or only what has
    reached a step in the time `since`.
    """
    steps, moment = sorted((await terms.in_force(session)).warning_days), clock.now()
    if since is None:
        return [Span(moment, moment + timedelta(days=steps[-1]))] if steps else []
    reached = [moment + timedelta(days=step) for step in steps]
    return [Span(end - since, end) for end in reached]


async def members_to_warn(session: AsyncSession, span: Span, after: Any = None) -> Found:
    """Who holds a lot of the span at a warning step nobody told them of yet."""
    steps, moment = sorted((await terms.in_force(session)).warning_days), clock.now()
    reached = case(*((LOT.c.expires_at <= moment + timedelta(days=step), step) for step in steps), else_=0)
    told = select(NOTICE.c.lot_id).where(of_the_lot(), NOTICE.c.step_days <= reached)
    return await look(session, span, after, ~told.exists())


async def warn(session: AsyncSession, *, member_ids: Sequence[UUID]) -> int:
    """Write the warnings that are due, once per lot, date and step, and tell each member once per date.

    Returns how many. A lot that comes in sight late (say, on its last day) is warned of once, at the step reached.
    """
    books = await posting.open_books(session, member_ids)
    count = await warn_in(session, books)
    await posting.write(session, books.values())
    return count


async def warn_in(session: AsyncSession, books: Mapping[UUID, Book]) -> int:
    """`warn`, in books that are open; the caller writes them."""
    programme, told = await terms.in_force(session), await known(session, books)
    rows = [row for book in books.values() for row in _warn_one(book, told[book.member_id], programme)]
    await save(session, [Change(NOTICE, rows)])
    return len(rows)


def at_a_step(book: Book, told: Told, programme: Terms) -> list[tuple[LotState, int]]:
    """Lots at a warning step that has not been told of, each with the step, the earliest to expire first."""
    moment, steps, found = clock.now(), sorted(programme.warning_days), []
    for lot in book.lots.values():
        if not lot.available or lot.expires_at is None or lot.expires_at <= moment:
            continue
        step = next((step for step in steps if lot.expires_at <= moment + timedelta(days=step)), None)
        if step is not None and step < told.steps.get((lot.lot_id, lot.expires_at), step + 1):
            found.append((lot, step))
    return sorted(found, key=lambda one: (one[0].expires_at, one[0].lot_id))


async def known(session: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, Told]:
    """What is known of these members' notices of what is yet to expire."""
    connection, moment = await session.connection(), clock.now()
    steps: dict[UUID, dict[tuple[UUID, datetime], int]] = {member_id: {} for member_id in member_ids}
    members = {"members": list(steps)}
    query = select(NOTICE).where(among(NOTICE.c.member_id, "members"), NOTICE.c.expires_at > moment)
    for row in await connection.execute(query, members):
        of, lot = steps[row.member_id], (row.lot_id, row.expires_at)
        of[lot] = min(row.step_days, of.get(lot, row.step_days))
    signed_in = select(SESSION.c.member_id).where(among(SESSION.c.member_id, "members"), SESSION.c.expires_at > moment)
    reachable = set((await connection.execute(signed_in.where(SESSION.c.revoked_at.is_(None)), members)).scalars())
    return {member_id: Told(of, member_id in reachable) for member_id, of in steps.items()}


async def acknowledge(session: AsyncSession, *, member_id: UUID, seqs: Collection[int]) -> list[int]:
    """Her phone has shown the news numbered `seqs`: the notices among it are delivered. Again, it changes nothing.

    Returns the numbers the phone need not send any more: all of them. Raises InvalidInput.
    """
    if len(seqs) > ACKNOWLEDGED_MAX:
        raise InvalidInput("seqs", f"At most {ACKNOWLEDGED_MAX} at once.")
    await record_notice(session, member_id=member_id, seqs=seqs, channel=PHONE)
    return sorted(set(seqs))


async def record_notice(
    session: AsyncSession, *, member_id: UUID, seqs: Collection[int], channel: str, proof: str | None = None
) -> int:
    """The warnings that were her news numbered `seqs` have reached her by `channel`; returns of how many lots.

    The first proof stays. It is written under her account's lock, so that a sweep sees it whole or comes first.
    """
    await posting.open_books(session, [member_id], with_lots=False)
    hers = NOTICE.c.member_id == member_id, NOTICE.c.told_seq.in_(seqs), NOTICE.c.told_seq > 0
    delivered = {"delivered_at": clock.now(), "delivered_by": channel, "proof": proof}
    query = update(NOTICE).where(*hers, NOTICE.c.delivered_at.is_(None)).values(delivered)
    return int((await (await session.connection()).execute(query)).rowcount)


def _warn_one(book: Book, told: Told, programme: Terms) -> Iterable[dict[str, Any]]:
    by_date: dict[datetime, list[tuple[LotState, int]]] = {}
    for lot, step in at_a_step(book, told, programme):
        assert lot.expires_at is not None
        by_date.setdefault(lot.expires_at, []).append((lot, step))
    for expires_at, found in by_date.items():
        yield from _tell(book, expires_at, found, None if told.reachable else programme.notice_inbox_days)


def _tell(
    book: Book, expires_at: datetime, found: Sequence[tuple[LotState, int]], inbox_days: int | None
) -> Iterable[dict[str, Any]]:
    moment, points = clock.now(), sum(lot.available for lot, _ in found)
    left = terms.days_left(expires_at, moment)
    book.tell(ExpiryWarned(member_id=book.member_id, points=points, expires_at=expires_at, days_left=left))
    for lot, step in found:
        yield {
            "member_id": book.member_id,
            "lot_id": lot.lot_id,
            "expires_at": expires_at,
            "step_days": step,
            "points": lot.available,
            "warned_at": moment,
            "told_seq": book.account.told,
            "counts_at": None if inbox_days is None else moment + timedelta(days=inbox_days),
        }
