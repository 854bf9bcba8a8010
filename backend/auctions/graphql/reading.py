"""Finding auctions: what runs, what ran, one of them, and those a member bid on."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from backend.auctions import finding
from backend.auctions.finding import Place
from backend.auctions.graphql.auction import Auction, auction_view, auctions_by_id
from backend.auctions.models import AuctionState
from backend.kit import db
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    OPERATOR_PAGE_MAX,
    Connection,
    Info,
    from_global_id,
    page,
)
from backend.members.graphql import MemberEdge

RUNNING = (AuctionState.OPEN, AuctionState.SCHEDULED)


@strawberry.type
class Query:
    @strawberry.field(
        description="Auctions that are open or will be, the first to end first; or those in one state, of the ended "
        "ones the last to end first. 1 to 50 at a time."
    )
    async def auctions(
        self, first: int | None = 20, after: str | None = None, state: AuctionState | None = None
    ) -> Connection[Auction]:
        return await _page(first, after, MEMBER_PAGE_MAX, (state,) if state else RUNNING)

    @strawberry.field(description="One auction, also when it is over; null when there is none.")
    async def auction(self, info: Info, id: strawberry.ID) -> Auction | None:  # noqa: A002  the contract's word
        return await info.context.load(auctions_by_id, from_global_id("Auction", id))


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(description="The auctions she bid on, the last she bid on first. 1 to 50 at a time.")
    async def auctions(self, first: int | None = 20, after: str | None = None) -> Connection[Auction]:
        async def fetch(place: Place | None, count: int) -> list[tuple[Place, Auction]]:
            async with db.read() as session:
                rows = await finding.of_member(session, self.member_id, place, count)
            return [((last, row.id), auction_view(row)) for last, row in rows]

        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(datetime, UUID))


@strawberry.type
class OperatorFragment:
    @strawberry.field(
        description="Auctions that are open or will be, the first to end first; or those in one state. 1 to 100."
    )
    async def auctions(
        self, first: int | None = 20, after: str | None = None, state: AuctionState | None = None
    ) -> Connection[Auction]:
        return await _page(first, after, OPERATOR_PAGE_MAX, (state,) if state else RUNNING)


async def _page(
    first: int | None, after: str | None, limit_max: int, states: Sequence[AuctionState]
) -> Connection[Auction]:
    in_order = finding.soonest if set(states) <= set(RUNNING) else finding.latest

    async def fetch(place: Place | None, count: int) -> list[tuple[Place, Auction]]:
        async with db.read() as session:
            rows = await in_order(session, states, place, count)
        return [((row.ends_at, row.id), auction_view(row)) for row in rows]

    return await page(first, after, limit_max, fetch, by=(datetime, UUID))
