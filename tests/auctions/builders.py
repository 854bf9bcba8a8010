"""Auctions, bidders and their points, made by the product's own verbs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select

from backend import schedule
from backend.auctions import bidding, buying_now, cancelling, creating, standing
from backend.auctions.models import Auction, AuctionBid
from backend.auctions.standing import Standing
from backend.kit import clock, db
from backend.kit.done import Done
from backend.ledger import freezing
from backend.ledger.models import Account
from backend.rewards.models import Reward
from tests.builders import a_member
from tests.rewards.builders import a_reward

STEP_OF_TEN: Sequence[dict[str, Any]] = [{"points": 10}]
WORDS = {"zh_cn": "青瓷盘", "en": "Celadon plate"}


async def an_auction(
    *,
    ends_in: timedelta = timedelta(hours=1),
    opens_in: timedelta | None = None,
    reward: Reward | None = None,
    **said: Any,
) -> UUID:
    """An auction of a plate, open from 0 in steps of ten, with no soft close, unless it is said otherwise."""
    reward = reward or await a_reward(f"PLATE-{uuid4().hex[:8].upper()}", stock=1)
    asked: dict[str, Any] = {"steps": STEP_OF_TEN, "soft_close_seconds": 0, "title": WORDS, "story": WORDS, **said}
    if opens_in is not None:
        asked["opens_at"] = clock.now() + opens_in
    asked |= {"key": uuid4(), "ends_at": clock.now() + (opens_in or timedelta(0)) + ends_in, **said}
    return (await db.transact(creating.create_auction, reward_id=reward.id, **asked)).value.id


async def bids(member_id: UUID, auction_id: UUID, maximum: int, *, key: UUID | None = None) -> Done[AuctionBid]:
    asked: dict[str, Any] = {"key": key or uuid4(), "auction_id": auction_id, "member_id": member_id}
    return await db.transact_in_turn(f"auction:{auction_id}", bidding.place_bid, **asked, maximum=maximum)


async def buys(member_id: UUID, auction_id: UUID, *, key: UUID | None = None, expects: int | None = None) -> Any:
    asked: dict[str, Any] = {"key": key or uuid4(), "auction_id": auction_id, "member_id": member_id}
    return await db.transact_in_turn(f"auction:{auction_id}", buying_now.buy_now, **asked, expected_points=expects)


async def cancels(auction_id: UUID, *, key: UUID | None = None, reason: str = "it broke") -> Done[Auction]:
    asked: dict[str, Any] = {"key": key or uuid4(), "auction_id": auction_id}
    return await db.transact(cancelling.cancel_auction, **asked, reason=reason)


async def time_passes(by: timedelta) -> None:
    """The clock goes on, and the worker looks for what is due."""
    clock.turn(clock._ahead + by)
    await schedule.move_auctions_on()
    await schedule.release_thawed_bids()


async def row_of(auction_id: UUID) -> Auction:
    async with db.read() as session:
        return await session.get_one(Auction, auction_id)


async def standing_of(auction_id: UUID) -> Standing:
    return standing.of(await row_of(auction_id))


async def two(points: int = 100) -> tuple[UUID, UUID]:
    """Ann and Ben, with so many points each."""
    return await a_member("Ann", points=points), await a_member("Ben", points=points)


async def price_and_leader(auction_id: UUID) -> tuple[int, UUID | None]:
    row = await row_of(auction_id)
    return row.price, row.leader_id


async def who_holds_what(members: Sequence[UUID]) -> list[tuple[int, int]]:
    """What each has available and held."""
    async with db.read() as session:
        rows = await session.exec(select(Account).where(col(Account.member_id).in_(members)))
        found = {row.member_id: (row.available, row.held) for row in rows}
    return [found.get(member_id, (0, 0)) for member_id in members]


async def thawed(member_id: UUID) -> None:
    asked = {"key": uuid4(), "member_id": member_id}
    await db.transact(freezing.unfreeze_account, **asked, reason="all is well", actor="operator:olga")
