"""What a redemption keeps sealed: its code and where it goes, readable only as part of that redemption."""

from dataclasses import asdict
from typing import Any

import orjson

from backend.kit import crypto
from backend.members.delivery import Delivery
from backend.rewards.models import Redemption


def code(redemption: Redemption, plain: str) -> bytes:
    """Its code as it is kept."""
    return crypto.seal(plain.encode(), f"code of redemption {redemption.id}")


def open_code(redemption: Redemption) -> str | None:
    """Its coupon or pick-up code, if it has one."""
    kept = redemption.code_sealed
    return crypto.open_sealed(kept, f"code of redemption {redemption.id}").decode() if kept is not None else None


def delivery(redemption: Redemption, plain: Delivery) -> bytes:
    """Where it goes, as it is kept."""
    return crypto.seal(orjson.dumps(asdict(plain)), f"delivery of redemption {redemption.id}")


def open_delivery(redemption: Redemption) -> Delivery | None:
    """Where it goes, as the member had it when she redeemed; none for what is not sent."""
    if redemption.delivery_sealed is None:
        return None
    kept = crypto.open_sealed(redemption.delivery_sealed, f"delivery of redemption {redemption.id}")
    values: dict[str, Any] = orjson.loads(kept)
    return Delivery(**values)
