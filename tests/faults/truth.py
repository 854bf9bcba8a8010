"""What must be so after any fault: every yes is in the books exactly once, nothing else is, and it was told."""

import asyncio
import time
from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.auctions import invariants as auction_invariants
from backend.auctions.models import AuctionBid
from backend.earning.models import Accrual
from backend.kit import db
from backend.kit.columns import table_of
from backend.kit.outbox import OutboxFact
from backend.ledger import invariants
from backend.ledger.facts import member_stream
from backend.ledger.models import Account, Entry, EntryKind
from backend.notifications.graphql import KINDS
from backend.orders.models import Purchase
from backend.rewards import invariants as reward_invariants
from backend.rewards.models import Redemption
from backend.tasks.models import CheckIn
from backend.worker import waiting_facts
from tests.faults.listening import Listener
from tests.faults.load import PRICE, Load
from tests.journeys.a_running_mall import Somebody

ACCOUNT, ENTRY, PURCHASE, ACCRUAL = table_of(Account), table_of(Entry), table_of(Purchase), table_of(Accrual)
BID, CHECK_IN = table_of(AuctionBid), table_of(CheckIn)
REDEMPTION, OUTBOX = table_of(Redemption), table_of(OutboxFact)
SETTLE_SECONDS_MAX = 45


async def lies(load: Load, members: list[Somebody], listener: Listener, listened_to: Somebody) -> list[str]:
    """What does not hold; empty when all is well. The database must be connected."""
    found = [f"a strange answer: {one}" for one in load.strange]
    if not await _settled():
        found.append("facts still wait for a worker")
    async with db.snapshot() as session:
        found += await invariants.broken(session) + await reward_invariants.broken(session)
        found += await auction_invariants.broken(session)
        connection = await session.connection()
        for who in members:
            found += await _untrue_of(connection, load, who.member_id)
        found += await _untold(connection, listener, listened_to.member_id)
    return found


async def _settled() -> bool:
    until = time.monotonic() + SETTLE_SECONDS_MAX
    while (waiting := await waiting_facts()) and time.monotonic() < until:
        await asyncio.sleep(0.1)
    return not waiting


async def _untrue_of(connection: AsyncConnection, load: Load, member_id: UUID) -> list[str]:
    promised, orders = load.redeemed[member_id], {order for order, who in load.paid.items() if who == member_id}
    entries = (await connection.execute(select(ENTRY).where(ENTRY.c.member_id == member_id))).all()
    kinds = Counter(row.kind for row in entries)
    redemptions = await _count(connection, REDEMPTION, member_id)
    rows = (await connection.execute(select(PURCHASE.c.order_ref).where(PURCHASE.c.member_id == member_id))).scalars()
    counted = Counter(rows)
    accruals = (await connection.execute(select(ACCRUAL).where(ACCRUAL.c.member_id == member_id))).all()
    given, posted = sum(row.points for row in accruals), sum(row.points for row in entries if row.reference in orders)
    account = (await connection.execute(select(ACCOUNT).where(ACCOUNT.c.member_id == member_id))).one()
    burned = -sum(row.points for row in entries if row.kind == EntryKind.BURN)
    asked = {
        "burns": (kinds[EntryKind.BURN], promised),
        "redemptions": (redemptions, promised),
        "points burned": (burned, promised * PRICE),
        "orders counted": (counted, Counter(orders)),
        "orders that earned": ({row.order_ref for row in accruals}, orders),
        "points earned for orders": (posted, given),
        "points she has": (account.available + account.held, sum(row.points for row in entries)),
        "bids": (await _count(connection, BID, member_id), load.bids[member_id]),
        "check-ins": (await _count(connection, CHECK_IN, member_id), int(member_id in load.checked_in)),
    }
    return [f"{member_id}: {name}: {is_}, promised {was}" for name, (is_, was) in asked.items() if is_ != was]


async def _count(connection: AsyncConnection, table: Any, member_id: UUID) -> int:
    query = select(func.count()).select_from(table).where(table.c.member_id == member_id)
    return int((await connection.execute(query)).scalar_one())


async def _untold(connection: AsyncConnection, listener: Listener, member_id: UUID) -> list[str]:
    query = select(OUTBOX.c.seq).where(OUTBOX.c.stream == member_stream(member_id), OUTBOX.c.name.in_(KINDS))
    happened = set((await connection.execute(query)).scalars())
    await listener.has_heard(max(happened, default=0))
    untold, twice = happened - set(listener.heard), [seq for seq, times in listener.heard.items() if times > 1]
    return [f"news never told: {sorted(untold)}"] * bool(untold) + [f"told twice: {twice}"] * bool(twice)
