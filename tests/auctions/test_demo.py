"""The demo's auctions: whoever opens the product for the first time finds them in mid-flight."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from backend.auctions.models import Auction
from backend.demo import seeding
from backend.kit import clock, db


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_demo_shows_auctions_in_mid_flight(database: str) -> None:
    assert await seeding.seed()
    async with db.read() as session:
        soon, unbid, reserved, later = (await session.exec(select(Auction).order_by(col(Auction.number)))).all()
    assert timedelta(0) < soon.ends_at - clock.now() < timedelta(minutes=30)
    assert (soon.state, soon.bid_count, soon.price, soon.leader_alias) == ("OPEN", 7, 1900, "伊**")
    assert (unbid.state, unbid.bid_count, unbid.buy_now_points) == ("OPEN", 0, 2000)
    assert (reserved.state, reserved.reserve_met, reserved.bid_count) == ("OPEN", False, 3)
    assert later.state == "SCHEDULED"
