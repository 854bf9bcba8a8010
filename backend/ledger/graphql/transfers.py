"""Transfers on the wire: sending, taking back, and what became of each."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import literal, or_, select, tuple_
from sqlmodel import col

from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.errors import Refused
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Connection,
    Info,
    Moment,
    Node,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    global_id,
    member_of,
    node_from,
    page,
    perform,
    refusal,
    refusal_of,
)
from backend.ledger import models, transferring
from backend.members import nicknames
from backend.members.graphql import MemberEdge, MemberRef
from backend.members.models import Member

TRANSFER = table_of(models.Transfer)
Place = tuple[datetime, UUID]


@refusal(transferring.CannotReceive)
class CannotReceive(Refusal):
    pass


@refusal(transferring.TransferToOneself)
class TransferToOneself(Refusal):
    pass


@refusal(transferring.TransferTooSmall)
class TransferTooSmall(Refusal):
    minimum: Points = strawberry.field(description="The least that can be sent.")


@refusal(transferring.TransferCapReached)
class TransferCapReached(Refusal):
    left: Points = strawberry.field(description="How many points she may still send today.")


@refusal(transferring.TransferFinal)
class TransferFinal(Refusal):
    pass


@strawberry.enum(description="COOLING_OFF can still be taken back, FINAL is the receiver's, TAKEN_BACK is undone.")
class TransferState(StrEnum):
    COOLING_OFF = "COOLING_OFF"
    FINAL = "FINAL"
    TAKEN_BACK = "TAKEN_BACK"


@strawberry.enum(description="Which way a transfer went, seen by the one who asks.")
class TransferDirection(StrEnum):
    SENT = "SENT"
    RECEIVED = "RECEIVED"


@strawberry.type(description="Points one member sent another. They keep their last day.")
class Transfer(Node):
    other_id: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    direction: TransferDirection = strawberry.field(description="Whether she sent or received it.")
    state: TransferState = strawberry.field(description="How it stands.")
    points: Points = strawberry.field(description="What the receiver gets.")
    fee: Points | None = strawberry.field(
        description="Burned from the sender on top; null for the receiver, whose affair it is not."
    )
    sent_at: Moment = strawberry.field(description="When it was sent.")
    final_at: Moment = strawberry.field(
        description="Until then the sender can take it back and the receiver's points are pending."
    )
    taken_back_at: Moment | None = strawberry.field(description="When it was taken back; null otherwise.")

    @strawberry.field(description="The other member, masked: the first letter of her nickname and two stars.")
    async def counterpart(self, info: Info) -> str:
        return await info.context.load(_masked_names, self.other_id)


@strawberry.input(description="How many points, to whom.")
class TransferPointsInput:
    idempotency_key: UUID = strawberry.field(description="Made by the caller; the same one again is the same transfer.")
    to: str = strawberry.field(description="The receiver's phone as typed (without a country code it is Chinese), or "
        "what the mall calls her.")  # fmt: skip
    points: Points = strawberry.field(description="What she gets: from `programme.transfers.minimum`.")


@strawberry.input(description="Which transfer to undo.")
class TakeBackTransferInput:
    idempotency_key: UUID = strawberry.field(description="Made by the caller; the same one again is the same act.")
    id: strawberry.ID = strawberry.field(description="The transfer, one she sent.")


@strawberry.type(description="The transfer as it now stands, or why nothing moved.")
class TransferPayload:
    refusal: Refusal | None = strawberry.field(description="Why not; null when it is done.")
    transfer: Transfer | None = strawberry.field(description="The transfer; null when refused.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")
    member: MemberRef = strawberry.field(description="She who sent it, as she now stands.")


@strawberry.type
class TransfersFragment(MemberEdge):
    @strawberry.field(description="What she sent and received, the newest first. 1 to 50 at a time.")
    async def transfers(self, first: int | None = 20, after: str | None = None) -> Connection[Transfer]:
        async def fetch(place: Place | None, count: int) -> list[tuple[Place, Transfer]]:
            rows = await _rows(self.member_id, place, count)
            return [((row.sent_at, row.id), transfer_view(row, self.member_id)) for row in rows]

        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(datetime, UUID))

    @strawberry.field(description="How many points she may still send today, if she has them.")
    async def transfer_left_today(self) -> Points:
        async with db.read() as session:
            return await transferring.left_today(session, self.member_id)


@strawberry.type
class TransferMutation:
    @strawberry.mutation(
        description="Send points to another member: the earliest to expire first, at once. She is told; her points are "
        "pending until the cooling-off is over. 20 tries an hour, 50 a day, whether or not they name anybody."
    )
    async def transfer_points(self, info: Info, input: TransferPointsInput) -> TransferPayload:  # noqa: A002
        member_id = member_of(info)
        try:
            await transferring.count_try(member_id, info.context.ip)
        except Refused as refused:
            return _payload(member_id, Outcome(refusal=refusal_of(refused)))
        given = {"key": input.idempotency_key, "to": input.to, "points": input.points}
        return _payload(member_id, await perform(transferring.transfer_points, member_id=member_id, **given))

    @strawberry.mutation(
        description="Undo a transfer while it is cooling off: points and fee go back to where they were. A second call "
        "changes nothing."
    )
    async def take_back_transfer(self, info: Info, input: TakeBackTransferInput) -> TransferPayload:  # noqa: A002
        member_id, transfer_id = member_of(info), from_global_id("Transfer", input.id)
        verb, key = transferring.take_back_transfer, input.idempotency_key
        return _payload(member_id, await perform(verb, key=key, member_id=member_id, transfer_id=transfer_id))


def transfer_view(row: Any, member_id: UUID) -> Transfer:
    """A transfer's row as this member, one of the two, sees it."""
    sent = row.member_id == member_id
    return Transfer(
        other_id=row.to_member_id if sent else row.member_id,
        id=global_id("Transfer", row.id),
        direction=TransferDirection.SENT if sent else TransferDirection.RECEIVED,
        state=_state(row),
        points=row.points,
        fee=row.fee_points if sent else None,
        sent_at=row.sent_at,
        final_at=row.final_at,
        taken_back_at=row.taken_back_at,
    )


def _state(row: Any) -> TransferState:
    if row.taken_back_at is not None:
        return TransferState.TAKEN_BACK
    return TransferState.COOLING_OFF if clock.now() < row.final_at else TransferState.FINAL


def _payload(member_id: UUID, outcome: Outcome[models.Transfer]) -> TransferPayload:
    row = outcome.value
    return TransferPayload(
        refusal=outcome.refusal,
        transfer=None if row is None else transfer_view(row, member_id),
        replayed=outcome.replayed,
        member=assembled("Member")(member_id=member_id),
    )


@node_from("Transfer")
async def _node(info: Info, transfer_id: UUID) -> Transfer | None:
    member_id = info.context.identity.member_id
    if member_id is None:
        return None
    query = select(TRANSFER).where(TRANSFER.c.id == transfer_id, _hers(member_id))
    async with db.read() as session:
        row = (await (await session.connection()).execute(query)).first()
    return None if row is None else transfer_view(row, member_id)


async def _rows(member_id: UUID, after: Place | None, count: int) -> Sequence[Any]:
    moment, which = TRANSFER.c.sent_at, TRANSFER.c.id
    query = select(TRANSFER).where(_hers(member_id)).order_by(moment.desc(), which.desc()).limit(count)
    if after is not None:
        passed = tuple_(literal(after[0], moment.type), literal(after[1], which.type))
        query = query.where(tuple_(moment, which) < passed)
    async with db.read() as session:
        return (await (await session.connection()).execute(query)).all()


def _hers(member_id: UUID) -> Any:
    return or_(TRANSFER.c.member_id == member_id, TRANSFER.c.to_member_id == member_id)


async def _masked_names(member_ids: list[UUID]) -> Sequence[str]:
    query = select(col(Member.id), col(Member.nickname)).where(col(Member.id).in_(member_ids))
    async with db.read() as session:
        found = {row.id: row.nickname for row in await (await session.connection()).execute(query)}
    return [nicknames.masked(found.get(member_id, "")) for member_id in member_ids]
