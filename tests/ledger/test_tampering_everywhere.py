"""Every column of the books is changed once by hand: it is found out and the row is named, or there is a reason."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.kit.columns import Moment, table_of
from backend.ledger import invariants, posting, reserving, seal_keys, transferring
from tests.builders import a_gift, a_member
from tests.ledger.sealed import seal
from tests.ledger.tampering import TABLES, tampering

NOT_OF_THE_BOOKS: Mapping[str, str] = {
    "adjustment": "what was proposed and decided; what moved is in its entry",
    "payment": "what was paid in or out; what moved is in its entry",
    "expiry_notice": "who was told; what expired is in the entries",
    "reconciliation_pass": "how far a check has come",
    "drift": "what a check has found",
    "reconciliation_month": "a report, which the entries give again",
}
UNCHECKED: Mapping[str, str] = {
    "account.told": "how many facts a member was told; no points hang on it",
    "transfer.back_entry_id": "of a transfer not taken back there is no such entry to name",
    "transfer.given_up_entry_id": "of a transfer not taken back there is no such entry to name",
    "seal_log.id": "the one row's own number",
    "seal_log.looked_until": "how far the last look came; a wrong one only delays a seal until the hourly look",
    "seal_key.private_sealed": "of a key that has ended, nothing is signed any more; that of the one in use is opened",
    "seal_key.began_at": "of the first key: only said; a later one begins when the one before it ends",
}
TOLD_BY: Mapping[str, str] = {
    "account": "account {member_id}",
    "lot": "lot {lot_id}",
    "entry": "{entry_id}",
    "entry_line": "{entry_id}",
    "hold": "hold {hold_id}",
    "transfer": "transfer",
    "seal_log": "seal",
    "leaf": "leaf {leaf_index}",
    "tile": "",
    "seal_key": "key {key_id}",
    "checkpoint": "checkpoint {size}",
}
"""How a finding names a row of each table; a tile is named by itself or by the first leaf it lies about."""


CHANGES: Sequence[tuple[type, Callable[[Any], Any]]] = (
    (bool, lambda value: not value),
    (int, lambda value: value + 1),
    (str, lambda value: f"{value}x"),
    (bytes, lambda value: value[:-1] + bytes([value[-1] ^ 1])),
    (datetime, lambda value: value + timedelta(microseconds=1)),
    (UUID, lambda value: UUID(int=value.int ^ 1)),
    (dict, lambda value: {**value, "code": "OTHER"}),
)


async def a_sealed_life() -> None:
    """Every kind of row: gifts, a transfer, a burn, a hold, a freeze; sealed, the key changed, sealed again."""
    ann = await a_member("Ann")
    await a_gift(ann, 100, key="first", expires_in=timedelta(days=30))
    await a_gift(ann, 50, key="second", expires_in=timedelta(days=60))
    await a_member("Bob")
    await db.transact(transferring.transfer_points, key=UUID(int=5), member_id=ann, to="Bob", points=5)
    await db.transact(spend_and_hold, member_id=ann)
    await seal()
    await db.transact(seal_keys.rotate_key)
    await a_gift(ann, 1)
    await seal()


async def spend_and_hold(session: AsyncSession, *, member_id: UUID) -> None:
    said: Any = {"actor": "test", "request": {}}
    book = await posting.open_book(session, member_id)
    posting.burn(book, key="burn", points=20, reference="r-1", why={"code": "TEST"}, **said)
    lapses_at = clock.now() + timedelta(days=1)
    reserving.hold(
        book, key="hold", points=30, lapses_at=lapses_at, purpose="bid", reference="a-1", why={"code": "TEST"}, **said
    )
    posting.set_frozen(book, frozen=True, key="freeze", reason="a look", **said)
    await posting.write(session, [book])


def other(value: Any, column: Any) -> Any:
    """Something else that the column could hold."""
    if value is None:
        ids = ("back_entry_id", "given_up_entry_id", "merged_into")
        absent: Any = {"voucher": b"x", **dict.fromkeys(ids, UUID(int=1))}
        return clock.now() if isinstance(column.type, Moment) else absent.get(column.name, "x")
    return next(change(value) for kind, change in CHANGES if isinstance(value, kind))


async def findings() -> list[str]:
    async with db.read() as session:
        return await invariants.broken(session)


async def rows_of(table: Table) -> Sequence[Any]:
    async with db.read() as session:
        order = [column for column in table.c if column.name in ("line_no", "seq", "began_at", "size")]
        return list(await (await session.connection()).execute(select(table).order_by(*order)))


def test_every_table_of_the_ledger_is_tampered_with_or_there_is_a_reason() -> None:
    of_the_ledger = {
        table_of(mapper.class_).name
        for mapper in SQLModel._sa_registry.mappers
        if mapper.class_.__module__ == "backend.ledger.models"
    }
    assert set(TABLES) | set(NOT_OF_THE_BOOKS) == of_the_ledger
    assert set(TABLES) == set(TOLD_BY)


@pytest.mark.parametrize("name", TABLES)
async def test_whatever_column_is_changed_it_is_found_and_the_row_is_named(database: str, name: str) -> None:
    await a_sealed_life()
    table = TABLES[name]
    row = (await rows_of(table))[0]
    where = {column.name: getattr(row, column.name) for column in table.primary_key}
    missed = []
    for column in table.c:
        async with tampering(database) as hands:
            try:
                await hands.change(name, where, **{column.name: other(getattr(row, column.name), column)})
            except IntegrityError:
                continue  # the database itself would not have it
            found = await findings()
            wanted = TOLD_BY[name].format(**row._mapping)
            if not any(wanted in finding for finding in found):
                missed.append(f"{name}.{column.name}")
    assert missed == [one for one in UNCHECKED if one.startswith(f"{name}.")]


@pytest.mark.parametrize("name", TABLES)
async def test_whatever_row_is_dropped_it_is_missed(database: str, name: str) -> None:
    await a_sealed_life()
    table = TABLES[name]
    # Of checkpoints only the newest is missed: an older one says nothing that it does not say too.
    for row in (await rows_of(table))[-1 if name == "checkpoint" else 0 :]:
        where = {column.name: getattr(row, column.name) for column in table.primary_key}
        async with tampering(database) as hands:
            await hands.drop(name, where)
            assert await findings() != [], where
