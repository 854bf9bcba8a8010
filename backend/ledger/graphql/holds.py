"""Holds on the wire: what of a member's points is reserved, for what, and until when."""

import strawberry

from backend.kit import db
from backend.kit.graphql import Moment, Points, global_id
from backend.ledger import holding
from backend.members.graphql import MemberEdge


@strawberry.type(description="Points reserved for something under way: then captured, let go or lapsed, exactly once.")
class Hold:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    points: Points = strawberry.field(description="How many.")
    purpose: str = strawberry.field(description="For programs: AUCTION_BID, REVIEW …")
    reference: str | None = strawberry.field(description="What it is about, in its own numbering.")
    created_at: Moment = strawberry.field(description="Since when.")
    lapses_at: Moment = strawberry.field(description="Then they are free again, if nothing else happened before.")


@strawberry.type
class HoldsFragment(MemberEdge):
    @strawberry.field(description="What of her points is reserved now, the first to lapse first; at most 50.")
    async def holds(self) -> list[Hold]:
        async with db.read() as session:
            rows = await holding.open_holds(session, self.member_id)
        return [
            Hold(
                id=global_id("Hold", row.hold_id),
                points=row.points,
                purpose=row.purpose,
                reference=row.reference,
                created_at=row.created_at,
                lapses_at=row.lapses_at,
            )
            for row in rows
        ]
