"""`./mall bench auctions`: real bids through the verbs, and how far the prices agree with those that were paid.

Every recorded bid is placed as a proxy maximum, cents as points, at its own time, with the recorder's steps (eBay's of
2003). The winner's maximum was never recorded, only what the auction went for; so her bid replayed as her maximum can
never lead to more than that, and where the record is above the second maximum and a step, the replay is below it.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule
from backend.auctions import bidding, creating, invariants as auctions_invariants
from backend.auctions.finding import AUCTION
from backend.auctions.pricing import Rules
from backend.kit import clock, db, migrating
from backend.kit.errors import Refused
from backend.ledger import invariants, posting
from backend.members import enrolment
from backend.programme import terms
from backend.programme.auctions import Step
from backend.rewards import catalogue, invariants as rewards_invariants
from backend.rewards.models import RewardKind
from tests.bench.recorded_auctions import RecordedAuction, RecordedBid, in_time_order, read
from tests.real_postgres import real_postgres

BENCH = UUID("8a1f4c52-5d0e-5c53-9a57-2f1d6f9b6cbe")
PURSE = 1_000_000_000
"""Points of every bidder: nobody's record says what she had."""
STEPS = [
    *(Step(below=below, points=points) for below, points in ((100, 5), (500, 25), (2_500, 50), (10_000, 100))),
    *(Step(below=below, points=points) for below, points in ((25_000, 250), (50_000, 500), (100_000, 1_000))),
    *(Step(below=below, points=points) for below, points in ((250_000, 2_500), (500_000, 5_000))),
    Step(points=10_000),
]
EXACT, WITHIN, OUTSIDE = "exact", "within a step", "outside"
TOLD_EVERY = 1_000


@dataclass
class Replay:
    """What became of the bids."""

    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    members: dict[str, UUID] = field(default_factory=dict)


async def auctions_command(*, data: Path, postgresql: bool, as_json: bool) -> int:
    """Replay, print how the prices agree and why where they do not; 1 when the books are not sound afterwards."""
    recorded, odd = read(data)
    async with _a_database(postgresql=postgresql):
        began = time.monotonic()
        try:
            replay = await _replayed(recorded)
            took = time.monotonic() - began
            prices, broken = await _prices(), await _broken()
        finally:
            clock.turn(timedelta(0))
    found = {name: _judged(auction, *prices[_id("auction", name)]) for name, auction in recorded.items()}
    agreement, reasons = Counter(how for how, _ in found.values()), Counter(why for _, why in found.values() if why)
    total = replay.taken + replay.refused.total()
    print(f"{len(recorded)} auctions, {total} bids by {len(replay.members)} bidders, {total / took:.0f} bids a second")
    print(f"taken {replay.taken}; refused: {dict(replay.refused) or 'none'}; odd rows: {dict(odd) or 'none'}")
    _say(agreement, reasons, len(recorded))
    for line in broken:
        print(f"✗ {line}")
    if as_json:
        ratios = {how: round(agreement[how] / len(recorded), 3) for how in (EXACT, WITHIN, OUTSIDE)}
        counted = {"auctions": len(recorded), "taken": replay.taken, "refused": replay.refused, "odd": odd}
        print(json.dumps({"name": "auctions", "ratios": ratios, **counted, "reasons": reasons, "sound": not broken}))
    return 1 if broken else 0


@asynccontextmanager
async def _a_database(*, postgresql: bool) -> AsyncIterator[None]:
    with tempfile.TemporaryDirectory(prefix="mall-auctions-") as folder:
        place = real_postgres() if postgresql else nullcontext(f"sqlite+aiosqlite:///{folder}/mall.db")
        with place as url:
            await migrating.upgrade_database(url)
            db.connect(url)
            try:
                yield
            finally:
                await db.disconnect()


async def _replayed(recorded: Mapping[str, RecordedAuction]) -> Replay:
    replay, opened = Replay(), datetime.now(UTC)
    reward = (await db.transact(catalogue.create_reward, key=_id("reward", ""), stock=len(recorded), **_PIECE)).value
    for auction in recorded.values():
        _turn_to(opened)
        await _put_up(auction, reward.id, opened)
    day = 0
    for number, (auction, bid) in enumerate(in_time_order(recorded), 1):
        member_id = await _bidder(replay, bid.bidder)
        _turn_to(opened + timedelta(days=bid.at_days))
        if bid.at_days >= day + 1:
            day = int(bid.at_days)
            await schedule.move_auctions_on()
        await _bid(replay, auction, bid, member_id, number)
        if number % TOLD_EVERY == 0:
            print(f"{number} bids replayed", flush=True)
    _turn_to(opened + timedelta(days=max((auction.days for auction in recorded.values()), default=0) + 1))
    await schedule.move_auctions_on()
    return replay


async def _put_up(auction: RecordedAuction, reward_id: UUID, opened: datetime) -> None:
    words = {"zh_cn": auction.name, "en": auction.name}
    await db.transact(
        creating.create_auction,
        key=_id("auction", auction.name),
        reward_id=reward_id,
        title=words,
        story=words,
        # The record's last bids carry the very end as their time, so a second is added.
        ends_at=opened + timedelta(days=auction.days, seconds=1),
        opening_points=auction.opening_cents,
        steps=[step.model_dump() for step in STEPS],
        soft_close_seconds=0,
    )


async def _bid(replay: Replay, auction: RecordedAuction, bid: RecordedBid, member_id: UUID, number: int) -> None:
    asked: dict[str, Any] = {"auction_id": _id("auction", auction.name), "member_id": member_id}
    try:
        await db.transact(bidding.place_bid, key=_id("bid", str(number)), maximum=bid.cents, **asked)
    except Refused as refused:
        replay.refused[refused.code] += 1
    else:
        replay.taken += 1


async def _bidder(replay: Replay, name: str) -> UUID:
    if name not in replay.members:
        reference = f"bidder {name or 'without a name'}"
        replay.members[name] = await db.transact(_enrolled, reference=reference)
    return replay.members[name]


async def _enrolled(session: AsyncSession, *, reference: str) -> UUID:
    member_id = (await enrolment.first_sight(session, [reference]))[reference]
    version = (await terms.in_force(session)).terms_version
    await enrolment.enrol(session, member_id=member_id, terms_version=version, nickname="bidder")
    book = await posting.open_book(session, member_id)
    said: dict[str, Any] = {"actor": "bench", "why": {"code": "GIFT"}, "occurred_at": clock.now(), "expires_at": None}
    posting.earn(book, key="purse", points=PURSE, **said)
    await posting.write(session, [book])
    return member_id


async def _prices() -> dict[UUID, tuple[str, int]]:
    async with db.read() as session:
        rows = await (await session.connection()).execute(select(AUCTION.c.id, AUCTION.c.state, AUCTION.c.price))
        return {row.id: (row.state, row.price) for row in rows}


async def _broken() -> list[str]:
    async with db.snapshot() as session:
        domains = (invariants, rewards_invariants, auctions_invariants)
        return [line for domain in domains for line in await domain.broken(session)]


def _judged(auction: RecordedAuction, state: str, price: int) -> tuple[str, str]:
    step = Rules(0, STEPS).step(min(price, auction.final_cents))
    if state == "CLOSED" and price == auction.final_cents:
        return EXACT, ""
    how = WITHIN if state == "CLOSED" and abs(price - auction.final_cents) <= step else OUTSIDE
    return how, f"{how}: {_why(auction, state, price)}"


def _why(auction: RecordedAuction, state: str, price: int) -> str:
    first, *others = auction.highest() or [0]
    met = others[0] + Rules(0, STEPS).step(others[0]) if others else 0
    reasons = (
        (state != "CLOSED", "no recorded bid reached where bidding opened"),
        (auction.nameless, "several people bid under one name, so their bids against each other are missing"),
        (not others, "a lone bidder paid more than the opening price: a reserve that was not recorded"),
        (auction.final_cents > met, "recorded above the second maximum and a step: a reserve, or a bid taken back"),
        (first != auction.final_cents, "the highest recorded bid is not the price"),
        (price > auction.final_cents, "recorded below the second maximum and a step"),
        (price in auction.of_the_highest(), "the leader raised a maximum that had held the price down: here it stays"),
    )
    return next((why for holds, why in reasons if holds), "the second maximum was less than a step above the price")


def _say(agreement: Counter[str], reasons: Counter[str], auctions: int) -> None:
    for how in (EXACT, WITHIN, OUTSIDE):
        print(f"{agreement[how]:>5} {how} ({agreement[how] / auctions:.1%})")
    for why, times in reasons.most_common():
        print(f"{times:>5} {why}")


def _turn_to(moment: datetime) -> None:
    clock.turn(moment - datetime.now(UTC))


def _id(kind: str, name: str) -> UUID:
    return uuid5(BENCH, f"{kind}:{name}")


_PIECE: Mapping[str, Any] = {
    "sku": "RECORDED",
    "kind": RewardKind.SERVICE,
    "name": {"zh_cn": "拍品", "en": "A lot"},
    "description": {"zh_cn": "拍品", "en": "A lot"},
    "category": "auction",
    "points": 1,
}
