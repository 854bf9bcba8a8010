"""An operator opens one redemption, with where it goes in clear; that she looked, and at whom, stays on record."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import audit
from backend.kit.errors import NotFound
from backend.kit.rate_limit import allow
from backend.rewards import codes, redemptions
from backend.rewards.models import Redemption

RATE = "600 per hour"
"""More than any counter serves, and far too few to come upon a code that nobody showed."""


async def count_try(operator: str) -> None:
    """Count one more look by this operator. Raises TooManyRequests."""
    await allow("look up a redemption", operator, RATE)


async def by_code(session: AsyncSession, *, code: str, act: audit.Act) -> Redemption:
    """The redemption whose pick-up code somebody shows, typed in any way. Raises NotFound."""
    indexes = codes.pick_up_indexes(codes.as_read_out(code))
    found = (await session.exec(select(Redemption).where(col(Redemption.code_index).in_(indexes)))).first()
    if found is None:
        raise NotFound
    return await _looked_at(session, found, act)


async def to_send(session: AsyncSession, *, redemption_id: UUID, act: audit.Act) -> Redemption:
    """A redemption that has to be sent. Raises NotFound."""
    owner = await redemptions.owner(session, redemption_id)
    return await _looked_at(session, await redemptions.one(session, owner, redemption_id), act)


async def _looked_at(session: AsyncSession, redemption: Redemption, act: audit.Act) -> Redemption:
    whom = {"member_id": redemption.member_id, "sku": redemption.sku, "state": redemption.state}
    await audit.record(session, act, ("Redemption", str(redemption.id)), after=whom)
    return redemption
