"""Prizes: the one way a reward is given without being redeemed.

Pieces are set aside when a game or an auction begins, so that what it promises is there; each is awarded or put back.
"""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.ledger.book import Book
from backend.members import delivery
from backend.rewards import handing_out, stocking
from backend.rewards.models import Redemption, RedemptionOrigin, Reward, RewardKind


async def set_aside(session: AsyncSession, sku: str, pieces: int) -> None:
    """Keep `pieces` (> 0) of the stock for prizes: nobody can redeem them. Raises OutOfStock."""
    assert pieces > 0
    await stocking.set_aside(session, sku, pieces)


async def put_back(session: AsyncSession, sku: str, pieces: int) -> None:
    """Let everyone redeem `pieces` (> 0) again that were set aside and not won."""
    assert pieces > 0
    await stocking.put_back(session, sku, pieces)


async def award(
    session: AsyncSession, book: Book, *, name: str, reward: Reward, origin: RedemptionOrigin, won_by: UUID
) -> Redemption:
    """Give one piece that was set aside to whose book this is; do it last, the stock is locked from here on.

    `name` makes it one award for ever: the caller knows by its own rows whether it was made. `won_by`: the entry it
    was won with. A parcel goes where her default delivery says now; whoever has none gets a pick-up code.
    """
    destination = await delivery.of(session, book.member_id) if reward.kind == RewardKind.PHYSICAL else None
    redemption = handing_out.made(book, name, reward, destination, points=0, origin=origin, won_by=won_by)
    await handing_out.hand_out(session, redemption, reward, destination)
    await stocking.award_one(session, reward.sku)
    return redemption
