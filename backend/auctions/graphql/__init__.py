"""Auctions on the wire: how they stand, live; bidding; and what operators do about them."""

from backend.auctions.graphql.auction import Auction, AuctionBid, AuctionStanding, MyBidding
from backend.auctions.graphql.mutations import Mutation
from backend.auctions.graphql.reading import MemberFragment, OperatorFragment, Query
from backend.auctions.graphql.watching import Subscription

__all__ = [
    "Auction",
    "AuctionBid",
    "AuctionStanding",
    "MemberFragment",
    "Mutation",
    "MyBidding",
    "OperatorFragment",
    "Query",
    "Subscription",
]
