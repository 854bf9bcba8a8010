"""Books of a size that matters, for `./mall bench ledger`: what is swept, verified, reported and read, and how fast."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule
from backend.kit import clock, db
from backend.ledger import history, liability, posting, reconciling, verifying
from backend.ledger.history import EVERYTHING
from backend.ledger.models import Lot
from backend.members import enrolment
from backend.programme import terms

LOTS_EACH = 10
BATCH = 100
LONG_HISTORY = 10_000
PAGE = 20
LOOK_SECONDS = 0.02
POINTS = 100
DAY = timedelta(days=1)
EXPIRE_IN = 60 * DAY
"""Within the first warning, and longer than a notice must lie in an inbox."""
LONGEST = """SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
"""PostgreSQL's own housekeeping gives way to whoever waits for it."""


@dataclass
class Figures:
    """Seconds by what took them, lots swept a second, and the longest transaction that wrote meanwhile, in
    milliseconds, as looked for every LOOK_SECONDS.
    """

    lots: int
    seconds: dict[str, float] = field(default_factory=dict)
    longest_ms: float = 0.0
    per_second: int = 0

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Note how long the block took."""
        began = time.perf_counter()
        yield
        self.seconds[what] = round(time.perf_counter() - began, 4)
        print(f"{what:<36} {self.seconds[what]:10.3f} s", flush=True)


async def measure(url: str, lots: int) -> Figures:
    """Make so many lots, warn of them, sweep them when they are due, and ask the books what is asked of them.

    It is the first night of a month: what a member earned in one month a year ago expires at one instant.
    """
    figures = Figures(lots)
    db.connect(url, patient=True)
    try:
        with figures.timed("made by the verbs"):
            await _lots_that_will_expire(lots)
        with figures.timed("warned of"):
            await schedule.warn_of_expiry()
        await _settle_down(url)
        # By then the notices, which nobody could be shown, have lain in the inboxes for as long as counts.
        clock.turn(EXPIRE_IN + DAY)
        with figures.timed("sweep"):
            async with _longest_transaction(url, figures):
                await schedule.expire_due_lots()
        figures.per_second = round(lots / figures.seconds["sweep"])
        await _all_expired(lots)
        print(f"{'longest transaction of the sweep':<36} {figures.longest_ms:10.1f} ms", flush=True)
        await _ask(figures)
    finally:
        clock.turn(timedelta(0))
        await db.disconnect()
    return figures


async def _ask(figures: Figures) -> None:
    member_id = (await _members(["long"]))[0]
    await _earn([member_id], LONG_HISTORY, expires_in=DAY)
    async with db.read() as session:
        await history.newest_first(session, member_id, EVERYTHING, PAGE)
        with figures.timed(f"a page of {LONG_HISTORY:,} entries"):
            await history.newest_first(session, member_id, EVERYTHING, PAGE, below=LONG_HISTORY // 2)
    async with db.snapshot() as session:
        month = (await terms.in_force(session)).today().replace(day=1)
        with figures.timed("liability"):
            await liability.liability(session, clock.now())
        with figures.timed("month report"):
            await reconciling.month_report(session, month)
        entries = await verifying.count_entries(session)
        with figures.timed(f"verify, {entries:,} entries"):
            found = [finding async for finding in verifying.findings_about(session, None)]
    assert not found, found[:3]


async def _settle_down(url: str) -> None:
    # What was made minutes ago is here as old as a year: known to the planner, and on the disk.
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _all_expired(lots: int) -> None:
    async with db.read() as session:
        left = (await session.exec(select(func.count()).select_from(Lot).where(col(Lot.open)))).one()
        gone = (await session.exec(select(func.sum(Lot.expired)))).one()
    assert (left, gone) == (0, lots * POINTS), f"{left} lots are left, {gone} points are gone"


async def _lots_that_will_expire(lots: int) -> None:
    number = lots // LOTS_EACH
    for start in range(0, number, BATCH):
        members = await _members([f"book{one}" for one in range(start, min(start + BATCH, number))])
        await _earn(members, LOTS_EACH, expires_in=EXPIRE_IN)


async def _members(references: Sequence[str]) -> list[UUID]:
    return list((await db.transact(enrolment.first_sight, references)).values())


async def _earn(members: Sequence[UUID], times: int, *, expires_in: timedelta) -> None:
    async def earn(session: AsyncSession) -> None:
        moment = clock.now()
        books = await posting.open_books(session, members)
        for book in books.values():
            for number in range(times):
                posting.earn(
                    book,
                    key=f"gift:{number}",
                    points=POINTS,
                    expires_at=moment + expires_in,
                    occurred_at=moment - 2 * DAY,
                    actor="bench",
                    why={"code": "GIFT"},
                    tell=False,
                )
        await posting.write(session, books.values())

    await db.transact(earn)


@asynccontextmanager
async def _longest_transaction(url: str, figures: Figures) -> AsyncIterator[None]:
    # Seen from outside: no lock is held longer than the transaction that took it.
    connection, over = await asyncpg.connect(url.replace("+asyncpg", "")), asyncio.Event()

    async def look() -> None:
        while not over.is_set():
            figures.longest_ms = max(figures.longest_ms, 1000 * float(await connection.fetchval(LONGEST) or 0))
            await asyncio.sleep(LOOK_SECONDS)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        over.set()
        await looking
        await connection.close()
