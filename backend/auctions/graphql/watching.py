"""An auction's standing, live: first as it stands, then every change."""

from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

import strawberry

from backend.auctions import models, standing
from backend.auctions.facts import StandingChanged, stream_of
from backend.auctions.graphql.auction import AuctionStanding, standing_view
from backend.auctions.standing import Standing
from backend.kit import db, live
from backend.kit.graphql import SHARED, from_global_id
from backend.kit.watching import watch

LOOK_AGAIN_SECONDS = 15.0
"""So often the auction is read although nothing was heard: silence may mean that the news went past this process."""


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="How an auction stands: at once, then each change. Standings may be left out, the newest never "
        "is; drop one whose version is not higher. Ends at once when there is no such auction.",
        metadata=SHARED,
    )
    async def auction_standing(self, id: strawberry.ID) -> AsyncIterator[AuctionStanding]:  # noqa: A002
        async for now in _follow(from_global_id("Auction", id)):
            yield standing_view(now)


def _follow(auction_id: UUID) -> AsyncIterator[Standing]:
    read = partial(_as_it_stands, auction_id)
    return watch(stream_of(auction_id), read, _heard, look_again_seconds=LOOK_AGAIN_SECONDS)


def _heard(message: live.Message) -> Standing | None:
    # The name is checked, for a stream may one day carry more than standings.
    return standing.heard(message["body"]["standing"]) if message["name"] == StandingChanged.__name__ else None


async def _as_it_stands(auction_id: UUID) -> Standing | None:
    async with db.read() as session:
        row = await session.get(models.Auction, auction_id)
    return None if row is None else standing.of(row)
