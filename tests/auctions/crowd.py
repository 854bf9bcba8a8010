"""Many members at once, and everything they hold seen at one moment."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions.finding import AUCTION, BIDDER
from backend.auctions.invariants import ACCOUNT
from backend.kit import clock, db
from backend.kit.errors import Refused
from backend.ledger import posting
from backend.members import enrolment
from backend.programme import terms

BATCH = 50


async def a_crowd(count: int, *, points: int) -> list[UUID]:
    """So many enrolled members with so many points each."""
    members: list[UUID] = []
    for start in range(0, count, BATCH):
        names = [f"bidder-{number:04}" for number in range(start, min(start + BATCH, count))]
        members += await db.transact(_enrolled, names=names, points=points)
    return members


async def _enrolled(session: AsyncSession, *, names: Sequence[str], points: int) -> list[UUID]:
    found = await enrolment.first_sight(session, names)
    version = (await terms.in_force(session)).terms_version
    for name, member_id in sorted(found.items()):
        await enrolment.enrol(session, member_id=member_id, terms_version=version, nickname=name)
    books = await posting.open_books(session, list(found.values()))
    said: dict[str, Any] = {"actor": "test", "why": {"code": "GIFT"}, "occurred_at": clock.now()}
    for book in books.values():
        posting.earn(book, key=f"gift:{uuid4()}", points=points, expires_at=clock.now() + timedelta(days=365), **said)
    await posting.write(session, books.values())
    return [found[name] for name in names]


async def outcomes(acts: Iterable[Awaitable[Any]]) -> list[Any]:
    """What each came to, a refusal too; anything else that is raised is the test's failure."""
    found = await asyncio.gather(*acts, return_exceptions=True)
    bugs = [one for one in found if isinstance(one, BaseException) and not isinstance(one, Refused)]
    assert not bugs, bugs[:3]
    return found


async def who_holds(auction_id: UUID) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """At one moment: who holds how much, by the account rows, and what the auction says who should."""
    async with db.snapshot() as session:
        connection = await session.connection()
        held = {row.member_id: row.held for row in await connection.execute(select(ACCOUNT).where(ACCOUNT.c.held > 0))}
        leads = (BIDDER.c.auction_id == AUCTION.c.id) & (BIDDER.c.member_id == AUCTION.c.leader_id)
        should = select(BIDDER.c.member_id, BIDDER.c.maximum).select_from(AUCTION.join(BIDDER, leads))
        rows = await connection.execute(should.where(AUCTION.c.id == auction_id, AUCTION.c.state == "OPEN"))
        return held, {row.member_id: row.maximum for row in rows}


async def total_points() -> int:
    """All points anybody has, held or not."""
    async with db.read() as session:
        query = select(func.sum(ACCOUNT.c.available + ACCOUNT.c.held))
        return int((await (await session.connection()).execute(query)).scalar_one())


async def watched(auction_id: UUID, act: Callable[[], Awaitable[Any]]) -> tuple[Any, int]:
    """Do `act` while looking again and again at who holds what: its result, and how many looks agreed."""
    looks, task = 0, asyncio.ensure_future(act())
    while not task.done():
        held, should = await who_holds(auction_id)
        assert held == should
        looks += 1
        await asyncio.sleep(0.01)
    return await task, looks
