"""Expiry on the wire: notices and what the phone says of them, and points that live longer."""

from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import func, select

from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Info,
    Moment,
    Points,
    Refusal,
    assembled,
    how_many,
    member_of,
    perform,
    refusal,
)
from backend.ledger import extending, notices
from backend.ledger.graphql.history import Entry, entry_view
from backend.ledger.models import ExpiryNotice as Notice
from backend.members.graphql import MemberEdge, MemberRef

NOTICE = table_of(Notice)


@refusal(extending.ExtensionNotOffered)
class ExtensionNotOffered(Refusal):
    pass


@refusal(extending.NothingToExtend)
class NothingToExtend(Refusal):
    pass


@refusal(extending.ExtensionUsed)
class ExtensionUsed(Refusal):
    next_at: Moment = strawberry.field(description="From when it is possible again.")


@strawberry.type(description="A warning that points expire, as it stands in her inbox.")
class ExpiryNotice:
    seq: int = strawberry.field(description="The number of the news that said so (`ExpiryWarned.seq`); 0: unknown.")
    points: Points = strawberry.field(description="How many it was about.")
    expires_at: Moment = strawberry.field(description="The first instant at which they are gone.")
    warned_at: Moment = strawberry.field(description="When she was told.")
    delivered: bool = strawberry.field(
        description="Whether it counts as delivered: her phone showed it, a channel proved it, or, where she could "
        "not be reached, its days in the inbox are over."
    )
    delivered_by: str | None = strawberry.field(description="PHONE, or the channel; null: nobody has said so.")


@strawberry.input(description="News that her phone has in fact shown.")
class AcknowledgeEventsInput:
    seqs: list[int] = strawberry.field(description="Their numbers, at most 100. Others than warnings are let be.")


@strawberry.type(description="What the phone need not send again.")
class AcknowledgeEventsPayload:
    refusal: Refusal | None = strawberry.field(description="Why nothing happened; null when it did.")
    acknowledged: list[int] = strawberry.field(description="The numbers that were taken.")


@strawberry.input(description="Let the points that expire soon live longer.")
class ExtendPointsInput:
    idempotency_key: UUID = strawberry.field(description="Made on the phone; the same one again is the same act.")


@strawberry.type(description="Whether the points live longer now, or why not.")
class ExtendPointsPayload:
    member_id: strawberry.Private[UUID]
    refusal: Refusal | None = strawberry.field(description="Why nothing happened; null when it did.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")
    entry: Entry | None = strawberry.field(description="The extension in her history; null when refused.")

    @strawberry.field(description="The member right after.")
    def member(self) -> MemberRef:
        return assembled("Member")(member_id=self.member_id)


@strawberry.type
class ExpiringMutation:
    @strawberry.mutation(
        description="Say which news the phone has shown: a warning so acknowledged is a delivered notice, and only "
        "with one may points expire. Send it again when in doubt: the second time changes nothing."
    )
    async def acknowledge_events(self, info: Info, input: AcknowledgeEventsInput) -> AcknowledgeEventsPayload:  # noqa: A002
        outcome = await perform(notices.acknowledge, member_id=member_of(info), seqs=input.seqs)
        return AcknowledgeEventsPayload(refusal=outcome.refusal, acknowledged=outcome.value or [])

    @strawberry.mutation(
        description="Let the points that expire soon live longer, as `PointsBalance.extension` says. Refused as "
        "EXTENSION_USED, NOTHING_TO_EXTEND, EXTENSION_NOT_OFFERED, NOT_ENROLLED, ACCOUNT_FROZEN or KEY_REUSED."
    )
    async def extend_points(self, info: Info, input: ExtendPointsInput) -> ExtendPointsPayload:  # noqa: A002
        member_id = member_of(info)
        outcome = await perform(extending.extend_points, key=input.idempotency_key, member_id=member_id)
        entry = entry_view(outcome.value) if outcome.value else None
        return ExtendPointsPayload(member_id=member_id, refusal=outcome.refusal, replayed=outcome.replayed, entry=entry)


@strawberry.type
class NoticesFragment(MemberEdge):
    @strawberry.field(description="What she was told of expiring points, the newest first. At most 50.")
    async def expiry_notices(self, first: int | None = 20) -> list[ExpiryNotice]:
        shown = how_many(first, MEMBER_PAGE_MAX)
        told = (NOTICE.c.told_seq, NOTICE.c.expires_at, NOTICE.c.warned_at)
        figures = (
            func.sum(NOTICE.c.points).label("points"),
            func.max(NOTICE.c.delivered_by).label("delivered_by"),
            func.min(NOTICE.c.counts_at).label("counts_at"),
        )
        query = select(*told, *figures).where(NOTICE.c.member_id == self.member_id).group_by(*told)
        async with db.read() as session:
            rows = (await session.connection()).execute(query.order_by(NOTICE.c.warned_at.desc(), *told).limit(shown))
            return [_notice_view(row) for row in await rows]


def _notice_view(row: Any) -> ExpiryNotice:
    values = row._mapping
    counted = values["counts_at"] is not None and values["counts_at"] <= clock.now()
    return ExpiryNotice(
        seq=values["told_seq"],
        points=int(values["points"]),
        expires_at=values["expires_at"],
        warned_at=values["warned_at"],
        delivered=counted or values["delivered_by"] is not None,
        delivered_by=values["delivered_by"],
    )
