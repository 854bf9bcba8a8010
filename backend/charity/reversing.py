"""Reversing a donation made by mistake: an operator may, until the month it was given in has its statement."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import donations, projects, standing
from backend.charity.facts import DonationReversed
from backend.charity.models import CharityProject, CharityStatement, CharityTotals, Donation
from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.kit.outbox import announce
from backend.ledger import posting, reasons, shelving
from backend.ledger.book import Book
from backend.ledger.lots import Line
from backend.members import families
from backend.tiers import badges

DONATION = table_of(Donation)


class DonationSettled(Refused):
    """The statement of the month it was given in is signed: this donation can no longer be reversed."""


async def reverse_donation(
    session: AsyncSession, *, key: UUID, donation_id: UUID, reason: str, actor: str
) -> Done[Donation]:
    """Undo a donation: its points go back to their lots, its match into the budget, the last one takes the badge along.

    A second call, with this key or another, changes nothing. Raises NotFound, InvalidInput, KeyReused, DonationSettled,
    AccountFrozen.
    """
    reason = reasons.checked(reason)
    name, request = f"reverse-donation:{key}", {"donation": str(donation_id), "reason": reason}
    given = await donations.by_id(session, donation_id)
    # The project first, then the account: as everywhere. What is read before the locks never changes.
    project = await projects.locked(session, given.project_id)
    book, burned = await _with_its_lots(session, given, name)
    already = book.already(name, request) is not None
    donation = await donations.by_id(session, donation_id)
    if already or donation.reversed_at is not None:
        return Done(donation, replayed=True)
    await _not_settled(session, project, donation)
    book.must_move()
    why = {"code": "DONATION_REVERSED", "project": str(project.id), "name": dict(project.title), "reason": reason}
    posting.reverse(book, burned, key=name, actor=actor, why=why, reference=str(donation_id), request=request)
    donation.reversed_at, donation.reason = clock.now(), reason
    await session.flush()
    await _take_out(session, donation)
    if not await _gives_still(session, donation):
        await badges.take_back(session, donation.member_id, badges.DONOR)
    await posting.write(session, [book])
    announce(session, DonationReversed(member_id=donation.member_id))
    return Done(donation)


async def _with_its_lots(session: AsyncSession, given: Donation, name: str) -> tuple[Book, Sequence[Line]]:
    burned = await shelving.lines_of(session, given.member_id, given.id)
    whose = await families.survivor(session, given.member_id)
    book = await posting.open_book(session, whose, name, lot_ids={line.lot_id for line in burned})
    await families.must_still_be(session, {given.member_id: whose})
    return book, burned


async def _not_settled(session: AsyncSession, project: CharityProject, donation: Donation) -> None:
    month = donation.day.replace(day=1)
    if await session.get(CharityStatement, (project.charity_id, month)) is not None:
        raise DonationSettled


async def _take_out(session: AsyncSession, donation: Donation) -> None:
    totals = await session.get_one(CharityTotals, donation.project_id, populate_existing=True)
    if donation.counted_as is None:
        return
    totals.points -= donation.points
    totals.value_minor -= donation.value_minor
    totals.matched_minor -= donation.matched_minor or 0
    totals.donors -= 0 if await _gives_still(session, donation, counted=True) else 1
    totals.version += 1
    await standing.tell(session, donation.project_id)


async def _gives_still(session: AsyncSession, donation: Donation, *, counted: bool = False) -> bool:
    others = select(func.count()).where(DONATION.c.member_id == donation.member_id, DONATION.c.reversed_at.is_(None))
    if counted:
        others = others.where(DONATION.c.project_id == donation.project_id, DONATION.c.counted_as.is_not(None))
    return bool((await (await session.connection()).execute(others)).scalar())
