"""Sending points to another member, and taking them back while that is still possible.

The receiver is named by phone or by the mall's reference. Who that is, and why somebody cannot receive, is told to
nobody: an unknown name, a member who never agreed to the terms and a frozen account all get the same answer, and
tries are counted before anything is looked up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import NotFound, Refused
from backend.kit.rate_limit import allow
from backend.ledger import handing_over, posting, shelving
from backend.ledger.book import Book
from backend.ledger.lots import Line
from backend.ledger.models import Transfer
from backend.members import enrolment, recognising
from backend.members.models import Member
from backend.programme import terms
from backend.programme.terms import Terms

TRANSFER = table_of(Transfer)
TRIES_PER_MEMBER = ("20 per hour", "50 per day")
"""Each names somebody who may or may not be a member: few enough that nobody learns a list of phones this way."""
TRIES_PER_ADDRESS = "300 per hour"
BASIS_POINTS = 10_000


class CannotReceive(Refused):
    """Nobody of this name can receive points. Check the number."""


class TransferToOneself(Refused):
    """You cannot send points to yourself."""


class TransferTooSmall(Refused):
    """That is too little to send."""

    def __init__(self, minimum: int) -> None:
        super().__init__()
        self.minimum = minimum


class TransferCapReached(Refused):
    """You cannot send that much today."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


class TransferFinal(Refused):
    """It is too late to take this transfer back."""


@dataclass(frozen=True)
class Lines:
    """What both entries of a transfer moved."""

    moved: Sequence[Line]
    arrived: Sequence[Line]


async def count_try(member_id: UUID, address: str) -> None:
    """Count one more transfer tried by this member from the network `address`. Raises TooManyRequests."""
    await allow("transfer from an address", address, TRIES_PER_ADDRESS)
    for rate in TRIES_PER_MEMBER:
        await allow("transfer by a member", str(member_id), rate)


async def transfer_points(session: AsyncSession, *, key: UUID, member_id: UUID, to: str, points: int) -> Done[Transfer]:
    """Send `points` (> 0) to the member `to` means; the fee is burned on top. The same key returns the first transfer.

    They leave at once and arrive pending, with their last days, until the cooling-off is over. Raises KeyReused,
    CannotReceive, TransferToOneself, NotEnrolled, AccountFrozen, TransferTooSmall, TransferCapReached,
    InsufficientPoints.
    """
    receiver = await recognising.find(session, to)
    if receiver is None:
        raise CannotReceive
    if receiver.id == member_id:
        raise TransferToOneself
    name, request = f"transfer:{key}", {"to": str(receiver.id), "points": points}
    books = await posting.open_books(session, {member_id, receiver.id}, keys={member_id: [name]})
    book = books[member_id]
    if (entry := book.already(name, request)) is not None:
        return Done(await _one(session, member_id, entry.entry_id), replayed=True)
    await _may_send(session, book, books[receiver.id], receiver, points)
    transfer = send(book, books[receiver.id], name, points, await terms.in_force(session))
    await posting.write(session, books.values())
    session.add(transfer)
    await session.flush()
    return Done(transfer)


async def take_back_transfer(session: AsyncSession, *, key: UUID, member_id: UUID, transfer_id: UUID) -> Done[Transfer]:
    """Undo a transfer within its cooling-off: points and fee go back to the lots they left.

    A second call, with this key or another, changes nothing. Raises NotFound, KeyReused, TransferFinal, AccountFrozen.
    """
    name, request = f"take back:{key}", {"transfer": str(transfer_id)}
    before = await _one(session, member_id, transfer_id)
    # The lines of both entries never change, so they may be read before the accounts are locked.
    moved = await shelving.lines_of(session, member_id, transfer_id)
    lines = Lines(moved, await shelving.lines_of(session, before.to_member_id, before.entry_in_id))
    lot_ids = {line.lot_id for line in (*lines.moved, *lines.arrived)}
    books = await posting.open_books(
        session, {member_id, before.to_member_id}, keys={member_id: [name]}, lot_ids=lot_ids
    )
    book, other = books[member_id], books[before.to_member_id]
    already = book.already(name, request) is not None
    transfer = await _one(session, member_id, transfer_id)
    if already or transfer.taken_back_at is not None:
        return Done(transfer, replayed=True)
    if clock.now() >= transfer.final_at:
        raise TransferFinal
    undo(transfer, (book, other), lines, name, request)
    await posting.write(session, books.values())
    return Done(transfer)


async def left_today(session: AsyncSession, member_id: UUID) -> int:
    """How many points this member may still send today, if she has them."""
    programme = await terms.in_force(session)
    sent = select(func.coalesce(func.sum(TRANSFER.c.points), 0)).where(
        TRANSFER.c.member_id == member_id,
        TRANSFER.c.sent_at >= programme.start_of(programme.today()),
        TRANSFER.c.taken_back_at.is_(None),
    )
    today = int((await (await session.connection()).execute(sent)).scalar_one())
    return max(0, programme.transfer_daily_cap - today)


def fee_of(points: int, programme: Terms) -> int:
    """What sending `points` costs on top, rounded down."""
    return points * programme.transfer_fee_bp // BASIS_POINTS


async def _may_send(session: AsyncSession, book: Book, other: Book, receiver: Member, points: int) -> None:
    await enrolment.must_be_enrolled(session, book.member_id)
    book.must_move()
    if receiver.enrolled_at is None or other.account.frozen_at is not None:
        raise CannotReceive
    minimum = (await terms.in_force(session)).transfer_minimum
    if points < minimum:
        raise TransferTooSmall(minimum)
    # Counted under the account's lock, so that two transfers at once cannot both be the last one allowed.
    if points > (left := await left_today(session, book.member_id)):
        raise TransferCapReached(left)


def send(book: Book, other: Book, name: str, points: int, programme: Terms) -> Transfer:
    """Post a transfer to both books, under the key `name` of the sender's; the fee is the programme's."""
    fee, request = fee_of(points, programme), {"to": str(other.member_id), "points": points}
    transfer_id = book.entry_id(name)
    said: Any = {"reference": str(transfer_id)}
    posting.expire(book, moment=clock.now())
    why = {"code": "TRANSFER_SENT_WITH_FEE" if fee else "TRANSFER_SENT", "sent": points, "fee": fee}
    out = handing_over.transfer_out(
        book, points=points, fee=fee, key=name, actor="member", why=why, request=request, **said
    )
    final_at = out.occurred_at + timedelta(minutes=programme.transfer_cooling_off_minutes)
    received, key = {"code": "TRANSFER_RECEIVED"}, f"receive:{transfer_id}"
    arrived = handing_over.transfer_in(
        other, book, out, release_at=final_at, key=key, actor="sender", why=received, **said
    )
    return Transfer(
        member_id=book.member_id,
        id=transfer_id,
        to_member_id=other.member_id,
        entry_in_id=arrived.entry_id,
        points=points,
        fee_points=fee,
        sent_at=out.occurred_at,
        final_at=final_at,
    )


def undo(transfer: Transfer, books: tuple[Book, Book], lines: Lines, name: str, request: Mapping[str, Any]) -> None:
    """Post to both books, the sender's first, that `transfer` is taken back."""
    book, other = books
    said: Any = {"reference": str(transfer.id)}
    why = {"code": "TRANSFER_TAKEN_BACK"}
    back = handing_over.take_back(book, lines.moved, key=name, actor="member", why=why, request=request, **said)
    withdrawn, key = {"code": "TRANSFER_WITHDRAWN"}, f"give up:{transfer.id}"
    gone = handing_over.give_up(other, lines.arrived, back, key=key, actor="sender", why=withdrawn, **said)
    transfer.taken_back_at = back.occurred_at
    transfer.back_entry_id, transfer.given_up_entry_id = back.entry_id, gone.entry_id


async def _one(session: AsyncSession, member_id: UUID, transfer_id: UUID) -> Transfer:
    found = await session.get(Transfer, (member_id, transfer_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found
