"""Two accounts that were one for years are taken apart as easily as those that were one for a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console import merging, sorting_out, unmerging
from backend.kit import db
from backend.ledger import posting
from tests.builders import a_gift, a_member, balance

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
OLGA = {"reason": "one person", "actor": "operator:olga"}
SAID: Any = {"actor": "test", "why": {"code": "TEST"}, "request": {}}
ENTRIES = 5_000
PRICE = 10


async def merge(member_id: UUID, into_id: UUID) -> None:
    await db.transact(merging.merge_members, key=uuid4(), member_id=member_id, into_id=into_id, **OLGA)


async def unmerge(member_id: UUID) -> int:
    """In how many statements."""
    with statements() as said:
        await db.transact(unmerging.unmerge_members, key=uuid4(), member_id=member_id, **OLGA)
    return len(said)


async def spend_and_undo(session: AsyncSession, *, member_id: UUID, entries: int) -> None:
    """So many entries: what is burned is given back at once."""
    book = await posting.open_book(session, member_id)
    for number in range(entries // 2):
        burn = posting.burn(book, key=f"burn:{number}", points=PRICE, **SAID)
        taken = book.entries[-1][1]
        posting.reverse(book, taken, key=f"undo:{number}", reference=str(burn.entry_id), **SAID)
    await posting.write(session, [book])


@contextmanager
def statements() -> Iterator[list[str]]:
    """All that the database is told meanwhile."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, words: str, *_more: Any) -> None:
        said.append(words)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def as_one(name: str, entries: int) -> tuple[UUID, UUID, int]:
    """Two accounts that were made one, did so much together, and were taken apart in so many statements."""
    ann, ben = await a_member(f"ann {name}", points=100), await a_member(f"ben {name}", points=40)
    await merge(ben, ann)
    await a_gift(ann, 1000)
    await db.transact(spend_and_undo, member_id=ann, entries=entries)
    return ann, ben, await unmerge(ben)


async def test_after_thousands_of_entries_they_are_taken_apart_in_hardly_more_questions_than_after_a_few() -> None:
    _, _, few = await as_one("short", 4)
    ann, ben, many = await as_one("long", ENTRIES)
    assert many <= few + ENTRIES / sorting_out.ASKED_MAX
    assert (await balance(ann), await balance(ben)) == ((1100, 0), (40, 0))
