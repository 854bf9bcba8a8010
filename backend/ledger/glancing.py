"""Books without a lock: what is posted to them is written only if they are still as they were seen.

Every posting moves the chain's head and every piece of news the count of what she was told, so an account whose head
and count are as they were has the lots it had. PostgreSQL only.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.kit.looking import Looks, among, once_for_each_database
from backend.kit.writing import Writing
from backend.ledger.book import Book
from backend.ledger.lots import LotState
from backend.ledger.shelving import ACCOUNT, ACCOUNT_FIELDS, ENTRY, ENTRY_FIELDS, LOT, LOT_FIELDS
from backend.ledger.states import AccountState, EntryState


@once_for_each_database
def looks() -> Looks:
    """The accounts of `members`, their open lots, and those of `entries` that are posted already."""
    account = select(ACCOUNT.c.member_id, *(ACCOUNT.c[name] for name in ACCOUNT_FIELDS))
    lot = select(LOT.c.member_id, LOT.c.lot_id, LOT.c.earned_at, *(LOT.c[name] for name in LOT_FIELDS))
    entry = select(*(ENTRY.c[name] for name in ENTRY_FIELDS)).where(among(ENTRY.c.entry_id, "entries"))
    return (
        account.where(among(ACCOUNT.c.member_id, "members")),
        lot.where(among(LOT.c.member_id, "members"), LOT.c.open),
        entry.where(among(ENTRY.c.member_id, "members")),
    )


def books(accounts: Sequence[Any], lots: Sequence[Any], entries: Sequence[Any]) -> dict[UUID, Book]:
    """What `looks` found, as books; an account that nothing was ever posted to has none."""
    found = {row[0]: Book(AccountState(*row), {}) for row in accounts}
    for member_id, *lot in lots:
        found[member_id].lots[lot[0]] = LotState(*lot)
    for row in entries:
        entry = EntryState(**dict(zip(ENTRY_FIELDS, row, strict=True)))
        found[entry.member_id].posted[entry.entry_id] = entry
    return found


def only_if_unmoved(writing: Writing, books: Sequence[Book]) -> None:
    """Lock the accounts of `books`, which were posted to, in id order; write only if all are as they were seen.

    Nobody waits here: an account that somebody else has locked is about to move.
    """
    kinds = {"member_id": "uuid", "head": "bytea", "told": "bigint"}
    seen = [(book.member_id, book.entries[0][0].prev_hash, book.account.told - len(book.facts)) for book in books]
    query = f"""SELECT account.member_id
        FROM {writing.asked("seen", kinds, seen)} JOIN account ON account.member_id = seen.member_id
        WHERE account.head = seen.head AND account.told = seen.told AND {writing.is_so()}
        ORDER BY account.member_id FOR UPDATE OF account SKIP LOCKED"""  # noqa: S608
    writing.only_if("unmoved", query, len(books))
