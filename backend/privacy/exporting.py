"""Everything kept about a member, for her to take away: one JSON document, read at one moment, streamed."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import LargeBinary, Table, or_, select
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.plain import plain
from backend.kit.rate_limit import allow
from backend.ledger import why
from backend.members import delivery, families, recognising
from backend.members.models import Member
from backend.rewards import sealed

FORMAT = "points-mall-export-1"
RATE = "5 per hour"
"""It reads everything she has: often enough for anybody, and too seldom to keep a server busy."""
PAGE_ROWS = 500
NAMES = {
    "consent": "consents",
    "delivery_default": "delivery",
    "member_session": "sessions",
    "entry": "entries",
    "entry_line": "entryLines",
    "lot": "lots",
    "hold": "holds",
    "transfer": "transfers",
    "adjustment": "adjustments",
    "payment": "payments",
    "expiry_notice": "expiryNotices",
    "leaf": "seals",
    "purchase": "orders",
    "refund": "refunds",
    "account_merge": "merges",
    "accrual": "earnings",
    "redemption": "redemptions",
    "auction_bidder": "auctions",
    "auction_bid": "bids",
    "donation": "donations",
    "member_badge": "badges",
    "charity_staff": "charityDesks",
    "check_in": "checkIns",
    "task_award": "tasks",
    "draw": "draws",
    "challenge_stake": "challenges",
    "plant": "plants",
    "plant_care": "plantCare",
    "plant_help": "plantHelp",
}
"""What a table's rows are called in the document; one that has no name here comes under its own."""
SHOWN_BYTES = {"hash", "prev_hash", "head"}
"""The seals of her receipts, in hexadecimal; other bytes are sealed values, which come opened, or secrets."""


async def count_try(member_id: UUID) -> None:
    """Count one more export by this member. Raises TooManyRequests."""
    await allow("export", str(member_id), RATE)


def sections() -> dict[str, Table]:
    """Every table with rows about members, by its name in the document: what domains add is in it by itself."""
    tables = sorted(SQLModel.metadata.tables.items())
    about_her = {NAMES.get(name, name): table for name, table in tables if "member_id" in table.c}
    return {"member": table_of(Member), **about_her}


async def export(member_id: UUID) -> AsyncIterator[bytes]:
    """The document in pieces, of everyone whose account is hers: they are one person.

    Of others it holds nothing but the ids of those she sent points to or got some from, and of those whose plants she
    helped or who helped hers.
    """
    head = {"format": FORMAT, "exported_at": clock.now().isoformat()}
    yield orjson.dumps(head)[:-1]
    async with db.snapshot() as session:
        parts = await families.part_ids(session, member_id)
        for name, table in sections().items():
            yield b',"' + name.encode() + b'":['
            first = True
            async for row in _rows(session, table, parts):
                yield (b"" if first else b",") + orjson.dumps(plain(_shown(table, row)), default=str)
                first = False
            yield b"]"
    yield b"}"


async def _rows(session: AsyncSession, table: Table, member_ids: Collection[UUID]) -> AsyncIterator[Any]:
    query = select(table).where(_hers(table, member_ids)).order_by(*table.primary_key)
    streamed = await (await session.connection()).stream(query.execution_options(yield_per=PAGE_ROWS))
    async for row in streamed:
        yield row


def _hers(table: Table, member_ids: Collection[UUID]) -> Any:
    if "member_id" not in table.c:
        return table.c.id.in_(member_ids)
    if "to_member_id" in table.c:
        return or_(table.c.member_id.in_(member_ids), table.c.to_member_id.in_(member_ids))
    if "helper_id" in table.c:
        return or_(table.c.member_id.in_(member_ids), table.c.helper_id.in_(member_ids))
    return table.c.member_id.in_(member_ids)


def _shown(table: Table, row: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for column in table.columns:
        value = getattr(row, column.name)
        if not isinstance(column.type, LargeBinary):
            shown[column.name] = value
        elif column.name in SHOWN_BYTES and value is not None:
            shown[column.name] = value.hex()
    return shown | OPENED.get(table.name, lambda _row: {})(row)


def _entry(row: Any) -> dict[str, Any]:
    return {"because": why.sentence(row.why).model_dump()}


def _member(row: Any) -> dict[str, Any]:
    return {"phone": recognising.phone_of(row)}


def _delivery(row: Any) -> dict[str, Any]:
    return asdict(delivery.opened(row.sealed, delivery.about(row.member_id)))


def _redemption(row: Any) -> dict[str, Any]:
    kept = sealed.open_delivery(row)
    return {"code": sealed.open_code(row), "delivery": kept and asdict(kept)}


OPENED: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "entry": _entry,
    "member": _member,
    "delivery_default": _delivery,
    "redemption": _redemption,
}
