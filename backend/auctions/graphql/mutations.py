"""Bidding and buying at once, and what operators do about auctions."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from backend.auctions import bidding, buying_now, cancelling, creating, entering, looking, models
from backend.auctions.graphql.auction import (
    Auction,
    AuctionBid,
    AuctionStanding,
    MyBidding,
    auction_view,
    mine_of,
)
from backend.kit import db
from backend.kit.done import Done
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    Info,
    LocalizedTextInput,
    Moment,
    Outcome,
    Points,
    Refusal,
    from_global_id,
    member_of,
    operator_of,
    perform_audited,
    perform_in_turn,
    refusal,
    refusal_of,
)

WHY_NOT = "Why nothing happened; null when it did."
REPLAYED = "True: this had been done before and nothing happened now."
KEY = "Made by whoever acts; the same one again is the same act. A refusal does not use it up."
FIELD = "auctionId"


@refusal(entering.AuctionNotOpen)
class AuctionNotOpen(Refusal):
    opens_at: Moment = strawberry.field(description="When bidding begins.")


@refusal(entering.AuctionOver)
class AuctionOver(Refusal):
    pass


@refusal(bidding.BidTooLow)
class BidTooLow(Refusal):
    minimum: Points = strawberry.field(description="What her bid must at least be.")


@refusal(bidding.BidOverCap)
class BidOverCap(Refusal):
    cap: Points = strawberry.field(description="The most anybody may bid in this auction.")


@refusal(buying_now.BuyNowGone)
class BuyNowGone(Refusal):
    pass


@strawberry.input(description="The most she who is signed in would pay.")
class PlaceBidInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    auction_id: strawberry.ID = strawberry.field(description="The auction.")
    maximum: Points = strawberry.field(
        description="Her maximum, shown to nobody else. While she leads all of it is held; she pays the price."
    )


@strawberry.input(description="Ending an auction at once by paying its price.")
class BuyNowInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    auction_id: strawberry.ID = strawberry.field(description="The auction.")
    expected_points: Points | None = strawberry.field(
        default=None, description="The price she was shown: at any other one nothing happens. Null: whatever it costs."
    )


@strawberry.type(description="The bid, or why not; the auction as it now stands, either way.")
class PlaceBidPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    bid: AuctionBid | None = strawberry.field(description="Null when refused.")
    standing: AuctionStanding | None = strawberry.field(description="Null when there is no such auction.")
    mine: MyBidding | None = strawberry.field(description="What she now has to do with it; null: she has not bid.")


@strawberry.type(description="The purchase as a bid, or why not; the auction as it now stands, either way.")
class BuyNowPayload(PlaceBidPayload):
    pass


@strawberry.input(description="At a price below a bound, the next bid is at least so much more.")
class AuctionStepInput:
    below: Points | None = strawberry.field(default=None, description="The bound; null, in the last step only: none.")
    points: Points = strawberry.field(description="The step, above 0.")


@strawberry.input(description="One piece of a reward, put up for auction.")
class CreateAuctionInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    reward_id: strawberry.ID = strawberry.field(description="The reward; one piece of it leaves the shelf at once.")
    title: LocalizedTextInput = strawberry.field(description="What it is called.")
    story: LocalizedTextInput = strawberry.field(description="What there is to tell of it.")
    opens_at: Moment | None = strawberry.field(default=None, description="When bidding begins; null: at once.")
    ends_at: Moment = strawberry.field(description="When it ends, unless late bids extend it; within 60 days.")
    opening_points: Points = strawberry.field(default=0, description="Where bidding opens; 0: at one step.")
    steps: list[AuctionStepInput] | None = strawberry.field(
        default=None, description="Steps by price, the last for every price above; null: the programme's."
    )
    reserve_points: Points | None = strawberry.field(default=None, description="Below it, it is not sold; null: none.")
    buy_now_points: Points | None = strawberry.field(default=None, description="A price at once; null: none.")
    maximum_per_member: Points | None = strawberry.field(default=None, description="The most anyone may bid.")
    soft_close_seconds: int | None = strawberry.field(
        default=None, description="A late bid moves the end to so long after it, 0 to 3600; null: the programme's."
    )
    extensions_max: int | None = strawberry.field(default=None, description="So often, 0 to 100; null: as usual.")


@strawberry.input(description="An auction to end without a winner.")
class CancelAuctionInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    id: strawberry.ID = strawberry.field(description="The auction.")
    reason: str = strawberry.field(description="1 to 500 characters, shown with it.")


@strawberry.type(description="The auction as it now stands, or why nothing changed.")
class AuctionPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    auction: Auction | None = strawberry.field(description="Null when refused.")


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Bid up to a maximum. The price is the second-highest maximum and one step, at most the highest; "
        "of equal ones the earlier leads. The same key returns the first bid. Refused as AUCTION_NOT_OPEN, "
        "AUCTION_OVER, BID_TOO_LOW, BID_OVER_CAP, INSUFFICIENT_POINTS, ACCOUNT_FROZEN, NOT_ENROLLED, KEY_REUSED, "
        "NOT_FOUND."
    )
    async def place_bid(self, info: Info, input: PlaceBidInput) -> PlaceBidPayload:  # noqa: A002
        asked = {"key": input.idempotency_key, "maximum": input.maximum}
        return PlaceBidPayload(**await _acted(info, bidding.place_bid, input.auction_id, **asked))

    @strawberry.mutation(
        description="Burn an auction's price at once and win it. The same key returns the first purchase. Refused as "
        "BUY_NOW_GONE, PRICE_CHANGED, and as `placeBid` is."
    )
    async def buy_now(self, info: Info, input: BuyNowInput) -> BuyNowPayload:  # noqa: A002
        asked = {"key": input.idempotency_key, "expected_points": input.expected_points}
        return BuyNowPayload(**await _acted(info, buying_now.buy_now, input.auction_id, **asked))

    @strawberry.mutation(description="For operators. Put a reward up for auction; the same key returns it as it is.")
    async def create_auction(self, info: Info, input: CreateAuctionInput) -> AuctionPayload:  # noqa: A002
        asked = vars(input) | {"title": input.title.words(), "story": input.story.words()}
        asked["steps"] = None if input.steps is None else [vars(step) for step in input.steps]
        return _payload(await _put_up(info, asked.pop("reward_id"), asked.pop("idempotency_key"), **asked))

    @strawberry.mutation(
        description="For operators. End an auction without a winner and give everything back; again changes nothing. "
        "Refused as AUCTION_OVER once it is closed."
    )
    async def cancel_auction(self, info: Info, input: CancelAuctionInput) -> AuctionPayload:  # noqa: A002
        asked: dict[str, Any] = {"key": input.idempotency_key, "reason": input.reason}
        return _payload(await _on(info, cancelling.cancel_auction, input.id, **asked))


async def _acted(
    info: Info, verb: Callable[..., Awaitable[Done[models.AuctionBid]]], wire_id: str, **asked: Any
) -> dict[str, Any]:
    member_id = member_of(info)
    try:
        auction_id = from_global_id("Auction", wire_id, field=FIELD)
    except InvalidInput as nonsense:
        return {"refusal": refusal_of(nonsense), "replayed": False, "bid": None, "standing": None, "mine": None}
    outcome = await perform_in_turn(f"auction:{auction_id}", verb, auction_id=auction_id, member_id=member_id, **asked)
    async with db.read() as session:
        auction = await session.get(models.Auction, auction_id)
    mine = (await mine_of(member_id, [auction]))[0] if auction else None
    return {
        "refusal": outcome.refusal,
        "replayed": outcome.replayed,
        "bid": await _shown(outcome.value, auction),
        "standing": auction_view(auction).standing if auction else None,
        "mine": mine,
    }


async def _shown(bid: models.AuctionBid | None, auction: models.Auction | None) -> AuctionBid | None:
    if bid is None or auction is None:
        return None
    async with db.read() as session:
        bidder = await session.get_one(models.AuctionBidder, (bid.member_id, bid.auction_id))
    leads = bid.id == auction.leading_bid_id
    return AuctionBid(alias=bidder.alias, price=bid.price, at=bid.placed_at, leads=leads, mine=True)


async def _on(info: Info, verb: Callable[..., Awaitable[Done[models.Auction]]], wire_id: str, **asked: Any) -> Any:
    operator_of(info)
    try:
        auction_id = from_global_id("Auction", wire_id)
    except InvalidInput as nonsense:
        return Outcome(refusal=refusal_of(nonsense))
    return await perform_audited(info, looking.at_auction(auction_id), verb, auction_id=auction_id, **asked)


async def _put_up(info: Info, wire_id: str, key: UUID, **asked: Any) -> Outcome[models.Auction]:
    operator_of(info)
    try:
        reward_id = from_global_id("Reward", wire_id, field="rewardId")
    except InvalidInput as nonsense:
        return Outcome(refusal=refusal_of(nonsense))
    subject = looking.at_auction(key)
    return await perform_audited(info, subject, creating.create_auction, key=key, reward_id=reward_id, **asked)


def _payload(outcome: Outcome[models.Auction]) -> AuctionPayload:
    auction = None if outcome.value is None else auction_view(outcome.value)
    return AuctionPayload(refusal=outcome.refusal, replayed=outcome.replayed, auction=auction)
