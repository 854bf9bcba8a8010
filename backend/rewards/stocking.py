"""Stock: what is added to it, what a redemption takes from it and gives back. One row a SKU, always locked last."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import InvalidInput
from backend.kit.outbox import announce
from backend.ledger.book import KeyReused
from backend.rewards import catalogue, codes
from backend.rewards.facts import StockChanged
from backend.rewards.models import CouponCode, Reward, RewardKind, Stock, StockChange
from backend.rewards.why_not import OutOfStock

STOCK, CHANGE, COUPON = table_of(Stock), table_of(StockChange), table_of(CouponCode)
QUANTITY_MAX = 1_000_000_000
CODES_MAX = 10_000
CODE_LENGTH_MAX = 200
BATCH_MAX = 500


async def add_stock(session: AsyncSession, *, key: UUID, operator: str, reward_id: UUID, quantity: int) -> Done[Reward]:
    """Add `quantity` pieces (negative: take away, never below zero); the same key again changes nothing.

    Raises NotFound, KeyReused, InvalidInput: for a coupon (its codes are its stock) and for an unlimited reward.
    """
    reward = await catalogue.find(session, reward_id)
    if not await _first_time(session, key, reward.sku, quantity, operator):
        return Done(reward, replayed=True)
    if quantity == 0 or abs(quantity) > QUANTITY_MAX:
        raise InvalidInput("quantity", f"Between -{QUANTITY_MAX} and {QUANTITY_MAX}, and not 0.")
    if reward.kind == RewardKind.COUPON:
        raise InvalidInput("rewardId", "A coupon's stock is its codes: add codes instead.")
    if not await _change(session, reward.sku, left=quantity):
        raise InvalidInput("quantity", "More than are left, or this reward's stock is unlimited.")
    return Done(reward)


async def add_coupon_codes(session: AsyncSession, *, reward_id: UUID, given: Collection[str]) -> Done[Reward]:
    """Put codes into a coupon's pool and its stock; a code that is there already, given out or not, adds nothing.

    Raises NotFound, InvalidInput. A second call with the same codes changes nothing.
    """
    reward = await catalogue.find(session, reward_id)
    if reward.kind != RewardKind.COUPON:
        raise InvalidInput("rewardId", "Only coupons have codes.")
    added = 0
    cleaned = await _without_those_kept_under_older_keys(session, reward.sku, _cleaned(given))
    for rows in _pool_rows(reward.sku, cleaned):
        added += await _into_pool(session, rows)
    if added:
        assert await _change(session, reward.sku, left=added)
    return Done(reward, replayed=not added)


async def left(session: AsyncSession, skus: Collection[str]) -> dict[str, int | None]:
    """How many are left of each SKU, read without a lock; null: unlimited."""
    query = select(STOCK.c.sku, STOCK.c.left).where(STOCK.c.sku.in_(skus))
    return {sku: number for sku, number in await (await session.connection()).execute(query)}


async def take_one(session: AsyncSession, sku: str) -> None:
    """Take one piece, whoever else is at it. Do it last: from here to the commit the whole rush waits.

    Raises OutOfStock.
    """
    if not await _change(session, sku, left=-1, redeemed=1):
        raise OutOfStock


async def give_one_back(session: AsyncSession, sku: str) -> None:
    """Put one piece back after a cancellation."""
    assert await _change(session, sku, left=1, redeemed=-1)


async def set_aside(session: AsyncSession, sku: str, pieces: int) -> None:
    """Keep pieces for prizes. Raises OutOfStock."""
    if not await _change(session, sku, left=-pieces, set_aside=pieces):
        raise OutOfStock


async def put_back(session: AsyncSession, sku: str, pieces: int) -> None:
    """Pieces that were set aside are for everyone again."""
    assert await _change(session, sku, left=pieces, set_aside=-pieces)


async def award_one(session: AsyncSession, sku: str) -> None:
    """One piece that was set aside is out."""
    assert await _change(session, sku, redeemed=1, set_aside=-1)


async def take_code(session: AsyncSession, sku: str, redemption_id: UUID) -> str:
    """Give one unused code of the pool to a redemption, for ever; two members never wait for the same code.

    Raises OutOfStock.
    """
    connection = await session.connection()
    free = (
        select(COUPON.c.code_index, COUPON.c.code_sealed)
        .where(COUPON.c.sku == sku, COUPON.c.given_to.is_(None))
        .order_by(COUPON.c.added_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await connection.execute(free)).first()
    if row is None:
        raise OutOfStock
    mine = (COUPON.c.sku == sku) & (COUPON.c.code_index == row.code_index)
    await connection.execute(update(COUPON).where(mine).values(given_to=redemption_id))
    return codes.open_coupon(sku, row.code_sealed)


async def _change(session: AsyncSession, sku: str, *, left: int = 0, redeemed: int = 0, set_aside: int = 0) -> bool:
    # One conditional statement: whether there is enough and taking it cannot be torn apart. An unlimited stock
    # (null) stays null for redemptions and prizes, and is not what an operator adds to.
    enough, by_operator = STOCK.c.left + left >= 0, not (redeemed or set_aside)
    changed = (
        update(STOCK)
        .where(STOCK.c.sku == sku, enough if by_operator else enough | STOCK.c.left.is_(None))
        .where(STOCK.c.set_aside + set_aside >= 0)
        .values(
            left=STOCK.c.left + left,
            redeemed=STOCK.c.redeemed + redeemed,
            set_aside=STOCK.c.set_aside + set_aside,
            version=STOCK.c.version + 1,
        )
        .returning(STOCK.c.left, STOCK.c.redeemed, STOCK.c.version)
    )
    row = (await (await session.connection()).execute(changed)).first()
    if row is not None:
        announce(session, StockChanged(sku=sku, left=row.left, redeemed=row.redeemed, version=row.version))
    return row is not None


async def _first_time(session: AsyncSession, key: UUID, sku: str, quantity: int, operator: str) -> bool:
    connection = await session.connection()
    dialect: Any = sqlite if db.dialect() == "sqlite" else postgresql
    row = {"key": key, "sku": sku, "quantity": quantity, "operator": operator, "created_at": clock.now()}
    inserted = dialect.insert(CHANGE).values(row).on_conflict_do_nothing().returning(CHANGE.c.key)
    if (await connection.execute(inserted)).first() is not None:
        return True
    earlier = (await connection.execute(select(CHANGE.c.sku, CHANGE.c.quantity).where(CHANGE.c.key == key))).one()
    if tuple(earlier) != (sku, quantity):
        raise KeyReused
    return False


def _cleaned(given: Collection[str]) -> list[str]:
    cleaned = list(dict.fromkeys(code.strip() for code in given))
    if not cleaned or len(cleaned) > CODES_MAX:
        raise InvalidInput("codes", f"Between 1 and {CODES_MAX} codes at a time.")
    if any(not 0 < len(code) <= CODE_LENGTH_MAX for code in cleaned):
        raise InvalidInput("codes", f"Each code has 1 to {CODE_LENGTH_MAX} characters.")
    return cleaned


async def _without_those_kept_under_older_keys(session: AsyncSession, sku: str, cleaned: list[str]) -> list[str]:
    older = {index: code for code in cleaned for index in codes.coupon_indexes(sku, code)[1:]}
    kept: set[str] = set()
    for start in range(0, len(older), BATCH_MAX):
        some = COUPON.c.code_index.in_(list(older)[start : start + BATCH_MAX])
        found = await (await session.connection()).execute(select(COUPON.c.code_index).where(COUPON.c.sku == sku, some))
        kept |= {older[index] for (index,) in found}
    return [code for code in cleaned if code not in kept]


def _pool_rows(sku: str, cleaned: list[str]) -> Iterator[list[dict[str, Any]]]:
    moment = clock.now()
    rows: list[dict[str, Any]] = [
        {
            "sku": sku,
            "code_index": codes.coupon_index(sku, code),
            "code_sealed": codes.seal_coupon(sku, code),
            "added_at": moment,
        }
        for code in cleaned
    ]
    # Sorted, so that two operators adding the same codes cannot wait for each other in a ring.
    rows.sort(key=lambda row: row["code_index"])
    return (rows[start : start + BATCH_MAX] for start in range(0, len(rows), BATCH_MAX))


async def _into_pool(session: AsyncSession, rows: list[dict[str, Any]]) -> int:
    dialect: Any = sqlite if db.dialect() == "sqlite" else postgresql
    added = dialect.insert(COUPON).values(rows).on_conflict_do_nothing().returning(COUPON.c.code_index)
    return len((await (await session.connection()).execute(added)).all())
