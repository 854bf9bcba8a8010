"""What tests begin with, made by the product's own verbs."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning import taking_in
from backend.earning.events import Event, from_line
from backend.earning.taking_in import TakenIn
from backend.kit import clock, db
from backend.kit.outbox import OutboxFact
from backend.ledger import notices, posting, reserving
from backend.ledger.facts import member_stream
from backend.ledger.models import Account
from backend.members import enrolment
from backend.programme import publishing, terms
from backend.programme.terms import Terms


async def a_member(reference: str = "Ann", *, points: int = 0, expires_in: timedelta | None = None) -> UUID:
    """An enrolled member with `points` from a gift, which expires in `expires_in` (in a year by default)."""

    async def enrol(session: AsyncSession) -> UUID:
        member_id = (await enrolment.first_sight(session, [reference]))[reference]
        version = (await terms.in_force(session)).terms_version
        await enrolment.enrol(session, member_id=member_id, terms_version=version, nickname=reference)
        return member_id

    member_id = await db.transact(enrol)
    if points:
        await a_gift(member_id, points, expires_in=expires_in)
    return member_id


async def a_gift(member_id: UUID, points: int, *, expires_in: timedelta | None = None, key: str | None = None) -> UUID:
    """`points` more for a member; returns the lot's id."""
    expires_at = clock.now() + (expires_in or timedelta(days=365))

    async def give(session: AsyncSession) -> UUID:
        book = await posting.open_book(session, member_id)
        entry = posting.earn(
            book,
            key=key or f"gift:{uuid4()}",
            points=points,
            expires_at=expires_at,
            occurred_at=clock.now(),
            actor="test",
            why={"code": "GIFT"},
        )
        await posting.write(session, [book])
        return entry.entry_id

    return await db.transact(give)


async def a_hold(member_id: UUID, points: int, *, lapses_in: timedelta = timedelta(days=1)) -> UUID:
    """`points` of hers reserved; returns the hold's id."""

    async def reserve(session: AsyncSession) -> UUID:
        book, lapses_at = await posting.open_book(session, member_id), clock.now() + lapses_in
        said: Any = {"key": f"hold:{uuid4()}", "actor": "test", "why": {"code": "TEST"}}
        held = reserving.hold(book, points=points, lapses_at=lapses_at, purpose="TEST", **said)
        await posting.write(session, [book])
        return held.hold_id

    return await db.transact(reserve)


async def the_terms_become(**changes: Any) -> None:
    """A new version of the terms, in force from now on."""

    async def publish(session: AsyncSession) -> None:
        changed = Terms.model_validate((await terms.in_force(session)).model_dump() | changes)
        await publishing.publish_terms(session, changed=changed, effective_from=None, published_by="test")

    await db.transact(publish)
    terms.forget()


async def balance(member_id: UUID) -> tuple[int, int]:
    """Available and held points as the account row has them."""
    async with db.read() as session:
        account = await session.get(Account, member_id)
        return (account.available, account.held) if account else (0, 0)


async def an_order(
    member: str, yuan: float, *, ref: str | None = None, at: datetime | str | None = None, source: str = "shop"
) -> TakenIn:
    """A paid order, taken in as the door does."""
    return await take_in([await an_event(member, yuan, ref=ref, at=at, source=source)])


async def an_event(
    member: str,
    yuan: float,
    *,
    ref: str | None = None,
    order: str | None = None,
    at: datetime | str | None = None,
    source: str = "shop",
) -> Event:
    """A paid order as an event; `ref` names the event, and the order too unless `order` does."""
    moment = at or clock.now()
    ref = ref or str(uuid4())
    line: dict[str, Any] = {
        "type": "order.paid",
        "at": moment if isinstance(moment, str) else moment.isoformat(),
        "member": member,
        "order": order or ref,
        "total_minor": round(yuan * 100),
    }
    async with db.read() as session:
        programme = await terms.in_force(session)
    return from_line(line, source, ref, programme.tz, programme.currency)


async def a_refund(
    member: str,
    order: str,
    yuan: float | None = None,
    *,
    ref: str | None = None,
    at: datetime | str | None = None,
    source: str = "shop",
) -> Event:
    """Money given back for an order, all that is left of it by default, as an event."""
    moment = at or clock.now()
    line: dict[str, Any] = {
        "type": "order.refunded",
        "at": moment if isinstance(moment, str) else moment.isoformat(),
        "member": member,
        "order": order,
        **({"whole": True} if yuan is None else {"amount_minor": round(yuan * 100)}),
    }
    async with db.read() as session:
        programme = await terms.in_force(session)
    return from_line(line, source, ref or str(uuid4()), programme.tz, programme.currency)


async def take_in(events: list[Event]) -> TakenIn:
    """Several events in one transaction."""
    return await db.transact(taking_in.take_in, events=events)


async def told_of_expiry(*member_ids: UUID) -> None:
    """The members are warned of what expires within the programme's warning days, and their phones show it."""
    await db.transact(notices.warn, member_ids=member_ids)
    query = select(OutboxFact.stream, OutboxFact.seq).where(col(OutboxFact.name) == "ExpiryWarned")
    async with db.read() as session:
        told = [(stream, seq) for stream, seq in await session.exec(query)]
    for member_id in member_ids:
        seqs = [seq for stream, seq in told if stream == member_stream(member_id) and seq]
        await db.transact(notices.acknowledge, member_id=member_id, seqs=seqs)
