"""What a redemption knows of the person: its code, its address, and what operators wrote on it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import case, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.members import families
from backend.rewards.models import CouponCode, Redemption, RedemptionState

REDEMPTION, COUPON = table_of(Redemption), table_of(CouponCode)


async def waiting(session: AsyncSession, member_id: UUID) -> Sequence[Redemption]:
    """Her redemptions that were not handed over yet."""
    hers = col(Redemption.member_id).in_(await families.part_ids(session, member_id))
    query = select(Redemption).where(hers)
    query = query.where(Redemption.state == RedemptionState.CONFIRMED.value)
    return (await session.exec(query.order_by(REDEMPTION.c.id))).all()


async def forget(session: AsyncSession, member_id: UUID) -> None:
    """Forget the codes, addresses and notes of her redemptions; that they were made and paid for stays."""
    await session.flush()
    pool = REDEMPTION.c.code_index.in_(select(COUPON.c.code_index).where(COUPON.c.given_to == REDEMPTION.c.id))
    # The pool goes on knowing that a coupon's code was given out, though not to whom.
    kept_index = case((pool, REDEMPTION.c.code_index), else_=None)
    nothing = {"code_sealed": None, "delivery_sealed": None, "note": None, "reason": None}
    gone = update(REDEMPTION).where(REDEMPTION.c.member_id == member_id).values(code_index=kept_index, **nothing)
    await (await session.connection()).execute(gone)
