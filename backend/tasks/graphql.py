"""Check-ins and tasks on the wire."""

from datetime import date as Day  # noqa: N812  a field may be called date
from functools import lru_cache
from uuid import UUID

import strawberry

from backend.kit import clock, ids
from backend.kit.graphql import (
    Info,
    Locale,
    Moment,
    Outcome,
    Points,
    Refusal,
    assembled,
    at_once,
    global_id,
    member_of,
    perform,
    refusal,
    say,
)
from backend.members.graphql import MemberEdge, MemberRef
from backend.programme import terms
from backend.programme.terms import Terms
from backend.tasks import calendar, checking_in, progress, week
from backend.tasks.hints import hint_for
from backend.tasks.models import CheckIn
from backend.tasks.progress import TaskProgress
from backend.tasks.week import DayState

strawberry.enum(DayState, name="CheckInState", description="How a day of the check-in calendar stands.")


@refusal(checking_in.AlreadyCheckedIn)
class AlreadyCheckedIn(Refusal):
    pass


@refusal(checking_in.NothingToRepair)
class NothingToRepair(Refusal):
    pass


@strawberry.type(description="One day of the check-in calendar.")
class CheckInDay:
    date: Day = strawberry.field(description="In the programme's zone.")
    state: DayState = strawberry.field(description="DONE, or what it is until then.")
    points: Points = strawberry.field(
        description="What a done day earned; for the others what a check-in on it gives, checking in every day until."
    )


@strawberry.type(description="The check-in calendar of this week.")
class CheckInWeek:
    streak: int = strawberry.field(description="Days in a row up to today, or to yesterday until today is over.")
    checked_in_today: bool = strawberry.field(description="Whether today is done.")
    next_points: Points = strawberry.field(description="What the next check-in gives: today's, or tomorrow's.")
    days: list[CheckInDay] = strawberry.field(description="Monday to Sunday, seven of them, in the programme's zone.")
    repairable: Day | None = strawberry.field(
        description="The latest missed day of the last seven whose repair joins up a streak; null when there is none."
    )
    repairs_left: int = strawberry.field(description="Repairs left in this calendar month.")


@strawberry.type(description="Something to do for points, counted from what really happened.")
class Task:
    standing: strawberry.Private[TaskProgress]
    ends_at: Moment | None = strawberry.field(
        description="When this period ends and the task starts anew; null: it can be done once."
    )

    @strawberry.field(description="The same in every period.")
    def id(self) -> strawberry.ID:
        return task_id(self.standing.task.code)

    @strawberry.field(description="The programme's name for it, for programs.")
    def code(self) -> str:
        return self.standing.task.code

    @strawberry.field(description="What to do.")
    def title(self, locale: Locale) -> str:
        return say(self.standing.task.title, locale)

    @strawberry.field(description="How much is missing and what it gives, in numbers; that it is done, once it is.")
    def hint(self, locale: Locale) -> str:
        return say(hint_for(self.standing), locale)

    @strawberry.field(description="Done so far in this period, in the goal's unit, never more than the goal.")
    def progress(self) -> int:
        return self.standing.shown

    @strawberry.field(description="Orders, minor units of money, days in a row or redemptions, by kind of task.")
    def goal(self) -> int:
        return self.standing.task.goal

    @strawberry.field(description="What reaching the goal earns, once per period.")
    def reward_points(self) -> Points:
        return self.standing.task.points

    @strawberry.field(description="Whether the goal of this period is reached. It stays so until the next period.")
    def completed(self) -> bool:
        return self.standing.reached


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(description="This week's check-in calendar.")
    @at_once
    async def check_in(self, info: Info) -> CheckInWeek:
        return await week_view(info, self.member_id)

    @strawberry.field(description="Every task of the programme, in the programme's order, with progress.")
    @at_once
    async def tasks(self, info: Info) -> list[Task]:
        in_force, moment = await terms.now(), clock.now()
        found = await info.context.rows(self.member_id, progress.parts(in_force, moment))
        return [_task_view(standing, in_force) for standing in progress.told(in_force, moment, found)]


@strawberry.input(description="Today's check-in.")
class CheckInInput:
    idempotency_key: UUID = strawberry.field(description="Made on the phone; the same one again is the same check-in.")


@strawberry.input(description="Which missed day to make count.")
class RepairCheckInInput:
    idempotency_key: UUID = strawberry.field(description="Made on the phone; the same one again is the same repair.")
    date: Day = strawberry.field(description="The missed day: one of the last seven, before today.")


@strawberry.type(description="The calendar as it now stands, checked in or refused.")
class CheckInPayload:
    member_id: strawberry.Private[UUID]
    refusal: Refusal | None = strawberry.field(description="Why not; null when the day counts.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")
    points: Points | None = strawberry.field(description="What the day earned; 0 for a repair, null when refused.")

    @strawberry.field(description="The calendar right after.")
    @at_once
    async def check_in(self, info: Info) -> CheckInWeek:
        return await week_view(info, self.member_id)

    @strawberry.field(description="The member right after.")
    def member(self) -> MemberRef:
        return assembled("Member")(member_id=self.member_id)


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Check in for today. Once a day; refused as ALREADY_CHECKED_IN, ACCOUNT_FROZEN or KEY_REUSED."
    )
    async def check_in(self, info: Info, input: CheckInInput) -> CheckInPayload:  # noqa: A002  the contract's word
        member_id = member_of(info)
        outcome = await perform(checking_in.check_in, key=input.idempotency_key, member_id=member_id)
        return _payload(member_id, outcome)

    @strawberry.mutation(
        description="Make a missed day count for the streak; it earns nothing itself. Refused as NOTHING_TO_REPAIR, "
        "ACCOUNT_FROZEN or KEY_REUSED."
    )
    async def repair_check_in(self, info: Info, input: RepairCheckInInput) -> CheckInPayload:  # noqa: A002  as above
        member_id = member_of(info)
        outcome = await perform(
            checking_in.repair_check_in, key=input.idempotency_key, member_id=member_id, date=input.date
        )
        return _payload(member_id, outcome)


async def week_view(info: Info, member_id: UUID) -> CheckInWeek:
    """The member's calendar as it now stands."""
    in_force = await terms.now()
    today = in_force.today()
    (days,) = await info.context.rows(member_id, (calendar.DAYS(week.oldest_needed(today)),))
    found = week.week_of(calendar.days(days), in_force, today)
    return CheckInWeek(
        streak=found.streak,
        checked_in_today=found.checked_in_today,
        next_points=found.next_points,
        days=[CheckInDay(date=day.day, state=day.state, points=day.points) for day in found.days],
        repairable=found.repairable,
        repairs_left=found.repairs_left,
    )


def _task_view(standing: TaskProgress, in_force: Terms) -> Task:
    until = standing.period.until
    return Task(standing=standing, ends_at=in_force.start_of(until) if until else None)


@lru_cache(1000)
def task_id(code: str) -> strawberry.ID:
    """A task's id on the wire."""
    return global_id("Task", ids.derived(TASKS, code))


TASKS = UUID("0b8a6f0e-6f0c-5b46-9e0e-0c5a4b1f7f55")
"""The namespace in which a code names its task (UUIDv5)."""


def _payload(member_id: UUID, outcome: Outcome[CheckIn]) -> CheckInPayload:
    return CheckInPayload(
        member_id=member_id,
        refusal=outcome.refusal,
        replayed=outcome.replayed,
        points=outcome.value.points if outcome.value else None,
    )
