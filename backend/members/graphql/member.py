"""A member as she may be shown: to herself, and to an operator."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from backend.kit import db
from backend.kit.errors import InvalidInput
from backend.kit.graphql import Info, Moment, Node, assembled, at_once, from_global_id, global_id, node_from
from backend.members import delivery, looking, phones, recognising, sessions
from backend.members.delivery import DeliveryMethod
from backend.members.models import Member, MemberSession
from backend.programme import terms
from backend.programme.graphql import PickUpPoint, pick_up_views

if TYPE_CHECKING:
    MemberRef: TypeAlias = Any
else:
    MemberRef = Annotated["Member", strawberry.lazy("backend.schema")]
"""The merged Member as a field's type, on every floor; build it with `assembled("Member")(member_id=…)`."""

strawberry.enum(DeliveryMethod, description="How a physical reward reaches its member.")


@strawberry.type(description="Where a physical reward goes, masked for reading: 张**, 138****0001, 上海市浦东新***.")
class Delivery:
    method: DeliveryMethod = strawberry.field(description="To her home, or to a pick-up point.")
    recipient: str | None = strawberry.field(description="The first letter of the name; null for a pick-up point.")
    phone: str | None = strawberry.field(description="Masked in the middle; null for a pick-up point.")
    address: str | None = strawberry.field(description="Its first six characters; null for a pick-up point.")
    pick_up_point: PickUpPoint | None = strawberry.field(
        description="Where to fetch it; null for a home delivery, and when the point has closed since."
    )


@strawberry.type(description="A device on which the member is signed in.")
class SignedInSession:
    id: strawberry.ID = strawberry.field(description="Opaque; for revokeSession.")
    created_at: Moment = strawberry.field(description="When she signed in.")
    last_seen_at: Moment = strawberry.field(description="When it was last used, to the minute.")
    device: str | None = strawberry.field(description="For example `iPhone · Safari`; null when it does not say.")
    current: bool = strawberry.field(description="Whether it is the device that asks.")


@strawberry.type
class MemberEdge:
    """What every fragment of Member knows: whom it is about."""

    member_id: strawberry.Private[UUID]


def _global_id(root: MemberEdge) -> strawberry.ID:
    return global_id("Member", root.member_id)


@strawberry.type
class MemberFragment(MemberEdge, Node):
    """Who she is."""

    id: strawberry.ID = strawberry.field(resolver=_global_id, description="Opaque, stable.")

    @strawberry.field(description="What the mall calls her in its events; null when she came by phone alone.")
    @at_once
    async def reference(self, info: Info) -> str | None:
        return (await row_of(info, self.member_id)).reference

    @strawberry.field(description="What she wants to be called: 1 to 20 characters.")
    @at_once
    async def nickname(self, info: Info) -> str:
        return (await row_of(info, self.member_id)).nickname

    @strawberry.field(description="Masked: 138****0001; null when she has none.")
    @at_once
    async def phone(self, info: Info) -> str | None:
        phone = recognising.phone_of(await row_of(info, self.member_id))
        return phone and phones.masked(phone)

    @strawberry.field(description="Whether she agreed to the programme's terms. Until then she may look, not redeem.")
    @at_once
    async def enrolled(self, info: Info) -> bool:
        return (await row_of(info, self.member_id)).enrolled_at is not None

    @strawberry.field(description="Her one default; null until entered, and again when its pick-up point closes.")
    async def delivery(self) -> Delivery | None:
        async with db.read() as session:
            found = await delivery.of(session, self.member_id)
            return None if found is None else delivery_view(found, await terms.in_force(session))

    @strawberry.field(description="The devices on which she is signed in, the last seen first; at most 50.")
    async def sessions(self, info: Info) -> list[SignedInSession]:
        async with db.read() as session:
            rows = await sessions.signed_in(session, self.member_id)
        return [_session_view(row, info) for row in rows]


@strawberry.type
class Query:
    @strawberry.field(description="Whoever is signed in; null when nobody is.")
    def viewer(self, info: Info) -> MemberRef | None:
        member_id = info.context.identity.member_id
        return member_id and assembled("Member")(member_id=member_id)


@strawberry.type
class OperatorFragment:
    @strawberry.field(description="The member with this reference, phone number or id; null when there is none.")
    async def member(self, reference: str) -> MemberRef | None:
        async with db.read() as session:
            found = await recognising.find(session, _plain(reference))
        return found and assembled("Member")(member_id=found.id)


def delivery_view(found: delivery.Delivery, now: terms.Terms) -> Delivery:
    """A delivery in clear, masked; `now`: the terms that name the pick-up points."""
    shown = delivery.masked(found)
    return Delivery(
        method=shown.method,
        recipient=shown.recipient,
        phone=shown.phone,
        address=shown.address,
        pick_up_point=pick_up_views(now.pick_up_points, shown.pick_up_point_id or ""),
    )


async def row_of(info: Info, member_id: UUID) -> Member:
    """The member's row, read once for all fields and members wanted at the same moment."""
    row = await _row(info, member_id)
    assert row is not None, "nobody is identified, found or shown as a member without being one"
    return row


def _plain(reference: str) -> str:
    """An id of this API as the id it stands for; anything else as it is."""
    try:
        return str(from_global_id("Member", reference))
    except InvalidInput:
        return reference


@node_from("Member")
async def _node(info: Info, member_id: UUID) -> Any:
    identity = info.context.identity
    if identity.operator is None and identity.member_id != member_id:
        return None
    found = await _row(info, member_id)
    return found and assembled("Member")(member_id=member_id)


async def _row(info: Info, member_id: UUID) -> Member | None:
    (found,) = await info.context.rows(member_id, (looking.ROW(),))
    return looking.row(found)


def _session_view(row: MemberSession, info: Info) -> SignedInSession:
    return SignedInSession(
        id=global_id("SignedInSession", row.id),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        device=row.device,
        current=row.id == info.context.identity.session_id,
    )
