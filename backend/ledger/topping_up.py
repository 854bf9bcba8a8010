"""Points that a member paid for, credited by an operator who has the payment before her eyes."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput
from backend.ledger import payments, posting
from backend.ledger.models import Payment
from backend.members import enrolment
from backend.programme import terms

AMOUNT_MINOR_MAX = 10_000_000


async def top_up_points(
    session: AsyncSession, *, key: UUID, member_id: UUID, amount_minor: int, reference: str, actor: str
) -> Done[Payment]:
    """Credit what `amount_minor` buys at the reference value, rounded down; `reference` is the payment's own number.

    The same key returns the first booking. Raises NotEnrolled, InvalidInput, KeyReused, PaymentBooked, AccountFrozen.
    """
    reference = payments.reference_checked(reference)
    await enrolment.must_be_enrolled(session, member_id)
    name, request = f"top up:{key}", {"amount_minor": amount_minor, "reference": reference}
    book = await posting.open_book(session, member_id, name)
    if (entry := book.already(name, request)) is not None:
        return Done(await payments.one(session, member_id, entry.entry_id), replayed=True)
    programme = await terms.in_force(session)
    points = amount_minor * programme.points_per_yuan // payments.FEN_PER_YUAN
    if not 0 < amount_minor <= AMOUNT_MINOR_MAX or not points:
        raise InvalidInput("amountMinor", f"1 to {AMOUNT_MINOR_MAX} minor units that buy at least one point.")
    entry = posting.top_up(
        book,
        points=points,
        expires_at=programme.expires_at(clock.now(), "TOP_UP"),
        key=name,
        actor=actor,
        why={"code": "TOP_UP", "amount_minor": amount_minor, "currency": programme.currency},
        reference=reference,
        request=request,
    )
    await posting.write(session, [book])
    return Done(await payments.book(session, entry, points=points, amount_minor=amount_minor, reference=reference))
