"""A month's statement as a file, CSV or JSON, written while it is read.

The CSV opens in spreadsheets: it begins with a byte order mark, and a text that a spreadsheet would take for a
formula is marked as text (CWE-1236).
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from backend.kit import clock, db
from backend.kit.csv_lines import csv_line
from backend.ledger import why
from backend.ledger.history import in_order
from backend.ledger.models import EntryKind
from backend.ledger.statement_words import CLOSING, COLUMNS, KINDS, OPENING
from backend.ledger.statements import Standing, Statement, statement
from backend.programme import terms
from backend.programme.terms import Terms

ROWS_AT_ONCE = 500
NAME = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])\.(?P<form>csv|json)")
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
FIRST_YEAR = 1970


@dataclass(frozen=True)
class StatementFile:
    """A statement that can be written in a language: ZH_CN or EN."""

    statement: Statement
    month: date
    programme: Terms
    locale: str

    async def rows(self) -> AsyncIterator[Mapping[str, Any]]:
        """Its entries in order, each with the balance after it."""
        above, balance = self.statement.above, self.statement.opening.balance
        while True:
            async with db.read() as session:
                found = await in_order(
                    session, self.statement.member_id, ROWS_AT_ONCE, above=above, upto=self.statement.upto
                )
            for row in found:
                balance += row.points
                yield self._row(row, balance)
            if len(found) < ROWS_AT_ONCE:
                return
            above = found[-1].seq

    def local(self, moment: datetime) -> str:
        """A moment in the programme's zone, its offset said."""
        return moment.astimezone(self.programme.tz).isoformat(timespec="seconds")

    def _row(self, row: Any, balance: int) -> Mapping[str, Any]:
        kind = EntryKind(row.kind)
        return {
            "entry": row.seq,
            "posted": self.local(row.created_at),
            "kind": kind,
            "name": KINDS[kind].say(self.locale),
            "why": why.sentence(row.why).say(self.locale),
            "reference": row.reference,
            "points": row.points,
            "balance": balance,
            "hash": row.hash.hex(),
        }


async def read(member_id: UUID, name: str, locale: str) -> StatementFile | None:
    """The statement that a file name such as 2026-10.csv asks for; None when no month is called so."""
    asked = NAME.fullmatch(name)
    if asked is None or int(asked["year"]) < FIRST_YEAR:
        return None
    month = date(int(asked["year"]), int(asked["month"]), 1)
    async with db.snapshot() as session:
        programme = await terms.in_force(session)
        if month > programme.today():
            return None
        start, end = programme.start_of(month), programme.start_of(programme.month_after(month, 1))
        return StatementFile(await statement(session, member_id, start, end), month, programme, locale)


def written(file: StatementFile, form: str) -> AsyncIterator[str]:
    """The file, piece by piece; `form` is csv or json."""
    return (_csv if form == "csv" else _json)(file)


async def _csv(file: StatementFile) -> AsyncIterator[str]:
    opening, closing = file.statement.opening.balance, file.statement.closing.balance
    yield "\ufeff" + csv_line(COLUMNS[name].say(file.locale) for name in COLUMNS)
    yield _balance_line(file, OPENING.say(file.locale), file.statement.start, opening)
    async for row in file.rows():
        yield csv_line(row["name"] if name == "kind" else row[name] for name in COLUMNS)
    yield _balance_line(file, CLOSING.say(file.locale), min(file.statement.end, clock.now()), closing)


async def _json(file: StatementFile) -> AsyncIterator[str]:
    told = file.statement
    head = {
        "programme": file.programme.name.say(file.locale),
        "month": file.month.isoformat()[:7],
        "zone": file.programme.zone,
        "from": file.local(told.start),
        "until": file.local(told.end),
        "complete": told.end <= clock.now(),
        "opening": _sides(told.opening),
        "closing": _sides(told.closing),
        "totals": [{"kind": one.kind, "entries": one.entries, "points": one.points} for one in told.totals],
    }
    yield orjson.dumps(head).decode().removesuffix("}") + ',"entries":['
    comma = ""
    async for row in file.rows():
        yield comma + orjson.dumps(row).decode()
        comma = ","
    yield "]}\n"


def _sides(standing: Standing) -> Mapping[str, int]:
    sides = {name: getattr(standing, name) for name in ("available", "held", "pending", "debt")}
    return {"balance": standing.balance, **sides}


def _balance_line(file: StatementFile, name: str, moment: datetime, balance: int) -> str:
    said = {"posted": file.local(moment), "kind": name, "balance": balance}
    return csv_line(said.get(column, "") for column in COLUMNS)
