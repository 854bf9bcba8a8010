"""What must always hold of stock, codes and redemptions, recomputed from the rows."""

from collections.abc import Sequence

from sqlalchemy import Select, and_, case, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import promises
from backend.kit.columns import table_of
from backend.ledger.models import Entry, EntryKind
from backend.rewards.models import CouponCode, Redemption, RedemptionOrigin, RedemptionState, Reward, RewardKind, Stock

REWARD, STOCK, COUPON = table_of(Reward), table_of(Stock), table_of(CouponCode)
REDEMPTION, ENTRY = table_of(Redemption), table_of(Entry)
CANCELLED = REDEMPTION.c.state == RedemptionState.CANCELLED.value


async def broken(session: AsyncSession) -> list[str]:
    """Every promise found broken, in words."""
    return await promises.broken(session, _promises)


def _promises() -> Sequence[promises.Promise]:
    return (
        ("{}: {} redemptions that count, the stock says {}", _miscounted()),
        ("{}: {} left", _oversold()),
        ("{}: {} unused codes, the stock says {} left or set aside", _codes_miscounted()),
        ("coupon {}: its redemption {} has another code, or does not exist", _stray_codes()),
        ("coupon redemption {} has no code of the pool", _codeless()),
        ("redemption {} of {} points has no burn of as many", _unpaid()),
        ("prize {} of {} points was not won with an entry, or has a price", _not_won()),
        ("redemption {} was given back {} times", _wrongly_given_back()),
    )


def _miscounted() -> Select[tuple[str, int, int]]:
    counted = (
        select(REDEMPTION.c.sku, func.count().label("redeemed")).where(~CANCELLED).group_by(REDEMPTION.c.sku).subquery()
    )
    redeemed = func.coalesce(counted.c.redeemed, 0)
    return (
        select(STOCK.c.sku, redeemed, STOCK.c.redeemed)
        .select_from(STOCK.outerjoin(counted, counted.c.sku == STOCK.c.sku))
        .where(redeemed != STOCK.c.redeemed)
    )


def _oversold() -> Select[tuple[str, int]]:
    return select(STOCK.c.sku, STOCK.c.left).where(STOCK.c.left < 0)


def _codes_miscounted() -> Select[tuple[str, int, int]]:
    unused = func.count(case((COUPON.c.given_to.is_(None), COUPON.c.code_index)))
    free = STOCK.c.left + STOCK.c.set_aside
    coupons = REWARD.join(STOCK, STOCK.c.sku == REWARD.c.sku).outerjoin(COUPON, COUPON.c.sku == REWARD.c.sku)
    return (
        select(STOCK.c.sku, unused, free)
        .select_from(coupons)
        .where(REWARD.c.kind == RewardKind.COUPON.value)
        .group_by(STOCK.c.sku, free)
        .having(unused != free)
    )


def _stray_codes() -> Select[tuple[str, str]]:
    same = and_(REDEMPTION.c.id == COUPON.c.given_to, REDEMPTION.c.code_index == COUPON.c.code_index)
    return (
        select(COUPON.c.sku, COUPON.c.given_to)
        .select_from(COUPON.outerjoin(REDEMPTION, same))
        .where(COUPON.c.given_to.is_not(None), REDEMPTION.c.id.is_(None))
    )


def _codeless() -> Select[tuple[str]]:
    rewards = REDEMPTION.join(REWARD, REWARD.c.id == REDEMPTION.c.reward_id)
    return (
        select(REDEMPTION.c.id)
        .select_from(rewards.outerjoin(COUPON, COUPON.c.given_to == REDEMPTION.c.id))
        .where(REWARD.c.kind == RewardKind.COUPON.value, COUPON.c.given_to.is_(None))
    )


def _unpaid() -> Select[tuple[str, int]]:
    paid = and_(
        ENTRY.c.member_id == REDEMPTION.c.member_id,
        ENTRY.c.entry_id == REDEMPTION.c.id,
        ENTRY.c.kind == EntryKind.BURN.value,
        ENTRY.c.points == -REDEMPTION.c.points,
    )
    return (
        select(REDEMPTION.c.id, REDEMPTION.c.points)
        .select_from(REDEMPTION.outerjoin(ENTRY, paid))
        .where(REDEMPTION.c.origin == RedemptionOrigin.REDEEMED.value, ENTRY.c.entry_id.is_(None))
    )


def _not_won() -> Select[tuple[str, int]]:
    won = and_(ENTRY.c.member_id == REDEMPTION.c.member_id, ENTRY.c.entry_id == REDEMPTION.c.won_by)
    return (
        select(REDEMPTION.c.id, REDEMPTION.c.points)
        .select_from(REDEMPTION.outerjoin(ENTRY, won))
        .where(REDEMPTION.c.origin != RedemptionOrigin.REDEEMED.value)
        .where(or_(ENTRY.c.entry_id.is_(None), REDEMPTION.c.points != 0))
    )


def _wrongly_given_back() -> Select[tuple[str, int]]:
    # Joined to the burn, because the reversal names what it reverses by the same reference; it may be in the books
    # of another member whose account the redeemer's was part of by then.
    burn, back = ENTRY.alias("burn"), ENTRY.alias("back")
    undone = and_(
        back.c.reference == burn.c.reference,
        back.c.kind == EntryKind.REVERSE.value,
        back.c.points == REDEMPTION.c.points,
    )
    paid = and_(burn.c.member_id == REDEMPTION.c.member_id, burn.c.entry_id == REDEMPTION.c.id)
    times = func.count(back.c.entry_id)
    return (
        select(REDEMPTION.c.id, times)
        .select_from(REDEMPTION.join(burn, paid).outerjoin(back, undone))
        .where(REDEMPTION.c.origin == RedemptionOrigin.REDEEMED.value)
        .group_by(REDEMPTION.c.member_id, REDEMPTION.c.id, REDEMPTION.c.state)
        .having(or_(and_(CANCELLED, times != 1), and_(~CANCELLED, times != 0)))
    )
