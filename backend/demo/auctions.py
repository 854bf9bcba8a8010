"""Auctions in mid-flight: one about to end, one nobody has bid on, one below its reserve, one that opens later."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.auctions import bidding, creating
from backend.auctions.models import Auction
from backend.demo.keys import key_of, the_clock_back
from backend.kit import clock, db
from backend.rewards import catalogue
from backend.rewards.models import RewardKind

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_name("auctions.json").read_text("utf-8"))


async def seed(members: Mapping[str, UUID]) -> None:
    """Put up the auctions and place the members' bids, each at its own time; again, nothing happens."""
    for reward in DATA["rewards"]:
        await _only_at_auction(reward)
    for auction in DATA["auctions"]:
        async with db.read() as session:
            known = await session.get(Auction, key_of("auction", auction["sku"])) is not None
        if not known:
            await _put_up(auction)
        await _bid_on(auction, members)


async def _only_at_auction(reward: Mapping[str, Any]) -> None:
    reward_id = key_of("reward", reward["sku"])
    asked: dict[str, Any] = {**reward, "kind": RewardKind(reward["kind"])}
    await db.transact(catalogue.create_reward, key=reward_id, **asked)
    await db.transact(catalogue.update_reward, reward_id=reward_id, changes={"withdrawn": True})


async def _put_up(auction: Mapping[str, Any]) -> None:
    said, now = dict(auction), clock.now()
    sku, _, ago = said.pop("sku"), said.pop("bids"), timedelta(hours=said.pop("opened_hours_ago", 0))
    said["ends_at"] = now + timedelta(minutes=said.pop("ends_in_minutes"))
    if (opens_in := said.pop("opens_in_minutes", None)) is not None:
        said["opens_at"] = now + timedelta(minutes=opens_in)
    title = next(reward["name"] for reward in DATA["rewards"] if reward["sku"] == sku)
    with the_clock_back(ago):
        reward_id, key = key_of("reward", sku), key_of("auction", sku)
        await db.transact(creating.create_auction, key=key, reward_id=reward_id, title=title, **said)


async def _bid_on(auction: Mapping[str, Any], members: Mapping[str, UUID]) -> None:
    auction_id = key_of("auction", auction["sku"])
    for number, (reference, maximum, minutes_ago) in enumerate(auction["bids"]):
        asked: dict[str, Any] = {"auction_id": auction_id, "member_id": members[reference], "maximum": maximum}
        with the_clock_back(timedelta(minutes=minutes_ago)):
            await db.transact(bidding.place_bid, key=key_of("bid", f"{auction['sku']}:{number}"), **asked)
