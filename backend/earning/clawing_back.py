"""Taking back what an earning should not have given, by decision of an operator."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from backend.earning.models import Accrual
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger import posting, reasons
from backend.ledger.models import Entry, EntryKind
from backend.ledger.states import EntryState

EARNINGS = (EntryKind.EARN, EntryKind.ADJUST, EntryKind.TOP_UP)


class NothingToClawBack(Refused):
    """So much is not left of this earning."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


async def claw_back_earning(
    session: AsyncSession, *, key: UUID, member_id: UUID, entry_id: UUID, points: int | None, reason: str, actor: str
) -> Done[EntryState]:
    """Take back `points` (all by default) of an earning, spent or not: what is missing becomes a debt.

    What an order earned stays that much lower whatever the order's rules say later. A frozen account is clawed back
    too. The same key again does nothing. Raises NotFound, InvalidInput, KeyReused, NothingToClawBack.
    """
    earning = await session.get(Entry, (member_id, entry_id))
    if earning is None or earning.kind not in EARNINGS or earning.points <= 0:
        raise NotFound
    name, request = f"claw back:{key}", {"entry": str(entry_id), "points": points, "reason": reason}
    book = await posting.open_book(session, member_id, name, lot_ids=[entry_id])
    if (entry := book.already(name, request)) is not None:
        return Done(entry, replayed=True)
    if points is not None and points <= 0:
        raise InvalidInput("points", "Claw back at least one point.")
    accrual = (await session.exec(_accrual_of(member_id, entry_id))).first()
    left = accrual.points if accrual else earning.points + await _clawed_back(session, member_id, entry_id)
    taken = left if points is None else points
    if not 0 < taken <= left:
        raise NothingToClawBack(left)
    if accrual is not None:
        accrual.points, accrual.withheld = accrual.points - taken, accrual.withheld + taken
    why = {"code": "CLAWED_BACK", "reason": reasons.checked(reason)}
    entry = posting.claw_back(
        book,
        lot_id=entry_id,
        points=taken,
        key=name,
        actor=actor,
        why=why,
        reference=earning.reference,
        request=request,
    )
    await posting.write(session, [book])
    return Done(entry)


def _accrual_of(member_id: UUID, entry_id: UUID) -> SelectOfScalar[Accrual]:
    query = select(Accrual).where(Accrual.member_id == member_id, Accrual.entry_id == entry_id)
    return query.execution_options(populate_existing=True)


async def _clawed_back(session: AsyncSession, member_id: UUID, lot_id: UUID) -> int:
    query = select(Entry).where(Entry.member_id == member_id, Entry.kind == EntryKind.CLAW_BACK)
    return sum(entry.points for entry in await session.exec(query) if entry.why["lot"] == str(lot_id))
