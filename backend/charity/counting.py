"""Counting: donations that wait are taken in order, matched within the budget, and added to the totals.

One row a project is the lock. Whoever counts sees every donation committed by then that has no number yet, however late
it was committed, so none is left out; under the lock each gets the next number, so none is counted twice and the match
is given in the order of those numbers, exact to the last fen.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlmodel import col, select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import matching, projects, standing
from backend.charity.facts import DonationMatched, DonationsMatched
from backend.charity.models import CharityProject, CharityTotals, Donation
from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.outbox import announce
from backend.ledger import posting
from backend.members import families
from backend.programme import terms

DONATION, TOTALS = table_of(Donation), table_of(CharityTotals)
BATCH_MAX = 200
"""Donations of one transaction: the project's lock is held for so many, and so many members are told together."""
PROJECTS_MAX = 200
WAITING = DONATION.c.counted_as.is_(None) & DONATION.c.reversed_at.is_(None)
COUNT = (
    update(DONATION)
    .where(DONATION.c.member_id == bindparam("of"), DONATION.c.id == bindparam("which"))
    .values(counted_as=bindparam("number"), matched_minor=bindparam("matched"))
)


async def projects_with_waiting(session: AsyncSession, *, after: UUID | None = None) -> Sequence[UUID]:
    """Up to PROJECTS_MAX projects, following `after`, that have donations to count. Takes no lock."""
    query = select(DONATION.c.project_id).where(WAITING).distinct().order_by(DONATION.c.project_id)
    if after is not None:
        query = query.where(DONATION.c.project_id > after)
    return (await (await session.connection()).execute(query.limit(PROJECTS_MAX))).scalars().all()


async def count_waiting(session: AsyncSession, *, project_id: UUID) -> int:
    """Count up to BATCH_MAX donations of a project, the first given first; returns how many.

    Again at once, another worker included, it finds nothing left to do. Raises NotFound.
    """
    await standing.lock(session, project_id)
    connection = await session.connection()
    query = select(DONATION).where(DONATION.c.project_id == project_id, WAITING)
    in_order = query.order_by(DONATION.c.donated_at, DONATION.c.id).limit(BATCH_MAX)
    rows = (await connection.execute(in_order)).all()
    if not rows:
        return 0
    project = await projects.find(session, project_id)
    totals = await session.get_one(CharityTotals, project_id, populate_existing=True)
    new = await _new_donors(session, project_id, {row.member_id for row in rows})
    matched = _matched(project, totals, rows)
    await connection.execute(COUNT, _numbered(totals.counted, rows, matched))
    _add(totals, rows, matched, new)
    await standing.tell(session, project_id)
    if told := [row.id for row in rows if matched[row.id]]:
        announce(session, DonationsMatched(donation_ids=told))
    return len(rows)


async def tell_matched(session: AsyncSession, *, donation_ids: Sequence[UUID]) -> None:
    """Tell the members what the programme added to these donations of theirs; once, for it is one fact's reaction."""
    query = select_rows(Donation).where(col(Donation.id).in_(donation_ids), col(Donation.reversed_at).is_(None))
    given = (await session.exec(query.order_by(col(Donation.counted_as)))).all()
    whose = await families.survivors(session, {one.member_id for one in given})
    books = await posting.open_books(session, set(whose.values()))
    await families.must_still_be(session, whose)
    named = {one.project_id: await projects.find(session, one.project_id) for one in given}
    currency = (await terms.in_force(session)).currency
    for one in given:
        book = books[whose[one.member_id]]
        book.tell(_news(one, named[one.project_id], book.member_id, currency))
    await posting.write(session, books.values())


def _matched(project: CharityProject, totals: CharityTotals, rows: Sequence[Any]) -> dict[UUID, int]:
    match = matching.Match(project.match_rate_bp, project.match_budget_minor)
    return dict(matching.in_order(match, totals.matched_minor, ((row.id, row.value_minor) for row in rows)))


def _numbered(counted: int, rows: Sequence[Any], matched: dict[UUID, int]) -> list[dict[str, Any]]:
    return [
        {"of": row.member_id, "which": row.id, "number": number, "matched": matched[row.id]}
        for number, row in enumerate(rows, counted + 1)
    ]


def _add(totals: CharityTotals, rows: Sequence[Any], matched: dict[UUID, int], new_donors: int) -> None:
    totals.points += sum(row.points for row in rows)
    totals.value_minor += sum(row.value_minor for row in rows)
    totals.matched_minor += sum(matched.values())
    totals.donors += new_donors
    totals.counted += len(rows)
    totals.version += 1
    totals.counted_at = clock.now()


async def _new_donors(session: AsyncSession, project_id: UUID, member_ids: set[UUID]) -> int:
    known = select(DONATION.c.member_id).distinct()
    known = known.where(DONATION.c.member_id.in_(member_ids), DONATION.c.project_id == project_id)
    counted = known.where(DONATION.c.counted_as.is_not(None), DONATION.c.reversed_at.is_(None))
    return len(member_ids) - len((await (await session.connection()).execute(counted)).all())


def _news(donation: Donation, project: CharityProject, member_id: UUID, currency: str) -> DonationMatched:
    assert donation.matched_minor, "only what was matched is told"
    return DonationMatched(
        member_id=member_id,
        donation_id=donation.id,
        project_id=project.id,
        project_title=project.title,
        points=donation.points,
        matched_minor=donation.matched_minor,
        currency=currency,
    )
