"""What a charity's desk hands out as files: its projects' figures, and its signed statements, as CSV or JSON.

A file is read for whoever asks now: it is there for the staff of its charity, and for nobody else it is.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import breakdowns, charities, standing
from backend.charity.breakdowns import Campaign, Day
from backend.charity.models import Charity, CharityProject, CharityStatement
from backend.charity.standing import Totals
from backend.kit import db
from backend.kit.csv_lines import csv_line
from backend.kit.plain import plain
from backend.programme import terms

PROJECT = re.compile(r"(?P<code>[A-Z0-9][A-Z0-9-]{0,39})\.(?P<form>csv|json)")
STATEMENT = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])\.(?P<form>csv|json)")
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
COLUMNS = ("what", "name", "points", "donors", "matched_minor", "currency")
FIRST_YEAR = 1970


@dataclass(frozen=True)
class DeskFile:
    """A file as it is sent."""

    content: bytes
    media_type: str


async def project_file(member_id: UUID, name: str) -> DeskFile | None:
    """A project's totals, days and campaigns, as BOOKS.csv or BOOKS.json; None: not hers, or there is none."""
    asked = PROJECT.fullmatch(name)
    if asked is None:
        return None
    async with db.snapshot() as session:
        project = await _hers(session, member_id, asked["code"])
        if project is None:
            return None
        totals = (await standing.of(session, [project.id]))[project.id]
        days = await breakdowns.by_day(session, project.id)
        campaigns = await breakdowns.by_campaign(session, project.id)
        shown_from = (await terms.in_force(session)).donors_shown_from
    if asked["form"] == "csv":
        return _file("\ufeff" + "".join(_lines(totals, days, campaigns)), "csv")
    told = {
        "project": project.code,
        "totals": totals,
        "donors_shown_from": shown_from,
        "days": days,
        "campaigns": campaigns,
    }
    return _file(orjson.dumps(plain(told)).decode() + "\n", "json")


async def statement_file(member_id: UUID, name: str) -> DeskFile | None:
    """Her charity's statement, as 2026-10.csv (the signed bytes) or 2026-10.json (with signature and key)."""
    asked = STATEMENT.fullmatch(name)
    if asked is None or int(asked["year"]) < FIRST_YEAR:
        return None
    month = date(int(asked["year"]), int(asked["month"]), 1)
    async with db.read() as session:
        charity = await charities.of_staff(session, member_id)
        found = None if charity is None else await session.get(CharityStatement, (charity.id, month))
    if charity is None or found is None:
        return None
    if asked["form"] == "csv":
        return _file(found.document, "csv")
    return _file(orjson.dumps(_signed(charity, found)).decode() + "\n", "json")


async def _hers(session: AsyncSession, member_id: UUID, code: str) -> CharityProject | None:
    charity = await charities.of_staff(session, member_id)
    if charity is None:
        return None
    query = select(CharityProject).where(CharityProject.code == code, CharityProject.charity_id == charity.id)
    return (await session.exec(query)).first()


def _lines(totals: Totals, days: Sequence[Day], campaigns: Sequence[Campaign]) -> Iterator[str]:
    yield csv_line(COLUMNS)
    yield csv_line(["total", "", totals.points, totals.donors, totals.matched_minor, totals.currency])
    for day in days:
        yield csv_line(["day", day.day.isoformat(), day.points, day.donors, day.matched_minor, totals.currency])
    for one in campaigns:
        what = "campaigns of few donors" if one.pooled else "campaign"
        yield csv_line([what, one.name, one.points, one.donors, one.matched_minor, totals.currency])


def _signed(charity: Charity, statement: CharityStatement) -> dict[str, Any]:
    return {
        "charity": {"name": charity.name, "registration": charity.registration},
        "month": statement.month.isoformat()[:7],
        "points": statement.points,
        "value_minor": statement.value_minor,
        "matched_minor": statement.matched_minor,
        "currency": statement.currency,
        "projects": statement.lines,
        "document": statement.document,
        "signature": base64.b64encode(statement.signature).decode(),
        "key_id": statement.key_id,
        "keys": "/checkpoints/keys.json",
    }


def _file(text: str, form: str) -> DeskFile:
    return DeskFile(text.encode(), MEDIA_TYPES[form])
