"""The books read from end to end in bounded memory: every table once, side by side, in the order of members."""

from collections.abc import AsyncIterator, Collection
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncResult

from backend.kit.columns import table_of
from backend.ledger.models import Account, Entry, EntryLine, Hold, Lot

ACCOUNT, LOT, ENTRY, LINE = table_of(Account), table_of(Lot), table_of(Entry), table_of(EntryLine)
HOLD = table_of(Hold)
ROWS_AT_ONCE = 1000


class Rows:
    """The rows of a statement, fetched as they are wanted."""

    def __init__(self, result: AsyncResult[Any]) -> None:
        self._pages = result.partitions(ROWS_AT_ONCE)
        self._page: Any = ()
        self._at = 0

    async def peek(self) -> Any:
        """The next row, which stays the next one; None after the last."""
        while self._at == len(self._page):
            page = await anext(self._pages, None)
            if page is None:
                return None
            self._page, self._at = page, 0
        return self._page[self._at]

    async def of(self, **same: Any) -> AsyncIterator[Any]:
        """The next rows, as long as they have these values."""
        wanted = list(same.items())
        while (row := await self.peek()) is not None:
            if any(getattr(row, name) != value for name, value in wanted):
                return
            self._at += 1
            yield row

    async def all_of(self, **same: Any) -> list[Any]:
        """What `of` gives, at once: a third of its cost where rows are few and there are very many of such."""
        found: list[Any] = []
        named, wanted = attrgetter(*same), tuple(same.values()) if len(same) > 1 else next(iter(same.values()))
        while await self.peek() is not None:
            page, start = self._page, self._at
            while self._at < len(page) and named(page[self._at]) == wanted:
                self._at += 1
            found += page[start : self._at]
            if self._at < len(page):
                break
        return found

    async def below(self, name: str, limit: int) -> list[Any]:
        """The next rows, as long as this value is below `limit`."""
        found = []
        while (row := await self.peek()) is not None and getattr(row, name) < limit:
            self._at += 1
            found.append(row)
        return found


class Books:
    """Everybody's rows, or those of some members, side by side."""

    def __init__(self, accounts: Rows, entries: Rows, lines: Rows, lots: Rows, holds: Rows) -> None:
        self.accounts, self.entries, self.lines, self.lots, self.holds = accounts, entries, lines, lots, holds

    async def next_member(self) -> UUID | None:
        """Whose rows come next, in whichever table."""
        heads = [await rows.peek() for rows in (self.accounts, self.entries, self.lots, self.holds)]
        return min((head.member_id for head in heads if head is not None), default=None)


async def open_books(connection: AsyncConnection, member_ids: Collection[UUID] | None = None) -> Books:
    """Begin reading; all of it must be read in one transaction that sees one moment."""

    async def rows(query: Select[Any], table: Any) -> Rows:
        if member_ids is not None:
            query = query.where(table.c.member_id.in_(member_ids))
        return Rows(await connection.stream(query))

    of = (LINE.c.member_id == ENTRY.c.member_id) & (LINE.c.entry_id == ENTRY.c.entry_id)
    lines = select(ENTRY.c.seq, LINE).select_from(ENTRY).join(LINE, of)
    return Books(
        accounts=await rows(select(ACCOUNT).order_by(ACCOUNT.c.member_id), ACCOUNT),
        entries=await rows(select(ENTRY).order_by(ENTRY.c.member_id, ENTRY.c.seq), ENTRY),
        lines=await rows(lines.order_by(ENTRY.c.member_id, ENTRY.c.seq, LINE.c.line_no), ENTRY),
        lots=await rows(select(LOT).order_by(LOT.c.member_id), LOT),
        holds=await rows(select(HOLD).order_by(HOLD.c.member_id), HOLD),
    )
