"""What must always hold of donations, totals, matches, badges and statements, recomputed from the rows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity.models import CharityProject, CharityStatement, CharityTotals, Donation
from backend.kit import promises
from backend.kit.columns import table_of
from backend.kit.signed_note import NoteKey
from backend.ledger.models import Entry, EntryKind, SealKey
from backend.tiers import badges
from backend.tiers.models import MemberBadge

PROJECT, TOTALS, DONATION = table_of(CharityProject), table_of(CharityTotals), table_of(Donation)
STATEMENT, ENTRY, BADGE, KEY = table_of(CharityStatement), table_of(Entry), table_of(MemberBadge), table_of(SealKey)
WEEK = timedelta(days=7)
STANDS = DONATION.c.reversed_at.is_(None)
COUNTED = and_(DONATION.c.counted_as.is_not(None), STANDS)


async def broken(session: AsyncSession) -> list[str]:
    """Every promise found broken, in words."""
    return await promises.broken(session, _promises) + await _statements(session)


def _promises() -> Sequence[promises.Promise]:
    return (
        ("donation {} of {} points has no burn of as many for it", _unpaid()),
        ("entry {} burned {} points for a donation that is not there", _stray_burns()),
        ("donation {} was given back {} times", _wrongly_given_back()),
        ("project {}: its totals say {} points, {} matched, {} donors; counted are {}, {}, {}", _miscounted()),
        ("project {}: {} matched out of a budget of {}", _overmatched()),
        ("project {}: {} donations were counted, the last is number {}", _misnumbered()),
        ("member {} has the donors' badge and never gave", _badge_for_nothing()),
        ("member {} gave and has no donors' badge", _no_badge()),
    )


def _for_donations(code: str) -> Any:
    return ENTRY.c.why["code"].as_string() == code


def _unpaid() -> Select[Any]:
    paid = and_(
        ENTRY.c.member_id == DONATION.c.member_id,
        ENTRY.c.entry_id == DONATION.c.id,
        ENTRY.c.kind == EntryKind.BURN.value,
        ENTRY.c.points == -DONATION.c.points,
        _for_donations("DONATION"),
        ENTRY.c.created_at == DONATION.c.donated_at,
    )
    rows = DONATION.outerjoin(ENTRY, paid)
    return select(DONATION.c.id, DONATION.c.points).select_from(rows).where(ENTRY.c.entry_id.is_(None))


def _stray_burns() -> Select[Any]:
    given = and_(DONATION.c.member_id == ENTRY.c.member_id, DONATION.c.id == ENTRY.c.entry_id)
    burns = and_(ENTRY.c.kind == EntryKind.BURN.value, _for_donations("DONATION"))
    rows = ENTRY.outerjoin(DONATION, given)
    return select(ENTRY.c.entry_id, -ENTRY.c.points).select_from(rows).where(burns, DONATION.c.id.is_(None))


def _wrongly_given_back() -> Select[Any]:
    # By the burn's reference, for the reversal may be in the books of another member whose account hers was part of.
    burn, back = ENTRY.alias("burn"), ENTRY.alias("back")
    undone = and_(
        back.c.reference == burn.c.reference,
        back.c.kind == EntryKind.REVERSE.value,
        back.c.points == DONATION.c.points,
    )
    paid = and_(burn.c.member_id == DONATION.c.member_id, burn.c.entry_id == DONATION.c.id)
    times = func.count(back.c.entry_id)
    return (
        select(DONATION.c.id, times)
        .select_from(DONATION.join(burn, paid).outerjoin(back, undone))
        .group_by(DONATION.c.member_id, DONATION.c.id, DONATION.c.reversed_at)
        .having(or_(and_(STANDS, times != 0), and_(~STANDS, times != 1)))
    )


def _miscounted() -> Select[Any]:
    counted = case((COUNTED, 1))
    figures = (
        func.coalesce(func.sum(case((COUNTED, DONATION.c.points))), 0),
        func.coalesce(func.sum(case((COUNTED, DONATION.c.matched_minor))), 0),
        func.count(case((counted == 1, DONATION.c.member_id)).distinct()),
    )
    worth = func.coalesce(func.sum(case((COUNTED, DONATION.c.value_minor))), 0)
    told = (TOTALS.c.points, TOTALS.c.matched_minor, TOTALS.c.donors)
    differs = [said != is_so for said, is_so in zip((*told, TOTALS.c.value_minor), (*figures, worth), strict=True)]
    return (
        select(TOTALS.c.project_id, *told, *figures)
        .select_from(TOTALS.outerjoin(DONATION, DONATION.c.project_id == TOTALS.c.project_id))
        .group_by(TOTALS.c.project_id)
        .having(or_(*differs))
    )


def _overmatched() -> Select[Any]:
    rows = TOTALS.join(PROJECT, PROJECT.c.id == TOTALS.c.project_id)
    over = TOTALS.c.matched_minor > PROJECT.c.match_budget_minor
    query = select(TOTALS.c.project_id, TOTALS.c.matched_minor, PROJECT.c.match_budget_minor)
    return query.select_from(rows).where(over)


def _misnumbered() -> Select[Any]:
    numbers, last = func.count(DONATION.c.counted_as.distinct()), func.coalesce(func.max(DONATION.c.counted_as), 0)
    return (
        select(TOTALS.c.project_id, TOTALS.c.counted, last)
        .select_from(TOTALS.outerjoin(DONATION, DONATION.c.project_id == TOTALS.c.project_id))
        .group_by(TOTALS.c.project_id, TOTALS.c.counted)
        .having(or_(last != TOTALS.c.counted, numbers != TOTALS.c.counted))
    )


def _badge_for_nothing() -> Select[Any]:
    gave = select(DONATION.c.id).where(DONATION.c.member_id == BADGE.c.member_id, STANDS)
    return select(BADGE.c.member_id).where(BADGE.c.code == badges.DONOR, ~gave.exists())


def _no_badge() -> Select[Any]:
    has = select(BADGE.c.code).where(BADGE.c.member_id == DONATION.c.member_id, BADGE.c.code == badges.DONOR)
    return select(DONATION.c.member_id).distinct().where(STANDS, ~has.exists())


async def _statements(session: AsyncSession) -> list[str]:
    # What was signed stays as it was; what it says of the books must be what they say today.
    connection = await session.connection()
    signed = select(STATEMENT).order_by(STATEMENT.c.charity_id, STATEMENT.c.month)
    if not (rows := (await connection.execute(signed)).all()):
        return []
    keys = {row.key_id: NoteKey("", row.public_key) for row in await connection.execute(select(KEY))}
    found = []
    for row in rows:
        name = f"the statement of {row.month.isoformat()[:7]} of charity {row.charity_id}"
        key = keys.get(row.key_id)
        if key is None or not key.verifies(row.document.encode(), row.signature):
            found.append(f"{name} does not verify")
        booked = tuple((await connection.execute(_booked(row))).one())
        if booked != (row.points, row.matched_minor):
            found.append(f"{name} says {row.points} points, {row.matched_minor} matched; the books {booked}")
    return found


def _booked(statement: Any) -> Select[Any]:
    paid = and_(ENTRY.c.member_id == DONATION.c.member_id, ENTRY.c.entry_id == DONATION.c.id)
    rows = DONATION.join(ENTRY, paid).join(PROJECT, PROJECT.c.id == DONATION.c.project_id)
    until = (statement.month.replace(day=28) + WEEK).replace(day=1)
    figures = (func.coalesce(func.sum(-ENTRY.c.points), 0), func.coalesce(func.sum(DONATION.c.matched_minor), 0))
    return (
        select(*figures)
        .select_from(rows)
        .where(PROJECT.c.charity_id == statement.charity_id, STANDS, _for_donations("DONATION"))
        .where(DONATION.c.day >= statement.month, DONATION.c.day < until)
    )
