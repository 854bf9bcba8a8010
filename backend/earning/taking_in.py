"""Taking events in: each is accepted once, a duplicate, or refused with a reason; orders earn at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning import accrual
from backend.earning.events import Event
from backend.earning.models import IncomingEvent
from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.members import enrolment, phones

INCOMING = table_of(IncomingEvent)
BATCH_MAX = 2000
REASONS = {
    "ORDER_COUNTED": "this order was counted with other contents",
    "ORDER_OF_ANOTHER": "this order is another member's",
    "REFUND_BEYOND": "more than is left of what was paid",
}


class Status(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True)
class Verdict:
    """What became of one event, and why if it was refused."""

    event_id: str
    status: Status
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class TakenIn:
    """What became of a batch, in its order; `points`: issued less taken back by it."""

    verdicts: Sequence[Verdict]
    points: int


async def take_in(session: AsyncSession, *, events: Sequence[Event], news_from: datetime | None = None) -> TakenIn:
    """Store the events that are new and post what orders and refunds earn, with what they change about earlier ones.

    The same event again is a duplicate; another event under a known id, a known order under another id with other
    contents, or a refund beyond what was paid is refused. What happened before `news_from` rings no phone. Two
    batches at once may share events.
    """
    assert len(events) <= BATCH_MAX
    first = _first_of_each(events)
    stored = await _store(session, list(first.values()))
    known = await _hashes(session, [event for key, event in first.items() if key not in stored])
    fresh = [event for key, event in first.items() if key in stored]
    members = await enrolment.named_by(session, {event.member for event in fresh})
    counting = [(members[event.member], event) for event in fresh if event.order or event.refund]
    outcome = await accrual.count(session, events=counting, news_from=news_from)
    await _forget(session, outcome.refused)
    counted = {**known, **{_key(event): event.body_hash for event in fresh}}
    news = {_key(event) for event in fresh} - outcome.refused.keys()
    return TakenIn([_verdict(event, news, counted, outcome.refused) for event in events], outcome.points)


def _first_of_each(events: Iterable[Event]) -> dict[tuple[str, str], Event]:
    first: dict[tuple[str, str], Event] = {}
    for event in events:
        first.setdefault(_key(event), event)
    return first


async def _store(session: AsyncSession, events: Sequence[Event]) -> set[tuple[str, str]]:
    # Sorted, so that two batches with the same events wait for each other in one direction only.
    insert = (sqlite if db.dialect() == "sqlite" else postgresql).insert(INCOMING).on_conflict_do_nothing()
    returning = insert.returning(INCOMING.c.source, INCOMING.c.event_id)
    rows = [_row(event) for event in sorted(events, key=_key)]
    if not rows:
        return set()
    return {(row.source, row.event_id) for row in await (await session.connection()).execute(returning, rows)}


async def _forget(session: AsyncSession, refused: Mapping[tuple[str, str], str]) -> None:
    # What was refused is not kept: sent again, it is judged again.
    if keys := [key for key, reason in refused.items() if reason != "DUPLICATE"]:
        unwanted = tuple_(INCOMING.c.source, INCOMING.c.event_id).in_(keys)
        await (await session.connection()).execute(delete(INCOMING).where(unwanted))


async def _hashes(session: AsyncSession, events: Sequence[Event]) -> dict[tuple[str, str], bytes]:
    if not events:
        return {}
    wanted = tuple_(INCOMING.c.source, INCOMING.c.event_id).in_([_key(event) for event in events])
    query = select(INCOMING.c.source, INCOMING.c.event_id, INCOMING.c.body_hash).where(wanted)
    rows = await (await session.connection()).execute(query)
    return {(row.source, row.event_id): row.body_hash for row in rows}


def _verdict(
    event: Event,
    news: set[tuple[str, str]],
    counted: Mapping[tuple[str, str], bytes],
    refused: Mapping[tuple[str, str], str],
) -> Verdict:
    key = _key(event)
    if not event.says_what(counted[key]):
        return Verdict(event.event_id, Status.REFUSED, "CONFLICT", "another event has this id")
    if refused.get(key, "DUPLICATE") != "DUPLICATE":
        return Verdict(event.event_id, Status.REFUSED, refused[key], REASONS[refused[key]])
    if key not in news:
        return Verdict(event.event_id, Status.DUPLICATE)
    news.discard(key)
    return Verdict(event.event_id, Status.ACCEPTED)


def _row(event: Event) -> dict[str, Any]:
    return {
        "source": event.source,
        "event_id": event.event_id,
        "type": event.type,
        "subject": phones.masked(event.member) if event.member.startswith("+") else event.member,
        "occurred_at": event.occurred_at,
        "received_at": clock.now(),
        "body": event.body,
        "body_hash": event.body_hash,
    }


def _key(event: Event) -> tuple[str, str]:
    return event.source, event.event_id
