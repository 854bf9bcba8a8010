"""A redemption as its member and the operators see it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select, tuple_

from backend.kit import audit, db
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    OPERATOR_PAGE_MAX,
    Connection,
    Info,
    Moment,
    Node,
    Points,
    from_global_id,
    global_id,
    node_from,
    operator_of,
    page,
)
from backend.ledger import models as ledger_models
from backend.ledger.graphql import Entry, entry_view
from backend.members.graphql import Delivery, MemberEdge, delivery_view
from backend.programme import terms
from backend.programme.terms import Terms
from backend.rewards import codes, looking_up, models, redemptions, sealed
from backend.rewards.graphql.reward import Reward, reward_by_id
from backend.rewards.models import RedemptionOrigin, RedemptionState

ENTRY = table_of(ledger_models.Entry)
Place = tuple[datetime, UUID]
strawberry.enum(
    RedemptionState,
    description="CONFIRMED waits to be handed over, FULFILLED was (a coupon at once), CANCELLED was given back.",
)

strawberry.enum(RedemptionOrigin, description="How a redemption came about. More kinds may come.")


@strawberry.type(description="A member's order for one reward, paid for with points.")
class Redemption(Node):
    row: strawberry.Private[models.Redemption]
    now: strawberry.Private[Terms]
    in_clear: strawberry.Private[bool]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    points: Points = strawberry.field(
        description="What it cost then, whatever the reward costs now; 0 for what was won."
    )
    state: RedemptionState = strawberry.field(description="How it stands.")
    origin: RedemptionOrigin = strawberry.field(description="Whether she redeemed points for it, or won it, and how.")
    redeemed_at: Moment = strawberry.field(description="When the points were burned, or it was won.")
    fulfilled_at: Moment | None = strawberry.field(description="When it was handed over; null until then.")
    cancelled_at: Moment | None = strawberry.field(description="When it was cancelled; null otherwise.")

    @strawberry.field(description="What was redeemed, as it is offered now.")
    async def reward(self, info: Info) -> Reward:
        found = await reward_by_id(self.row.reward_id)
        assert found is not None, "a reward is withdrawn, never removed"
        return found

    @strawberry.field(
        description="The coupon's code, or eight letters and digits to show where it is picked up; null for a parcel. "
        "An operator reads its last two alone: ****7K."
    )
    def code(self, info: Info) -> str | None:
        code = sealed.open_code(self.row)
        return code if code is None or info.context.identity.operator is None else codes.masked(code)

    @strawberry.field(
        description="Where a physical reward goes, as it was when redeemed; null for the others. Masked, but for the "
        "operator who opens this one by redemptionByCode or redemptionToSend."
    )
    def delivery(self) -> Delivery | None:
        kept = sealed.open_delivery(self.row)
        if kept is None:
            return None
        shown = delivery_view(kept, self.now)
        if self.in_clear:
            shown.recipient, shown.phone, shown.address = kept.recipient, kept.phone, kept.address
        return shown

    @strawberry.field(description="The burn that paid for it, or the entry that won it: its hash is the receipt.")
    async def entry(self, info: Info) -> Entry:
        return entry_view(await self._burn(info))

    @strawberry.field(description="Points that could be burned right after it.")
    async def balance_after(self, info: Info) -> Points:
        return int((await self._burn(info)).available_after)

    async def _burn(self, info: Info) -> Any:
        burn = await info.context.load(_entries, (self.row.member_id, self.row.entry_id))
        assert burn is not None, "nothing is redeemed without its entry"
        return burn


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(description="What she redeemed, the newest first. 1 to 50 at a time.")
    async def redemptions(self, first: int | None = 20, after: str | None = None) -> Connection[Redemption]:
        async def fetch(place: Place | None, count: int) -> list[tuple[Place, Redemption]]:
            async with db.read() as session:
                rows = await redemptions.of_member(session, self.member_id, place, count)
                return _placed(rows, await terms.in_force(session))

        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(datetime, UUID))

    @strawberry.field(description="One of her redemptions; null when she has none with this id.")
    async def redemption(self, id: strawberry.ID) -> Redemption | None:  # noqa: A002  the contract's word
        return await _hers(self.member_id, from_global_id("Redemption", id))


@strawberry.type
class OperatorFragment:
    @strawberry.field(description="Everyone's redemptions, or those in one state, newest first. 1 to 100 at a time.")
    async def redemptions(
        self, first: int | None = 20, after: str | None = None, state: RedemptionState | None = None
    ) -> Connection[Redemption]:
        async def fetch(place: Place | None, count: int) -> list[tuple[Place, Redemption]]:
            async with db.read() as session:
                rows = await redemptions.of_everyone(session, state, place, count)
                return _placed(rows, await terms.in_force(session))

        return await page(first, after, OPERATOR_PAGE_MAX, fetch, by=(datetime, UUID))

    @strawberry.field(
        description="The redemption whose pick-up code somebody shows, with its delivery in clear; null when there is "
        "none. Gaps, dashes and small letters do not matter. Every look is on record: who looked at whom."
    )
    async def redemption_by_code(self, info: Info, code: str) -> Redemption | None:
        return await _looked_up(info, looking_up.by_code, code=code)

    @strawberry.field(
        description="One redemption with its delivery in clear, for whoever sends the parcel; null when there is none. "
        "Every look is on record: who looked at whom."
    )
    async def redemption_to_send(self, info: Info, id: strawberry.ID) -> Redemption | None:  # noqa: A002
        return await _looked_up(info, looking_up.to_send, redemption_id=from_global_id("Redemption", id))


async def _looked_up(info: Info, verb: Callable[..., Awaitable[models.Redemption]], **which: Any) -> Redemption | None:
    operator = operator_of(info)
    await looking_up.count_try(operator)
    act = audit.Act(f"operator:{operator}", info.field_name, info.context.request_id)
    try:
        row = await db.transact(verb, **which, act=act)
    except NotFound:
        return None
    async with db.read() as session:
        return redemption_view(row, await terms.in_force(session), in_clear=True)


def redemption_view(row: models.Redemption, now: Terms, *, in_clear: bool = False) -> Redemption:
    """A redemption's row as the wire shows it; `now`: the terms in force; `in_clear`: with where it goes."""
    return Redemption(
        row=row,
        now=now,
        in_clear=in_clear,
        id=global_id("Redemption", row.id),
        points=row.points,
        state=RedemptionState(row.state),
        origin=RedemptionOrigin(row.origin),
        redeemed_at=row.redeemed_at,
        fulfilled_at=row.fulfilled_at,
        cancelled_at=row.cancelled_at,
    )


@node_from("Redemption")
async def _node(info: Info, redemption_id: UUID) -> Redemption | None:
    identity = info.context.identity
    if identity.operator is None:
        return await _hers(identity.member_id, redemption_id) if identity.member_id else None
    try:
        async with db.read() as session:
            owner = await redemptions.owner(session, redemption_id)
    except NotFound:
        return None
    return await _hers(owner, redemption_id)


async def _hers(member_id: UUID, redemption_id: UUID) -> Redemption | None:
    async with db.read() as session:
        try:
            row = await redemptions.one(session, member_id, redemption_id)
        except NotFound:
            return None
        return redemption_view(row, await terms.in_force(session))


def _placed(rows: Sequence[models.Redemption], now: Terms) -> list[tuple[Place, Redemption]]:
    return [((row.redeemed_at, row.id), redemption_view(row, now)) for row in rows]


async def _entries(wanted: list[tuple[UUID, UUID]]) -> Sequence[Any]:
    query = select(ENTRY).where(tuple_(ENTRY.c.member_id, ENTRY.c.entry_id).in_(wanted))
    async with db.read() as session:
        rows = await (await session.connection()).execute(query)
    found = {(row.member_id, row.entry_id): row for row in rows}
    return [found.get(key) for key in wanted]
