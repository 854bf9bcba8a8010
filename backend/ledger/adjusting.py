"""Adding or taking points by hand: a little alone, more only with a second person."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger import chain, posting, reasons
from backend.ledger.book import Book, KeyReused
from backend.ledger.models import Adjustment, AdjustmentState
from backend.members.models import Member
from backend.programme import terms

POINTS_MAX = 100_000_000
ALONE_WITHIN = timedelta(days=1)
"""What one operator adjusts of one member alone is added up over so long: many little ones are a big one."""
SHOWN_MAX = 100


class AnotherPersonDecides(Refused):
    """Whoever proposed this cannot decide it."""


class AdjustmentDecided(Refused):
    """This adjustment was decided already."""


async def adjust_points(
    session: AsyncSession, *, key: UUID, member_id: UUID, points: int, reason: str, actor: str
) -> Done[Adjustment]:
    """Add or take `points` at once, or propose it when it is more than this operator may do alone.

    The same key returns what became of it. Raises NotFound, InvalidInput, KeyReused, AccountFrozen.
    """
    if await session.get(Member, member_id) is None:
        raise NotFound
    reason = reasons.checked(reason)
    if not 0 < abs(points) <= POINTS_MAX:
        raise InvalidInput("points", f"Adjust by 1 to {POINTS_MAX} points, up or down.")
    book = await posting.open_book(session, member_id)
    adjustment_id, request = book.entry_id(f"adjust:{key}"), chain.digest({"points": points, "reason": reason})
    if (found := await session.get(Adjustment, (member_id, adjustment_id))) is not None:
        if found.request_hash != request:
            raise KeyReused
        return Done(found, replayed=True)
    adjustment = Adjustment(
        member_id=member_id,
        id=adjustment_id,
        points=points,
        reason=reason,
        state=AdjustmentState.PROPOSED.value,
        request_hash=request,
        proposed_by=actor,
        proposed_at=clock.now(),
    )
    if abs(points) + await _alone(session, member_id, actor) <= (await terms.in_force(session)).adjust_alone_max:
        await _post(session, book, adjustment, actor)
    session.add(adjustment)
    await session.flush()
    return Done(adjustment)


async def approve_adjustment(session: AsyncSession, *, adjustment_id: UUID, actor: str) -> Done[Adjustment]:
    """Post an adjustment that somebody else proposed; a second call changes nothing.

    Raises NotFound, AnotherPersonDecides, AdjustmentDecided, AccountFrozen.
    """
    book, adjustment = await _proposed(session, adjustment_id)
    if _decided(adjustment, AdjustmentState.POSTED, actor):
        return Done(adjustment, replayed=True)
    await _post(session, book, adjustment, actor)
    return Done(adjustment)


async def reject_adjustment(session: AsyncSession, *, adjustment_id: UUID, reason: str, actor: str) -> Done[Adjustment]:
    """Turn down an adjustment that somebody else proposed; a second call changes nothing.

    Raises NotFound, InvalidInput, AnotherPersonDecides, AdjustmentDecided.
    """
    _, adjustment = await _proposed(session, adjustment_id)
    if _decided(adjustment, AdjustmentState.REJECTED, actor):
        return Done(adjustment, replayed=True)
    adjustment.decided_why = reasons.checked(reason)
    adjustment.state, adjustment.decided_by = AdjustmentState.REJECTED.value, actor
    adjustment.decided_at = clock.now()
    return Done(adjustment)


async def proposed(session: AsyncSession) -> Sequence[Adjustment]:
    """What waits for a second person, the oldest first; at most SHOWN_MAX."""
    query = select(Adjustment).where(Adjustment.state == AdjustmentState.PROPOSED)
    return (await session.exec(query.order_by(col(Adjustment.proposed_at)).limit(SHOWN_MAX))).all()


async def member_of(session: AsyncSession, adjustment_id: UUID) -> UUID:
    """Whose adjustment it is: that never changes, so it may be asked before locking her account. Raises NotFound."""
    member_id = (await session.exec(select(Adjustment.member_id).where(Adjustment.id == adjustment_id))).first()
    if member_id is None:
        raise NotFound
    return member_id


async def _proposed(session: AsyncSession, adjustment_id: UUID) -> tuple[Book, Adjustment]:
    # Read again under the account's lock: two who decide at once decide once.
    book = await posting.open_book(session, await member_of(session, adjustment_id))
    return book, await session.get_one(Adjustment, (book.member_id, adjustment_id), populate_existing=True)


def _decided(adjustment: Adjustment, so: AdjustmentState, actor: str) -> bool:
    if adjustment.state == so and adjustment.decided_by == actor and adjustment.proposed_by != actor:
        return True
    if adjustment.state != AdjustmentState.PROPOSED:
        raise AdjustmentDecided
    if adjustment.proposed_by == actor:
        raise AnotherPersonDecides
    return False


async def _alone(session: AsyncSession, member_id: UUID, actor: str) -> int:
    query = select(func.coalesce(func.sum(func.abs(Adjustment.points)), 0)).where(
        Adjustment.member_id == member_id,
        Adjustment.proposed_by == actor,
        Adjustment.decided_by == actor,
        Adjustment.proposed_at > clock.now() - ALONE_WITHIN,
    )
    return int((await session.exec(query)).one())


async def _post(session: AsyncSession, book: Book, adjustment: Adjustment, actor: str) -> None:
    moment = clock.now()
    posting.adjust(
        book,
        points=adjustment.points,
        expires_at=(await terms.in_force(session)).expires_at(moment, "ADJUST"),
        key=f"adjustment:{adjustment.id}",
        actor=actor,
        why={"code": "ADJUSTED", "reason": adjustment.reason, "proposed_by": adjustment.proposed_by},
        reference=str(adjustment.id),
    )
    adjustment.state, adjustment.decided_by, adjustment.decided_at = AdjustmentState.POSTED.value, actor, moment
    await posting.write(session, [book])
