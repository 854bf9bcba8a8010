"""A charity's month, signed: made once when the month is over, never changed, equal to the books to the point.

What is signed is a CSV file, byte by byte as it can be fetched: whoever has it, its signature and the published key
needs nothing else of ours. It is signed with the key that seals the books (`ledger.seal_keys`): one key to publish,
to watch and to rotate. A checkpoint begins with the tree's name, this file with MARK: neither can pass for the other.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlmodel import col, select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import counting, projects, standing
from backend.charity.models import Charity, CharityProject, CharityStatement, Donation
from backend.kit import clock, ids
from backend.kit.columns import table_of
from backend.kit.csv_lines import csv_line
from backend.kit.signed_note import sign
from backend.ledger import seal_keys, sealing
from backend.ledger.models import Entry
from backend.programme import terms
from backend.programme.terms import Terms

DONATION, ENTRY, STATEMENT = table_of(Donation), table_of(Entry), table_of(CharityStatement)
SETTLED_AFTER = timedelta(hours=1)
"""A month's statement is made when nothing can still be on its way into it."""
MARK = "\ufeffcharity statement"
COLUMNS = ("project", "title_zh", "title_en", "points", "value_minor", "matched_minor", "currency")
FIGURES = ("points", "value_minor", "matched_minor")


async def due(session: AsyncSession) -> tuple[UUID, date] | None:
    """A charity and the oldest month of hers that is over and has no statement; None when all are made."""
    programme = await terms.in_force(session)
    last = select(STATEMENT.c.charity_id, func.max(STATEMENT.c.month).label("month")).group_by(STATEMENT.c.charity_id)
    made = {row.charity_id: row.month for row in await (await session.connection()).execute(last)}
    for charity in (await session.exec(select_rows(Charity).order_by(col(Charity.id)))).all():
        before = made.get(charity.id)
        month = programme.month_after(before, 1) if before else programme.day_of(charity.created_at).replace(day=1)
        if _ends(programme, month) + SETTLED_AFTER <= clock.now():
            return charity.id, month
    return None


async def make(session: AsyncSession, *, charity_id: UUID, month: date) -> CharityStatement:
    """Make a charity's statement of a month that is over; one that is made already stays as it is.

    What waits to be counted is counted first. The projects stay locked, so that no donation of the month is reversed
    meanwhile.
    """
    charity = await session.get(Charity, charity_id, with_for_update=True)
    assert charity is not None, "a charity is never removed"
    if (made := await session.get(CharityStatement, (charity_id, month))) is not None:
        return made
    hers = sorted(await projects.of_charity(session, charity_id), key=lambda project: project.id)
    for project in hers:
        await standing.lock(session, project.id)
        while await counting.count_waiting(session, project_id=project.id):
            pass
    lines = await _lines(session, hers, month)
    log = await sealing.locked_log(await session.connection())
    key, private = await seal_keys.to_sign_with(session, log.origin)
    currency = (await terms.in_force(session)).currency
    document = _document(charity, month, lines, currency)
    statement = CharityStatement(
        charity_id=charity_id,
        month=month,
        id=ids.derived(charity_id, f"statement {month.isoformat()[:7]}"),
        **_sums(lines),
        currency=currency,
        lines=lines,
        document=document,
        key_id=key.key_id,
        signature=sign(private, document.encode()),
        made_at=clock.now(),
    )
    session.add(statement)
    return statement


async def of_charity(session: AsyncSession, charity_id: UUID) -> Sequence[CharityStatement]:
    """A charity's statements, the newest first."""
    query = select_rows(CharityStatement).where(CharityStatement.charity_id == charity_id)
    return (await session.exec(query.order_by(col(CharityStatement.month).desc()))).all()


async def newest(session: AsyncSession, charity_id: UUID) -> CharityStatement | None:
    """A charity's newest statement."""
    query = select_rows(CharityStatement).where(CharityStatement.charity_id == charity_id)
    return (await session.exec(query.order_by(col(CharityStatement.month).desc()).limit(1))).first()


async def by_id(session: AsyncSession, statement_id: UUID) -> CharityStatement | None:
    """Anybody's statement: whoever asks must be of its charity."""
    query = select_rows(CharityStatement).where(CharityStatement.id == statement_id)
    return (await session.exec(query)).first()


def _ends(programme: Terms, month: date) -> datetime:
    return programme.start_of(programme.month_after(month, 1))


async def _lines(session: AsyncSession, hers: Sequence[CharityProject], month: date) -> list[dict[str, Any]]:
    programme = await terms.in_force(session)
    start, end = programme.start_of(month), _ends(programme, month)
    figures = await _given(session, hers, month, programme.month_after(month, 1))
    return [
        {
            "project": project.code,
            "title": project.title,
            **dict(zip(FIGURES, figures.get(project.id, [0, 0, 0]), strict=True)),
        }
        for project in sorted(hers, key=lambda project: project.code)
        if project.id in figures
        or (project.created_at < end and (project.closed_at is None or project.closed_at >= start))
    ]


async def _given(
    session: AsyncSession, hers: Sequence[CharityProject], month: date, until: date
) -> dict[UUID, list[int]]:
    # Joined to the burns that paid, so that what is signed is what the books say.
    paid = and_(ENTRY.c.member_id == DONATION.c.member_id, ENTRY.c.entry_id == DONATION.c.id)
    summed = (
        select(
            DONATION.c.project_id,
            func.sum(-ENTRY.c.points),
            func.sum(DONATION.c.value_minor),
            func.sum(DONATION.c.matched_minor),
        )
        .select_from(DONATION.join(ENTRY, paid))
        .where(DONATION.c.project_id.in_([project.id for project in hers]), DONATION.c.reversed_at.is_(None))
        .where(DONATION.c.day >= month, DONATION.c.day < until)
        .group_by(DONATION.c.project_id)
    )
    return {row[0]: [int(one) for one in row[1:]] for row in await (await session.connection()).execute(summed)}


def _sums(lines: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(line[name] for line in lines) for name in FIGURES}


def _document(charity: Charity, month: date, lines: Sequence[dict[str, Any]], currency: str) -> str:
    head = csv_line([MARK, charity.registration, charity.name["zh_cn"], charity.name["en"], month.isoformat()[:7]])
    rows = [
        [line["project"], line["title"]["zh_cn"], line["title"]["en"], *(line[name] for name in FIGURES), currency]
        for line in lines
    ]
    total = ["total", "", "", *_sums(lines).values(), currency]
    return head + "".join(csv_line(row) for row in [COLUMNS, *rows, total])
