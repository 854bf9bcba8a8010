"""Money beside points: every payment has one booking, under its own number."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db
from backend.kit.columns import table_of
from backend.kit.errors import InvalidInput, Refused
from backend.ledger.models import EntryKind, Payment
from backend.ledger.states import EntryState

PAYMENT = table_of(Payment)
REFERENCE_MAX = 100
FEN_PER_YUAN = 100


class PaymentBooked(Refused):
    """A payment with this number is in the books already."""


def reference_checked(reference: str) -> str:
    """The payment's own number. Raises InvalidInput."""
    if not 0 < len(reference) <= REFERENCE_MAX or not reference.isprintable() or reference != reference.strip():
        raise InvalidInput("reference", f"A payment's number has 1 to {REFERENCE_MAX} visible characters.")
    return reference


async def book(session: AsyncSession, entry: EntryState, *, points: int, amount_minor: int, reference: str) -> Payment:
    """Record the money that went with `entry`. Raises PaymentBooked."""
    row: dict[str, Any] = {
        "member_id": entry.member_id,
        "entry_id": entry.entry_id,
        "kind": EntryKind(entry.kind).value,
        "points": points,
        "amount_minor": amount_minor,
        "currency": entry.why["currency"],
        "reference": reference,
        "recorded_at": entry.created_at,
    }
    insert = (sqlite if db.dialect() == "sqlite" else postgresql).insert(PAYMENT).on_conflict_do_nothing()
    kept = await (await session.connection()).execute(insert.values(row).returning(PAYMENT.c.entry_id))
    if kept.first() is None:
        raise PaymentBooked
    return await one(session, entry.member_id, entry.entry_id)


async def one(session: AsyncSession, member_id: UUID, entry_id: UUID) -> Payment:
    """The money that went with an entry."""
    return await session.get_one(Payment, (member_id, entry_id))
