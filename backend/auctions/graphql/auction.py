"""An auction as it may be shown: to everyone, and to one who bid."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import finding, models, standing
from backend.auctions.facts import stream_of
from backend.auctions.models import AuctionState
from backend.auctions.standing import Standing
from backend.kit import audience, db
from backend.kit.graphql import Info, Locale, Moment, Node, Points, global_id, how_many, node_from
from backend.members import families
from backend.rewards.graphql import Reward
from backend.rewards.graphql.reward import reward_by_id

strawberry.enum(
    AuctionState,
    description="SCHEDULED: bidding has not begun. OPEN: until `endsAt`; over and still OPEN it is being settled. "
    "CLOSED: it has a winner. UNSOLD: nobody bid, or not enough for the reserve. CANCELLED: everything was given back.",
)


class BiddingOutcome(StrEnum):
    """What has become of her bids."""

    LEADING = "LEADING"
    OUTBID = "OUTBID"
    WON = "WON"
    LOST = "LOST"
    CANCELLED = "CANCELLED"


strawberry.enum(
    BiddingOutcome,
    description="LEADING or OUTBID while it runs; WON; LOST when another won or it ended unsold; CANCELLED.",
)


@strawberry.type(description="How an auction stands. Of two standings, the one with the higher version is later.")
class AuctionStanding:
    auction_id: strawberry.ID = strawberry.field(description="The auction.")
    version: int = strawberry.field(description="Rises with every change.")
    state: AuctionState = strawberry.field(description="Where it is in its life.")
    price: Points = strawberry.field(
        description="What it would go for now, or went for; before the first bid, where bidding opens."
    )
    leader_alias: str | None = strawberry.field(description="What is shown of the leader's name; null: nobody has bid.")
    bid_count: int = strawberry.field(description="How many bids there were.")
    minimum_bid: Points = strawberry.field(description="What the next bid of anyone but the leader must at least be.")
    step: Points = strawberry.field(description="The step at this price.")
    opens_at: Moment = strawberry.field(description="When bidding begins, or began.")
    ends_at: Moment = strawberry.field(description="The first instant at which no bid is taken, as extended so far.")
    extensions: int = strawberry.field(description="How often a late bid has moved its end.")
    reserve_met: bool = strawberry.field(description="False: at this price it would not be sold.")
    buy_now_points: Points | None = strawberry.field(
        description="For how much it can be bought at once; null: it cannot, or not any more."
    )
    watching: int = strawberry.field(
        description="How many phones follow `auctionStanding`: those at other processes as of some seconds ago."
    )


@strawberry.type(description="One bid, without its maximum: that is shown to nobody else.")
class AuctionBid:
    alias: str = strawberry.field(description="What is shown of the bidder's name.")
    price: Points = strawberry.field(description="The price that this bid led to.")
    at: Moment = strawberry.field(description="When.")
    leads: bool = strawberry.field(description="Whether this very bid leads now, or won.")
    mine: bool = strawberry.field(description="Whether it is the bid of whoever asks.")


@strawberry.type(description="What she who asks has to do with an auction.")
class MyBidding:
    maximum: Points = strawberry.field(description="The most she bid.")
    held: Points = strawberry.field(description="Points of hers that are reserved for it: her maximum while she leads.")
    leading: bool = strawberry.field(description="Whether she leads, while it runs.")
    outcome: BiddingOutcome = strawberry.field(description="What has become of her bids.")
    redemption_id: strawberry.ID | None = strawberry.field(description="What she got, when she won.")


@strawberry.type(description="One piece of a reward that goes to whoever bids the most points for it.")
class Auction(Node):
    row: strawberry.Private[models.Auction]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    number: int = strawberry.field(description="For people: auction 27.")
    opens_at: Moment = strawberry.field(description="When bidding begins, or began.")
    standing: AuctionStanding = strawberry.field(description="How it stands; live in `auctionStanding`.")
    maximum_per_member: Points | None = strawberry.field(description="The most anybody may bid; null: no cap.")
    buy_now_points: Points | None = strawberry.field(
        description="Its price at once, while that stands: until the first bid, or with a reserve until that is met."
    )
    has_reserve: bool = strawberry.field(description="Whether there is a price, not told, below which it is not sold.")
    soft_close_seconds: int = strawberry.field(
        description="A bid that changes the price or the leader so shortly before the end moves the end; 0: none does."
    )
    extensions_max: int = strawberry.field(description="So often the end may be moved.")

    @strawberry.field(description="What it is called.")
    def title(self, locale: Locale) -> str:
        return self.row.title[locale.value.lower()]

    @strawberry.field(description="What there is to tell of it.")
    def story(self, locale: Locale) -> str:
        return self.row.story[locale.value.lower()]

    @strawberry.field(description="The price below which it is not sold; for operators, null for everyone else.")
    def reserve_points(self, info: Info) -> Points | None:
        return None if info.context.identity.operator is None else self.row.reserve_points

    @strawberry.field(description="Why it was cancelled; null when it was not.")
    def reason(self) -> str | None:
        return self.row.reason

    @strawberry.field(description="What the winner gets one piece of.")
    async def reward(self, info: Info) -> Reward:
        found = await reward_by_id(self.row.reward_id)
        assert found is not None, "a reward is withdrawn, never removed"
        return found

    @strawberry.field(description="The ladder: the newest bids, newest first. 1 to 50.")
    async def bids(self, info: Info, first: int | None = 20) -> list[AuctionBid]:
        count = how_many(first, finding.LADDER_MAX)
        async with db.read() as session:
            rows = await finding.ladder(session, self.row.id, count)
            own = await _own_ids(session, info)
        return [bid_view(row, self.row.leading_bid_id, own) for row in rows]

    @strawberry.field(description="What she who asks has to do with it; null unless she bid.")
    async def mine(self, info: Info) -> MyBidding | None:
        member_id = info.context.identity.member_id
        return await info.context.load(_mine, (member_id, self.row.id)) if member_id else None


def standing_view(now: Standing) -> AuctionStanding:
    """A standing as the wire shows it."""
    return AuctionStanding(
        auction_id=global_id("Auction", now.auction_id),
        version=now.version,
        state=AuctionState(now.state),
        price=now.price,
        leader_alias=now.leader_alias,
        bid_count=now.bid_count,
        minimum_bid=now.minimum_bid,
        step=now.step,
        opens_at=now.opens_at,
        ends_at=now.ends_at,
        extensions=now.extensions,
        reserve_met=now.reserve_met,
        buy_now_points=now.buy_now_points,
        watching=audience.of(stream_of(now.auction_id)),
    )


def auction_view(row: models.Auction) -> Auction:
    """An auction's row as the wire shows it."""
    now = standing.of(row)
    return Auction(
        row=row,
        id=global_id("Auction", row.id),
        number=row.number,
        opens_at=row.opens_at,
        standing=standing_view(now),
        maximum_per_member=row.maximum_per_member,
        buy_now_points=now.buy_now_points,
        has_reserve=row.reserve_points is not None,
        soft_close_seconds=row.soft_close_seconds,
        extensions_max=row.extensions_max,
    )


async def mine_of(member_id: UUID, auctions: Sequence[models.Auction]) -> list[MyBidding | None]:
    """What a member, with whatever accounts are hers, has to do with each of the auctions."""
    async with db.read() as session:
        hers = col(models.AuctionBidder.member_id).in_(await families.part_ids(session, member_id))
        among = col(models.AuctionBidder.auction_id).in_([auction.id for auction in auctions])
        rows = await session.exec(select(models.AuctionBidder).where(hers, among))
    found: defaultdict[UUID, list[models.AuctionBidder]] = defaultdict(list)
    for row in rows:
        found[row.auction_id].append(row)
    return [_my_bidding(auction, found[auction.id]) for auction in auctions]


def bid_view(row: Any, leading_bid_id: UUID | None, own: Collection[UUID]) -> AuctionBid:
    """A row of the ladder as the wire shows it; `own`: the ids of whoever asks."""
    leads, mine = row.id == leading_bid_id, row.member_id in own
    return AuctionBid(alias=row.alias, price=row.price, at=row.placed_at, leads=leads, mine=mine)


async def auctions_by_id(auction_ids: list[UUID]) -> Sequence[Auction | None]:
    """The auctions with these ids, in one statement."""
    async with db.read() as session:
        rows = await session.exec(select(models.Auction).where(col(models.Auction.id).in_(auction_ids)))
    found = {row.id: auction_view(row) for row in rows}
    return [found.get(auction_id) for auction_id in auction_ids]


@node_from("Auction")
async def _node(info: Info, auction_id: UUID) -> Auction | None:
    return await info.context.load(auctions_by_id, auction_id)


async def _mine(asked: list[tuple[UUID, UUID]]) -> Sequence[MyBidding | None]:
    # In practice there is one member: whoever is signed in.
    async with db.read() as session:
        wanted = {auction_id for _, auction_id in asked}
        rows = await session.exec(select(models.Auction).where(col(models.Auction.id).in_(wanted)))
    auctions = {row.id: row for row in rows}
    found: dict[tuple[UUID, UUID], MyBidding | None] = {}
    for member_id in {member_id for member_id, _ in asked}:
        for auction, mine in zip(auctions.values(), await mine_of(member_id, list(auctions.values())), strict=True):
            found[member_id, auction.id] = mine
    return [found.get(one) for one in asked]


async def _own_ids(session: AsyncSession, info: Info) -> Collection[UUID]:
    member_id = info.context.identity.member_id
    return await families.part_ids(session, member_id) if member_id else ()


def _my_bidding(auction: models.Auction, rows: Sequence[models.AuctionBidder]) -> MyBidding | None:
    if not rows:
        return None
    bidder = max(rows, key=lambda row: (row.member_id == auction.leader_id, row.maximum))
    leads = bidder.member_id == auction.leader_id
    outcome = _outcome(AuctionState(auction.state), leads=leads)
    redemption_id = auction.redemption_id if outcome is BiddingOutcome.WON else None
    return MyBidding(
        maximum=bidder.maximum,
        held=sum(row.maximum for row in rows if row.hold_id is not None),
        leading=outcome is BiddingOutcome.LEADING,
        outcome=outcome,
        redemption_id=global_id("Redemption", redemption_id) if redemption_id else None,
    )


def _outcome(state: AuctionState, *, leads: bool) -> BiddingOutcome:
    if state == AuctionState.CANCELLED:
        return BiddingOutcome.CANCELLED
    if state in models.RUNNING:
        return BiddingOutcome.LEADING if leads else BiddingOutcome.OUTBID
    return BiddingOutcome.WON if leads and state == AuctionState.CLOSED else BiddingOutcome.LOST
