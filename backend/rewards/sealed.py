"""What a redemption keeps sealed: its code and where it goes, readable only as part of that redemption."""

from backend.kit import crypto
from backend.members import delivery as deliveries
from backend.members.delivery import Delivery
from backend.rewards.models import Redemption


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
