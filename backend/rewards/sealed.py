"""What a redemption keeps sealed: its code and where it goes, readable only as part of that redemption."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import crypto
from backend.kit.columns import table_of
from backend.kit.resealing import Sealed
from backend.members import delivery as deliveries
from backend.members.delivery import Delivery
from backend.rewards import codes
from backend.rewards.models import CouponCode, Redemption

REDEMPTION = table_of(Redemption)


def code(redemption: Redemption, plain: str) -> bytes:
    """Its code as it is kept."""
    return crypto.seal(plain.encode(), f"redemption {redemption.id}: code")


def open_code(redemption: Redemption) -> str | None:
    """Its coupon or pick-up code, if it has one."""
    kept = redemption.code_sealed
    return crypto.open_sealed(kept, f"redemption {redemption.id}: code").decode() if kept is not None else None


def delivery(redemption: Redemption, plain: Delivery) -> bytes:
    """Where it goes, as it is kept."""
    return deliveries.sealed(plain, f"redemption {redemption.id}: delivery")


def open_delivery(redemption: Redemption) -> Delivery | None:
    """Where it goes, as the member had it when she redeemed; none for what is not sent."""
    kept = redemption.delivery_sealed
    return deliveries.opened(kept, f"redemption {redemption.id}: delivery") if kept is not None else None


def _pick_up(row: Any, plain: bytes) -> dict[str, bytes]:
    # A coupon's index is the pool's, and changes with it.
    code = plain.decode()
    return {} if row.code_index in codes.coupon_indexes(row.sku, code) else {"code_index": codes.pick_up_index(code)}


async def _given_out(session: AsyncSession, row: Any, indexed: dict[str, bytes]) -> None:
    if row.given_to is not None:
        changed = update(REDEMPTION).where(REDEMPTION.c.id == row.given_to).values(indexed)
        await (await session.connection()).execute(changed)


SEALED: Sequence[Sealed] = (
    Sealed(
        table_of(CouponCode),
        "code_sealed",
        about=lambda row: f"coupon code {row.sku}",
        indexed=lambda row, plain: {"code_index": codes.coupon_index(row.sku, plain.decode())},
        also=_given_out,
    ),
    Sealed(REDEMPTION, "code_sealed", about=lambda row: f"redemption {row.id}: code", indexed=_pick_up),
    Sealed(REDEMPTION, "delivery_sealed", about=lambda row: f"redemption {row.id}: delivery"),
)
"""Every sealed column of rewards."""
