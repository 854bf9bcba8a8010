"""An auction's standing, live: first as it stands, then every change."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import strawberry

from backend.auctions import models, standing
from backend.auctions.facts import StandingChanged, stream_of
from backend.auctions.graphql.auction import AuctionStanding, standing_view
from backend.auctions.standing import Standing
from backend.kit import db, live
from backend.kit.graphql import from_global_id

LOOK_AGAIN_SECONDS = 15.0
"""So often the auction is read although nothing was heard: silence may mean that the news went past this process."""


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="How an auction stands: at once, then each change. Standings may be left out, the newest never "
        "is; drop one whose version is not higher. Ends at once when there is no such auction."
    )
    async def auction_standing(self, id: strawberry.ID) -> AsyncIterator[AuctionStanding]:  # noqa: A002
        async for now in _follow(from_global_id("Auction", id)):
            yield standing_view(now)


async def _follow(auction_id: UUID) -> AsyncIterator[Standing]:
    # Listening begins before the auction is read, so that nothing falls between the two.
    seen = -1
    async with live.listen(stream_of(auction_id)) as heard:
        now = await _as_it_stands(auction_id)
        while now is not None:
            if now.version > seen:
                seen = now.version
                yield now
            now = await _next(heard) or await _as_it_stands(auction_id)


async def _next(heard: asyncio.Queue[live.Message]) -> Standing | None:
    try:
        async with asyncio.timeout(LOOK_AGAIN_SECONDS):
            message = await heard.get()
            # The name is checked, for a stream may one day carry more than standings.
            while message["name"] != StandingChanged.__name__:
                if message is live.MISSED:
                    return None
                message = await heard.get()
    except TimeoutError:
        return None
    return standing.heard(message["body"]["standing"])


async def _as_it_stands(auction_id: UUID) -> Standing | None:
    async with db.read() as session:
        row = await session.get(models.Auction, auction_id)
    return None if row is None else standing.of(row)
