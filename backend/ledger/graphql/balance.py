"""A member's balance on the wire: what she has, and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import strawberry

from backend.kit import clock, db
from backend.kit.gathering import Found
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Info,
    MinorUnits,
    Moment,
    Points,
    at_once,
    global_id,
    how_many,
)
from backend.ledger import extending, having, lots
from backend.members.graphql import MemberEdge
from backend.programme import terms
from backend.programme.terms import Terms, days_left

FEN_PER_YUAN = 100
PARTS = having.ACCOUNT(), having.LOTS(), having.UNSHOWN()


@strawberry.type(description="Points that expire together.")
class ExpiringPoints:
    points: Points = strawberry.field(description="How many, if none are burned before.")
    expires_at: Moment = strawberry.field(description="The first instant at which they are gone.")
    days_left: int = strawberry.field(description="Whole days until then, rounded up: 1 on the last day.")
    notices: list[int] = strawberry.field(
        description="Numbers of the warnings of them that no phone has shown yet: once shown, `acknowledgeEvents`."
    )


@strawberry.type(description="What the programme offers to points that expire soon: a later last day, on request.")
class Extension:
    months: int = strawberry.field(description="So many months longer they live.")
    points: Points = strawberry.field(description="Points it would be about now; 0: none expire soon enough.")
    until: Moment | None = strawberry.field(description="When the first of them would be gone then; null: none are.")
    every_months: int = strawberry.field(description="Once in so many months: 12 is once a year.")
    next_at: Moment | None = strawberry.field(description="From when it is possible again; null: now.")
    available: bool = strawberry.field(description="Whether `extendPoints` would be granted now.")


@strawberry.type(description="One earning, with its own expiry. Burns take the earliest to expire first.")
class Lot:
    id: strawberry.ID = strawberry.field(description="The id of the entry that earned it.")
    earned: Points = strawberry.field(description="Points it came with, corrections included.")
    available: Points = strawberry.field(description="Points of it that can be burned now.")
    pending: Points = strawberry.field(description="Points of it that are not released yet.")
    release_at: Moment | None = strawberry.field(description="When its pending points are released; null: it had none.")
    expires_at: Moment | None = strawberry.field(description="The first instant at which they are gone; null: never.")
    earned_at: Moment = strawberry.field(description="When what it was earned for happened.")


@dataclass(frozen=True)
class Holding:
    """What a member holds at a moment. `alive`: lots that can be burned, the earliest to expire first."""

    moment: datetime
    account: Any
    alive: Sequence[Any]
    programme: Terms
    unshown: Mapping[datetime, list[int]] = field(default_factory=dict)
    """By the date they are about, the numbers of the warnings that no phone has shown yet."""

    @property
    def available(self) -> int:
        """Points that can be burned now: a lot dies at its expiry, swept or not."""
        return sum(lot.available for lot in self.alive)


@strawberry.type(description="What a member has, in points.")
class PointsBalance:
    holding: strawberry.Private[Holding]
    available: Points = strawberry.field(description="Can be burned now.")
    held: Points = strawberry.field(description="Reserved for something under way; neither burned nor available.")
    pending: Points = strawberry.field(description="Earned but not released yet.")
    debt: Points = strawberry.field(description="Owed after a correction; the next earnings repay it first.")
    frozen: bool = strawberry.field(description="True: everything can be seen, nothing can be moved.")
    expiring: ExpiringPoints | None = strawberry.field(
        description="What expires next, if that is within the programme's first warning (`warningDays`)."
    )
    value_minor: MinorUnits = strawberry.field(
        description="What the available points are worth at the reference value, in minor units, rounded down."
    )

    @strawberry.field(description="Lots with points available, the earliest to expire first. At most 50.")
    def lots(self, first: int | None = 20) -> list[Lot]:
        alive = [lot for lot in self.holding.alive if lot.available]
        return [_lot_view(lot) for lot in alive[: how_many(first, MEMBER_PAGE_MAX)]]

    @strawberry.field(description="How points that expire soon could live longer; null: not in this programme.")
    async def extension(self) -> Extension | None:
        member_id, frozen = self.holding.account.member_id, self.frozen
        async with db.read() as session:
            last = await extending.last_request(session, member_id)
        offered = extending.offer(self.holding.programme, self.holding.alive, last)
        if offered is None or self.holding.programme.extension is None:
            return None
        return Extension(
            months=offered.months,
            points=offered.points,
            until=min(offered.dates.values(), default=None),
            every_months=self.holding.programme.extension.every_months,
            next_at=offered.next_at,
            available=bool(offered.dates) and offered.next_at is None and not frozen,
        )

    @strawberry.field(description="Lots with points pending, the soonest to be released first. At most 50.")
    def pending_lots(self, first: int | None = 20) -> list[Lot]:
        pending = [lot for lot in self.holding.alive if lot.pending]
        soonest = sorted(pending, key=lambda lot: (lot.release_at or lots.NEVER, lot.lot_id))
        return [_lot_view(lot) for lot in soonest[: how_many(first, MEMBER_PAGE_MAX)]]


@strawberry.type
class BalanceFragment(MemberEdge):
    @strawberry.field(description="What she has.")
    @at_once
    async def points(self, info: Info) -> PointsBalance:
        return balance_view(await holding(info, self.member_id))


async def holding(info: Info, member_id: UUID) -> Holding:
    """What the member holds now."""
    programme = await terms.now()
    return held_by(member_id, programme, await info.context.rows(member_id, PARTS))


def held_by(member_id: UUID, programme: Terms, found: Found) -> Holding:
    """What PARTS found, as it is now."""
    account, open_lots, unshown = found
    moment = clock.now()
    alive = [lot for lot in having.lots(open_lots) if lot.alive(moment)]
    return Holding(
        moment,
        having.account(member_id, account),
        sorted(alive, key=first_to_expire),
        programme,
        having.unshown(unshown),
    )


def balance_view(held: Holding) -> PointsBalance:
    """A holding as the wire shows it."""
    account = held.account
    return PointsBalance(
        holding=held,
        available=held.available,
        held=account.held,
        pending=account.pending,
        debt=account.debt,
        frozen=account.frozen_at is not None,
        expiring=_expiring(held),
        value_minor=held.available * FEN_PER_YUAN // held.programme.points_per_yuan,
    )


def _expiring(held: Holding) -> ExpiringPoints | None:
    moment, dated = held.moment, [lot for lot in held.alive if lot.available and lot.expires_at is not None]
    within = moment + timedelta(days=max(held.programme.warning_days, default=0))
    if not dated or dated[0].expires_at > within:
        return None
    soonest = dated[0].expires_at
    points = sum(lot.available for lot in dated if lot.expires_at == soonest)
    return ExpiringPoints(
        points=points,
        expires_at=soonest,
        days_left=days_left(soonest, moment),
        notices=held.unshown.get(soonest, []),
    )


def first_to_expire(lot: Any) -> Any:
    """The order in which lots are burned."""
    return lot.expires_at or lots.NEVER, lot.lot_id


def _lot_view(lot: Any) -> Lot:
    return Lot(
        id=global_id("Entry", lot.lot_id),
        earned=lot.earned,
        available=lot.available,
        pending=lot.pending,
        release_at=lot.release_at,
        expires_at=lot.expires_at,
        earned_at=lot.earned_at,
    )
