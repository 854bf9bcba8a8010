"""Everything kept about a member, for her to take away: one JSON document, read at one moment, streamed."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import LargeBinary, Table, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning.models import Accrual
from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.plain import plain
from backend.kit.rate_limit import allow
from backend.ledger import models as ledger, why
from backend.members import delivery, recognising
from backend.members.models import Consent, DeliveryDefault, Member, MemberSession
from backend.orders.models import Purchase, Refund
from backend.rewards import sealed
from backend.rewards.models import Redemption
from backend.tasks.models import CheckIn, TaskAward

FORMAT = "points-mall-export-1"
RATE = "5 per hour"
"""It reads everything she has: often enough for anybody, and too seldom to keep a server busy."""
PAGE_ROWS = 500
SECTIONS: Mapping[str, Table] = {
    "member": table_of(Member),
    "consents": table_of(Consent),
    "delivery": table_of(DeliveryDefault),
    "sessions": table_of(MemberSession),
    "account": table_of(ledger.Account),
    "entries": table_of(ledger.Entry),
    "entryLines": table_of(ledger.EntryLine),
    "lots": table_of(ledger.Lot),
    "holds": table_of(ledger.Hold),
    "transfers": table_of(ledger.Transfer),
    "adjustments": table_of(ledger.Adjustment),
    "payments": table_of(ledger.Payment),
    "expiryWarnings": table_of(ledger.ExpiryWarning),
    "seals": table_of(ledger.Leaf),
    "orders": table_of(Purchase),
    "refunds": table_of(Refund),
    "earnings": table_of(Accrual),
    "redemptions": table_of(Redemption),
    "checkIns": table_of(CheckIn),
    "tasks": table_of(TaskAward),
}
"""Every table with rows of hers; a test looks for those that are missing."""
SHOWN_BYTES = {"hash", "prev_hash", "head"}
"""The seals of her receipts, in hexadecimal; other bytes are sealed values, which come opened, or secrets."""


async def count_try(member_id: UUID) -> None:
    """Count one more export by this member. Raises TooManyRequests."""
    await allow("export", str(member_id), RATE)


async def export(member_id: UUID) -> AsyncIterator[bytes]:
    """The document in pieces. Of others it holds nothing but the ids of those she sent points to or got some from."""
    head = {"format": FORMAT, "exported_at": clock.now().isoformat()}
    yield orjson.dumps(head)[:-1]
    async with db.snapshot() as session:
        for name, table in SECTIONS.items():
            yield b',"' + name.encode() + b'":['
            first = True
            async for row in _rows(session, table, member_id):
                yield (b"" if first else b",") + orjson.dumps(plain(_shown(table, row)), default=str)
                first = False
            yield b"]"
    yield b"}"


async def _rows(session: AsyncSession, table: Table, member_id: UUID) -> AsyncIterator[Any]:
    query = select(table).where(_hers(table, member_id)).order_by(*table.primary_key)
    streamed = await (await session.connection()).stream(query.execution_options(yield_per=PAGE_ROWS))
    async for row in streamed:
        yield row


def _hers(table: Table, member_id: UUID) -> Any:
    if "member_id" not in table.c:
        return table.c.id == member_id
    if "to_member_id" in table.c:
        return or_(table.c.member_id == member_id, table.c.to_member_id == member_id)
    return table.c.member_id == member_id


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
