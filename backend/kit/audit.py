"""Who did what to whom, with before and after: one record per operator act, in the act's own commit, for ever.

No code changes or removes a record. The database is told so too: PostgreSQL by rules that turn an UPDATE or DELETE
into nothing, SQLite, which has no rules, by triggers that refuse it. An act that was refused or replayed leaves none.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy
from sqlalchemy import JSON, Column, ColumnElement, Index, LargeBinary, Table, insert, literal, tuple_
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, ids, masking
from backend.kit.columns import Moment, table_of
from backend.kit.done import Done
from backend.kit.plain import plain

T = TypeVar("T")
Standing = Mapping[str, Any] | None
Look = Callable[[AsyncSession], Awaitable[Standing]]
COMMAND = "command"
"""Who acts when it is `./mall`: whoever may run it on the machine."""


class AuditRecord(SQLModel, table=True):
    """One act that happened. `before` and `after`: how its subject stood, masked; null when it was not there."""

    __tablename__ = "audit_record"
    __table_args__ = (
        Index("audit_newest", "at", "id"),
        Index("audit_by_actor", "actor", "at", "id"),
        Index("audit_by_act", "act", "at", "id"),
        Index("audit_of_subject", "subject_id", "at", "id"),
    )
    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    actor: str
    """`operator:olga`, or COMMAND."""
    act: str
    """The mutation's name, or the command's."""
    subject_kind: str
    subject_id: str
    before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    after: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    reason: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class Subject:
    """What an act is about. `look` reads how it stands, and locks it as the act's verb does first.

    Without the lock another act could come between the look and the verb, and `before` would be a lie.
    """

    kind: str
    id: str
    look: Look


@dataclass(frozen=True)
class Act:
    """Who does what, asked by which request, and why."""

    actor: str
    name: str
    request_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What a search of the log is for; None: whatever."""

    actor: str | None = None
    act: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


RECORD = table_of(AuditRecord)


async def audited(
    session: AsyncSession, *, act: Act, subject: Subject, verb: Callable[..., Awaitable[T]], named: Mapping[str, Any]
) -> T:
    """Do `verb` and record it, with its subject before and after, in the one transaction; a replay is not recorded."""
    before = await subject.look(session)
    result = await verb(session, **named)
    if not (isinstance(result, Done) and result.replayed):
        await session.flush()
        await record(session, act, (subject.kind, subject.id), before, await subject.look(session))
    return result


async def record(
    session: AsyncSession, act: Act, subject: tuple[str, str], before: Standing = None, after: Standing = None
) -> None:
    """Write one record with whatever else this transaction does."""
    kind, which = subject
    row = {
        "id": ids.new(),
        "at": clock.now(),
        "actor": act.actor,
        "act": act.name,
        "subject_kind": kind,
        "subject_id": which,
        "before": masking.masked(plain(before)),
        "after": masking.masked(plain(after)),
        "reason": act.reason and masking.masked(act.reason),
        "request_id": act.request_id or None,
    }
    await (await session.connection()).execute(insert(RECORD), row)


def row(table: Table, *where: ColumnElement[bool]) -> Look:
    """A look at one row, locked: every column but those in bytes, which are secrets and hashes."""
    columns = [column for column in table.columns if not isinstance(column.type, LargeBinary)]

    async def look(session: AsyncSession) -> Standing:
        query = sqlalchemy.select(*columns).where(*where).with_for_update()
        found = (await (await session.connection()).execute(query)).mappings().first()
        return None if found is None else dict(found)

    return look


async def search(
    session: AsyncSession, wanted: Wanted, position: tuple[datetime, UUID] | None, count: int
) -> Sequence[AuditRecord]:
    """Up to `count` records after `position`, newest first."""
    query = select(AuditRecord).where(*_conditions(wanted)).order_by(RECORD.c.at.desc(), RECORD.c.id.desc())
    if position is not None:
        passed = tuple_(literal(position[0], RECORD.c.at.type), literal(position[1], RECORD.c.id.type))
        query = query.where(tuple_(RECORD.c.at, RECORD.c.id) < passed)
    return (await session.exec(query.limit(count))).all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (RECORD.c.actor, wanted.actor),
            (RECORD.c.act, wanted.act),
            (RECORD.c.subject_id, wanted.subject_id),
        )
        if value is not None
    ]
    if wanted.since is not None:
        conditions.append(RECORD.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(RECORD.c.at < wanted.until)
    return conditions
