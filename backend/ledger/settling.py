"""Turning surplus points into wallet credit: off by default, capped, and no return on money.

Only what the points earned are worth beyond `settle_beyond_spend` times what the member spent can be settled. The
credit is recorded here and given by the wallet, which is not part of this programme.
"""

from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.ledger import payments, posting
from backend.ledger.models import Entry, EntryKind, Payment
from backend.orders.models import Purchase
from backend.programme import terms
from backend.programme.terms import Terms

ENTRY, PAYMENT, PURCHASE = table_of(Entry), table_of(Payment), table_of(Purchase)
EARNED = (EntryKind.EARN, EntryKind.CORRECT, EntryKind.CLAW_BACK)


class SettlementOff(Refused):
    """This programme does not turn points into wallet credit."""


class NothingToSettle(Refused):
    """No points beyond the limit can be turned into wallet credit."""


async def settle_surplus(
    session: AsyncSession, *, key: UUID, member_id: UUID, reference: str, actor: str
) -> Done[Payment]:
    """Burn the surplus a member can spend now and record it as wallet credit at the reference value, rounded down.

    `reference` is the wallet's number for it. The same key returns the first booking. Raises SettlementOff,
    NothingToSettle, InvalidInput, KeyReused, PaymentBooked, AccountFrozen.
    """
    reference = payments.reference_checked(reference)
    name, request = f"settle:{key}", {"reference": reference}
    book = await posting.open_book(session, member_id, name)
    if (entry := book.already(name, request)) is not None:
        return Done(await payments.one(session, member_id, entry.entry_id), replayed=True)
    programme = await terms.in_force(session)
    posting.expire(book, moment=clock.now())
    surplus = await _surplus(session, member_id, programme)
    amount_minor = max(0, min(surplus, book.burnable())) * payments.FEN_PER_YUAN // programme.points_per_yuan
    if not amount_minor:
        raise NothingToSettle
    points = -(-amount_minor * programme.points_per_yuan // payments.FEN_PER_YUAN)
    why = {"code": "SETTLED", "amount_minor": amount_minor, "currency": programme.currency}
    entry = posting.settle(book, points=points, key=name, actor=actor, why=why, reference=reference, request=request)
    await posting.write(session, [book])
    return Done(await payments.book(session, entry, points=points, amount_minor=amount_minor, reference=reference))


async def _surplus(session: AsyncSession, member_id: UUID, programme: Terms) -> int:
    if programme.settle_beyond_spend is None:
        raise SettlementOff
    spent = func.sum(PURCHASE.c.total_minor - PURCHASE.c.refunded_minor)
    sums = (
        select(func.sum(ENTRY.c.points)).where(
            ENTRY.c.member_id == member_id, ENTRY.c.kind.in_([kind.value for kind in EARNED])
        ),
        select(func.sum(PAYMENT.c.points)).where(
            PAYMENT.c.member_id == member_id, PAYMENT.c.kind == EntryKind.SETTLE.value
        ),
        select(spent).where(PURCHASE.c.member_id == member_id, PURCHASE.c.undone.is_(False)),
    )
    connection = await session.connection()
    earned, settled, spent_minor = [int((await connection.execute(query)).scalar() or 0) for query in sums]
    bought = spent_minor * programme.points_per_yuan // payments.FEN_PER_YUAN
    return earned - settled - programme.settle_beyond_spend * bought
