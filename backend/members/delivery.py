"""Where a member's physical rewards go: one default, her home or a pick-up point, sealed at rest."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, crypto
from backend.kit.errors import InvalidInput
from backend.members import phones
from backend.members.enrolment import NotEnrolled
from backend.members.models import DeliveryDefault
from backend.members.recognising import locked
from backend.programme import terms
from backend.programme.terms import Terms

RECIPIENT_MAX = 40
ADDRESS_MIN = 5
ADDRESS_MAX = 200


class DeliveryMethod(StrEnum):
    """How a physical reward reaches its member."""

    HOME = "HOME"
    PICK_UP = "PICK_UP"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """In clear, for whoever packs the parcel: show `masked(delivery)` to everyone else."""

    method: DeliveryMethod
    recipient: str | None = None
    phone: str | None = None
    address: str | None = None
    pick_up_point_id: str | None = None


async def save_home(session: AsyncSession, *, member_id: UUID, recipient: str, phone: str, address: str) -> Delivery:
    """Make this address the member's default; the one before is forgotten.

    Raises InvalidInput, NotEnrolled, NotFound.
    """
    delivery = Delivery(
        method=DeliveryMethod.HOME,
        recipient=_line("recipient", recipient, 1, RECIPIENT_MAX),
        phone=phones.normal(phone),
        address=_line("address", address, ADDRESS_MIN, ADDRESS_MAX),
    )
    await _save(session, member_id, delivery)
    return delivery


async def save_pick_up(session: AsyncSession, *, member_id: UUID, pick_up_point_id: str) -> Delivery:
    """Make this pick-up point the member's default; an address before is forgotten.

    Raises InvalidInput, NotEnrolled, NotFound.
    """
    if pick_up_point_id not in {point.id for point in (await terms.in_force(session)).pick_up_points}:
        raise InvalidInput("pickUpPointId", "There is no such pick-up point.")
    delivery = Delivery(method=DeliveryMethod.PICK_UP, pick_up_point_id=pick_up_point_id)
    await _save(session, member_id, delivery)
    return delivery


async def of(session: AsyncSession, member_id: UUID) -> Delivery | None:
    """The member's default, in clear; None until entered, and again once its pick-up point is closed."""
    row = await session.get(DeliveryDefault, member_id)
    return None if row is None else in_clear(member_id, row.sealed, await terms.in_force(session))


def in_clear(member_id: UUID, kept: bytes, in_force: Terms) -> Delivery | None:
    """The default as it is kept, opened; None when its pick-up point is closed."""
    delivery = opened(kept, about(member_id))
    points = {point.id for point in in_force.pick_up_points}
    return None if delivery.method is DeliveryMethod.PICK_UP and delivery.pick_up_point_id not in points else delivery


def sealed(delivery: Delivery, of: str) -> bytes:
    """A delivery as it may be kept; `of` says which row it belongs to."""
    return crypto.seal(orjson.dumps(asdict(delivery)), of)


def opened(sealed_bytes: bytes, of: str) -> Delivery:
    """What `sealed` was given. Raises SealBroken."""
    body: dict[str, Any] = orjson.loads(crypto.open_sealed(sealed_bytes, of))
    return Delivery(**body | {"method": DeliveryMethod(body["method"])})


def masked(delivery: Delivery) -> Delivery:
    """As it may be shown: 张**, 138****0001, 上海市浦东新***; at most half of an address."""
    address = delivery.address
    return Delivery(
        method=delivery.method,
        recipient=delivery.recipient and f"{delivery.recipient[0]}**",
        phone=delivery.phone and phones.masked(delivery.phone),
        address=address and f"{address[: min(6, len(address) // 2)]}***",
        pick_up_point_id=delivery.pick_up_point_id,
    )


def about(member_id: UUID) -> str:
    """What her sealed default is about."""
    return f"member {member_id}: delivery"


async def _save(session: AsyncSession, member_id: UUID, delivery: Delivery) -> None:
    if (await locked(session, member_id)).enrolled_at is None:
        raise NotEnrolled
    row = await session.get(DeliveryDefault, member_id)
    kept, moment = sealed(delivery, about(member_id)), clock.now()
    if row is None:
        session.add(DeliveryDefault(member_id=member_id, sealed=kept, updated_at=moment))
    else:
        row.sealed, row.updated_at = kept, moment


def _line(field: str, typed: str, least: int, most: int) -> str:
    line = " ".join(typed.split())
    if not least <= len(line) <= most or not line.isprintable():
        raise InvalidInput(field, f"Please enter {least} to {most} visible characters.")
    return line
