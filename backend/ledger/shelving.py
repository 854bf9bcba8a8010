"""Books off the shelf and back: the SQL under `posting`, a handful of statements for any number of members."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, ids, outbox
from backend.kit.columns import table_of
from backend.kit.errors import Overtaken
from backend.kit.looking import among
from backend.kit.outbox import OutboxFact
from backend.kit.writing import Change, save
from backend.ledger import metering, sparing
from backend.ledger.book import AccountMerged, Book
from backend.ledger.facts import MemberFact
from backend.ledger.holds import HeldPoints
from backend.ledger.lots import Line, LotState
from backend.ledger.models import GENESIS, Account, Entry, EntryLine, Hold, Lot, Side
from backend.ledger.states import AccountState, EntryState

ACCOUNT, LOT, ENTRY, LINE = table_of(Account), table_of(Lot), table_of(Entry), table_of(EntryLine)
SIDES = {side.value: side for side in Side}
HOLD, FACT = table_of(Hold), table_of(OutboxFact)
LOT_FIELDS = ("expires_at", "earned", "pending", "available", "held", "burned", "expired", "moved", "release_at")
LOADED = tuple(LOT.c[name] for name in ("member_id", "lot_id", "earned_at", *LOT_FIELDS))
"""Whose a lot is, then what a LotState is made of, in its order."""
ACCOUNT_FIELDS = ("available", "held", "pending", "debt", "seq", "head", "told", "frozen_at", "merged_into")
LOCKED = tuple(ACCOUNT.c[name] for name in ("member_id", *ACCOUNT_FIELDS))
"""What an AccountState is made of, in its order."""
ENTRY_FIELDS = tuple(str(column.name) for column in ENTRY.columns)
ACCOUNT_VALUES, ENTRY_VALUES = attrgetter(*ACCOUNT_FIELDS), attrgetter(*ENTRY_FIELDS)
HOLD_FIELDS = tuple(column.name for column in HOLD.columns if column.name != "member_id")


async def take(
    session: AsyncSession,
    member_ids: Collection[UUID],
    *,
    keys: Mapping[UUID, Iterable[str]],
    lot_ids: Collection[UUID],
    hold_ids: Collection[UUID],
    with_lots: bool,
    merged: bool = False,
) -> dict[UUID, Book]:
    """Lock the accounts in id order, then load lots, holds and the entries already posted under `keys`.

    Raises AccountMerged, unless such accounts are wanted.
    """
    connection = await session.connection()
    accounts = await _lock(connection, set(member_ids))
    if not merged and any(account.merged_into is not None for account in accounts.values()):
        raise AccountMerged
    books = {member_id: Book(account, {}) for member_id, account in accounts.items()}
    if with_lots or lot_ids:
        await load_lots(session, books.values(), lot_ids, with_open=with_lots)
    if hold_ids:
        await _load_holds(connection, books, hold_ids)
    wanted = [ids.derived(member_id, key) for member_id, names in keys.items() for key in names]
    if wanted:
        for row in await connection.execute(_of(ENTRY, books).where(ENTRY.c.entry_id.in_(wanted))):
            books[row.member_id].posted[row.entry_id] = EntryState(**row._mapping)
    return books


async def load_lots(
    session: AsyncSession, books: Iterable[Book], lot_ids: Collection[UUID], *, with_open: bool = True
) -> None:
    """Load into `books` their open lots and those named, and which of them may not expire yet."""
    by_member = {book.member_id: book for book in books}
    wanted: list[Any] = [LOT.c.open] if with_open else []
    if lot_ids:
        wanted.append(LOT.c.lot_id.in_(lot_ids))
    await _load_lots(session, by_member, or_(*wanted))


async def load_all_lots(session: AsyncSession, books: Iterable[Book]) -> None:
    """Load into `books` every lot they ever had, and which of them may not expire yet."""
    by_member = {book.member_id: book for book in books}
    await _load_lots(session, by_member, true())


async def _load_lots(session: AsyncSession, by_member: Mapping[UUID, Book], wanted: ColumnElement[bool]) -> None:
    moment, dead = clock.now(), set[UUID]()
    query, members = select(*LOADED).where(among(LOT.c.member_id, "members"), wanted), list(by_member)
    for member_id, *values in await (await session.connection()).execute(query, {"members": members}):
        state = LotState(*values)
        by_member[member_id].lots[state.lot_id] = state
        if state.expires_at is not None and state.expires_at <= moment and state.open:
            dead.add(member_id)
    if dead:
        for member_id, spared in (await sparing.spared(session, dead, by=moment)).items():
            by_member[member_id].spared |= spared


def hold_of(row: Any, lines: Iterable[Line] = ()) -> HeldPoints:
    """A row of hold as a value."""
    return HeldPoints(**{name: getattr(row, name) for name in HOLD_FIELDS}, lines=tuple(lines))


async def lines_of(session: AsyncSession, member_id: UUID, entry_id: UUID) -> list[Line]:
    """What an entry moved, in its own order."""
    query = select(LINE).where(LINE.c.member_id == member_id, LINE.c.entry_id == entry_id).order_by(LINE.c.line_no)
    return [line_of(row) for row in await (await session.connection()).execute(query)]


def line_of(row: Any) -> Line:
    """A row of entry_line as a value."""
    from_side, to_side = SIDES.get(row.from_side), SIDES.get(row.to_side)
    # What is no side raises ValueError, as Side says it.
    return Line(row.lot_id, from_side or Side(row.from_side), to_side or Side(row.to_side), row.points, row.expires_at)


async def put_back(session: AsyncSession, books: Iterable[Book]) -> None:
    """Insert entries, lines and new lots; update lots and accounts; record the members' facts in order."""
    changed = [book for book in books if book.entries or book.facts]
    news = news_of(changed)
    await save(session, [*changes(changed), Change(FACT, news)])
    metering.note(session, changed)
    outbox.announce_recorded(session, news)


def changes(books: Sequence[Book]) -> list[Change]:
    """What was posted to `books`, as rows."""
    moved = _moved(line for book in books for _, of in book.entries for line in of)
    kept = [_kept_row(book, lot_id, moved) for book in books for lot_id in sorted(book.touched - book.opened)]
    return [
        Change(LOT, [_lot_row(book, lot_id) for book in books for lot_id in book.opened]),
        Change(LOT, kept, by=("member_id", "lot_id")),
        Change(ENTRY, [_entry_row(entry) for book in books for entry, _ in book.entries]),
        Change(LINE, [row for book in books for entry, of in book.entries for row in _line_rows(entry, of)]),
        Change(HOLD, [_hold_row(book, hold_id) for book in books for hold_id in book.holds_made]),
        Change(
            HOLD, [_closed_row(book, one) for book in books for one in book.holds_closed], by=("member_id", "hold_id")
        ),
        Change(ACCOUNT, [_account_row(book.account) for book in books], by=("member_id",)),
    ]


def news_of(books: Iterable[Book]) -> list[dict[str, Any]]:
    """The members' news, as rows."""
    return [outbox.row_of(fact, seq) for book in books for seq, fact in _numbered(book)]


def _numbered(book: Book) -> Iterable[tuple[int, MemberFact]]:
    return enumerate(book.facts, book.account.told - len(book.facts) + 1)


async def _lock(connection: AsyncConnection, member_ids: set[UUID]) -> dict[UUID, AccountState]:
    found = await _locked(connection, member_ids)
    if missing := member_ids - found.keys():
        await _open_accounts(connection, missing)
        # Whoever locks one of these now may wait for one that is locked here: not to be waited for in turn.
        found = await _locked(connection, member_ids, skip_locked=True)
        if len(found) < len(member_ids):
            raise Overtaken
    return found


async def _locked(
    connection: AsyncConnection, member_ids: set[UUID], *, skip_locked: bool = False
) -> dict[UUID, AccountState]:
    query = select(*LOCKED).where(among(ACCOUNT.c.member_id, "members")).order_by(ACCOUNT.c.member_id)
    locking = query.with_for_update(skip_locked=skip_locked)
    rows = await connection.execute(locking, {"members": sorted(member_ids)})
    return {row[0]: AccountState(*row) for row in rows}


async def _open_accounts(connection: AsyncConnection, member_ids: set[UUID]) -> None:
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    rows = [
        {
            "member_id": member_id,
            **dict.fromkeys(ACCOUNT_FIELDS, 0),
            "head": GENESIS,
            **dict.fromkeys(("frozen_at", "merged_into")),
        }
        for member_id in sorted(member_ids)
    ]
    await connection.execute(dialect.insert(ACCOUNT).on_conflict_do_nothing(), rows)


async def _load_holds(connection: AsyncConnection, books: Mapping[UUID, Book], hold_ids: Collection[UUID]) -> None:
    lines: dict[tuple[UUID, UUID], list[Line]] = {}
    query = _of(LINE, books).where(LINE.c.entry_id.in_(hold_ids)).order_by(LINE.c.line_no)
    for row in await connection.execute(query):
        lines.setdefault((row.member_id, row.entry_id), []).append(line_of(row))
    for row in await connection.execute(_of(HOLD, books).where(HOLD.c.hold_id.in_(hold_ids))):
        books[row.member_id].holds[row.hold_id] = hold_of(row, lines[row.member_id, row.hold_id])


def _of(table: Any, books: Mapping[UUID, Book]) -> Select[Any]:
    return select(table).where(table.c.member_id.in_(list(books)))


def _entry_row(entry: EntryState) -> dict[str, Any]:
    return dict(zip(ENTRY_FIELDS, ENTRY_VALUES(entry), strict=True))


def _line_rows(entry: EntryState, lines: Iterable[Line]) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(lines):
        yield {
            "member_id": entry.member_id,
            "entry_id": entry.entry_id,
            "line_no": number,
            "lot_id": line.lot_id,
            "from_side": line.from_side._value_,
            "to_side": line.to_side._value_,
            "points": line.points,
            "expires_at": line.expires_at,
        }


def _lot_row(book: Book, lot_id: UUID) -> dict[str, Any]:
    lot = book.lots[lot_id]
    values = {name: getattr(lot, name) for name in LOT_FIELDS}
    return {"member_id": book.member_id, "lot_id": lot_id, "earned_at": lot.earned_at, "open": lot.open, **values}


def _moved(lines: Iterable[Line]) -> tuple[str, ...]:
    # What lines can have changed of lots that were there: the others' columns need not travel.
    names = set[str]()
    for line in lines:
        names.add(line.from_side._value_)
        names.add(line.to_side._value_)
        if line.expires_at is not None:
            names.add("expires_at")
    if Side.SOURCE.value in names:
        names = names - {Side.SOURCE.value} | {"earned"}
    return tuple(sorted(names))


def _kept_row(book: Book, lot_id: UUID, moved: Sequence[str]) -> dict[str, Any]:
    lot = book.lots[lot_id]
    row = {"member_id": book.member_id, "lot_id": lot_id, "open": lot.open}
    for name in moved:
        row[name] = getattr(lot, name)
    return row


def _hold_row(book: Book, hold_id: UUID) -> dict[str, Any]:
    hold = book.holds[hold_id]
    return {"member_id": book.member_id, **{name: getattr(hold, name) for name in HOLD_FIELDS}}


def _closed_row(book: Book, hold_id: UUID) -> dict[str, Any]:
    hold = book.holds[hold_id]
    figures = {"state": hold.state, "captured": hold.captured, "closed_at": hold.closed_at}
    return {"member_id": book.member_id, "hold_id": hold_id, **figures}


def _account_row(account: AccountState) -> dict[str, Any]:
    return {"member_id": account.member_id, **dict(zip(ACCOUNT_FIELDS, ACCOUNT_VALUES(account), strict=True))}
