"""A mall of the size that matters: the demo's members and rewards, and as many copies of them as are wanted.

The originals have lived by the product's own verbs; the copies are made of their rows, a table at a time. So there are
members of every kind, new and old, with lots that expire soon, orders, streaks, tasks and redemptions.
"""

import asyncio
import base64
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Uuid
from sqlmodel import SQLModel, col, select

from backend.demo import seeding
from backend.kit import db, migrating
from backend.kit.columns import table_of
from backend.ledger.models import Account, ExpiryNotice, Lot
from backend.members import sessions
from backend.members.models import Member, MemberSession
from backend.orders.models import Purchase
from backend.rewards.models import Redemption, Reward, Stock
from backend.tasks.models import CheckIn, TaskAward

HERS = (Member, MemberSession, Account, Lot, ExpiryNotice, Purchase, CheckIn, TaskAward, Redemption)
SHARED = (Reward, Stock)
IN_COMMON = {"reward_id"}
NEVER_TWICE = {"reference", "order_ref", "sku"}
LEFT_OUT = {"phone_index", "phone_sealed", "code_index"}
VARIED = {"points": "points + 10 * n", "hot": "false", "heat": "0"}
"""What makes rewards differ from those they are copies of."""


@dataclass(frozen=True)
class Original:
    """A signed-in member who has copies."""

    member_id: str
    session_id: str
    secret: str


@dataclass(frozen=True)
class Crowd:
    """Who can visit: `copies` of each of `originals`, and those themselves."""

    originals: Sequence[Original]
    copies: int

    def cookies(self, number: int, seed: int) -> list[str]:
        """The session cookies of so many members, whichever they are."""
        chance = random.Random(seed)
        return [self.cookie(chance.choice(self.originals), chance.randint(0, self.copies)) for _ in range(number)]

    def cookie(self, original: Original, number: int) -> str:
        """A member's: 0 is the original."""
        raw = _copied(original.member_id, number).bytes + _copied(original.session_id, number).bytes
        return base64.urlsafe_b64encode(raw + bytes.fromhex(original.secret)).rstrip(b"=").decode()


async def a_large_mall(url: str, members: int, rewards: int) -> Crowd:
    """Make it in the empty database at `url`."""
    await migrating.upgrade_database(url)
    db.connect(url, patient=True)
    try:
        await seeding.seed()
        originals = await _signed_in()
    finally:
        await db.disconnect()
    copies = max(0, -(-members // len(originals)) - 1)
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await _copy(connection, HERS, copies, {})
        offered = await connection.fetchval("SELECT count(*) FROM reward")
        await _copy(connection, SHARED, max(0, -(-rewards // offered) - 1), VARIED)
        # Nobody's visit is the first for a minute: noting that she was seen is no part of what is measured.
        await connection.execute("UPDATE member_session SET last_seen_at = last_seen_at + interval '1 day'")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return Crowd(originals, copies)


def _copied(original: str, number: int) -> UUID:
    return UUID(hashlib.md5(f"{original}:{number}".encode()).hexdigest() if number else original)


async def _signed_in() -> list[Original]:
    async with db.read() as session:
        ids = (await session.exec(select(Member.id).order_by(col(Member.id)))).all()
    opened = [await db.transact(sessions.open_session, member_id=member_id) for member_id in ids]
    return [
        Original(
            str(one.session.member_id), str(one.session.id), base64.urlsafe_b64decode(one.cookie + "==")[32:].hex()
        )
        for one in opened
    ]


async def _copy(connection: Any, models: Sequence[type[SQLModel]], copies: int, varied: dict[str, str]) -> None:
    for model in models:
        table = table_of(model)
        named = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(varied.get(column.name) or _value(column) for column in table.columns)
        await connection.execute(
            f'INSERT INTO "{table.name}" ({named}) SELECT {values} FROM "{table.name}", generate_series(1, {copies}) n'
        )


def _value(column: Any) -> str:
    if column.name in LEFT_OUT:
        return "NULL"
    if column.name in NEVER_TWICE:
        return f"\"{column.name}\" || ':' || n"
    if isinstance(column.type, Uuid) and column.name not in IN_COMMON:
        return f"md5(\"{column.name}\" || ':' || n)::uuid"
    return f'"{column.name}"'


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(a_large_mall(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))))
