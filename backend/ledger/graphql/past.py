"""The books of a past instant on the wire: a member's balance, and what the programme owed."""

from dataclasses import replace
from datetime import date, datetime

import strawberry

from backend.kit import clock, db, gathering
from backend.kit.errors import InvalidInput
from backend.kit.graphql import Moment, Money, Points
from backend.ledger import as_of, having, liability, lots
from backend.ledger.graphql.balance import Holding, PointsBalance, balance_view, first_to_expire
from backend.ledger.models import Side
from backend.ledger.replaying import Replay
from backend.ledger.states import AccountState
from backend.members.graphql import MemberEdge
from backend.programme import terms


@strawberry.type
class PastFragment(MemberEdge):
    @strawberry.field(
        description="What the books said she had at a past instant, replayed from the entries posted by then; points "
        "past their last day count as they did then, not at all. An instant to come is a BAD_USER_INPUT error."
    )
    async def points_as_of(self, at: Moment) -> PointsBalance:
        moment = past(at)
        async with db.snapshot() as session:
            replay = await as_of.as_of(session, self.member_id, moment)
            shown = _holding(replay, moment, await terms.at(session, moment))
            found = await gathering.of(session, [self.member_id], having.UNSHOWN())
        return balance_view(replace(shown, unshown=having.unshown(*found[self.member_id])))


@strawberry.type(description="Points owed that share the month of their last day.")
class LiabilityMonth:
    month: date | None = strawberry.field(description="The first of that month; null: they do not expire.")
    points: Points = strawberry.field(description="Available, held and pending together.")
    value: Money = strawberry.field(description="At the reference value of the instant, rounded down.")


@strawberry.type(description="What the programme owed its members at an instant.")
class Liability:
    at: Moment = strawberry.field(description="The instant.")
    points: Points = strawberry.field(description="Outstanding: available, held and pending. What had expired is not.")
    available: Points = strawberry.field(description="Could be burned then.")
    held: Points = strawberry.field(description="Reserved for something under way.")
    pending: Points = strawberry.field(description="Earned, not released yet.")
    debt: Points = strawberry.field(description="Owed by members; not netted against the points.")
    value: Money = strawberry.field(description="The points at the reference value of the instant, rounded down.")
    by_month: list[LiabilityMonth] = strawberry.field(description="By the month of their last day, the soonest first.")


@strawberry.type
class LiabilityFragment:
    @strawberry.field(
        description="Points outstanding at an instant (now, if none is given), as the books said then, and by the "
        "month they would expire in. Counts every entry: seconds on a large programme. The future is BAD_USER_INPUT."
    )
    async def liability(self, at: Moment | None = None) -> Liability:
        moment = clock.now() if at is None else past(at)
        async with db.snapshot() as session:
            return _liability_view(await liability.liability(session, moment))


def past(at: datetime, field: str = "at") -> datetime:
    """`at`, which must have come."""
    if at > clock.now():
        raise InvalidInput(field, "The books know only what has happened: name an instant that has passed.")
    return at


def _holding(replay: Replay, moment: datetime, programme: terms.Terms) -> Holding:
    account = AccountState(
        member_id=replay.member_id,
        available=lots.burnable(replay.lots.values(), moment),
        held=replay.total(Side.HELD),
        pending=replay.total(Side.PENDING),
        debt=replay.debt,
        seq=replay.seq,
        head=replay.head,
        told=0,
        merged_into=replay.merged_into,
        frozen_at=moment if replay.frozen else None,
    )
    alive = [lot for lot in replay.lots.values() if lot.open and lot.alive(moment)]
    return Holding(moment, account, sorted(alive, key=first_to_expire), programme)


def _liability_view(owed: liability.Liability) -> Liability:
    def value(points: int) -> Money:
        return Money(minor=liability.worth(points, owed.programme), currency=owed.programme.currency)

    months = sorted(owed.by_month.items(), key=lambda item: (item[0] is None, item[0] or date.min))
    return Liability(
        at=owed.at,
        points=owed.points,
        available=owed.available,
        held=owed.held,
        pending=owed.pending,
        debt=owed.debt,
        value=value(owed.points),
        by_month=[LiabilityMonth(month=month, points=points, value=value(points)) for month, points in months],
    )
