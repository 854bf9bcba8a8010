"""Giving a task's points when its goal is reached, once per period."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.ledger import posting
from backend.ledger.book import Book
from backend.members import families
from backend.programme import terms
from backend.programme.terms import TaskTerms, Terms, Timeline
from backend.tasks.facts import TaskCompleted
from backend.tasks.models import TaskAward
from backend.tasks.periods import Period, period_of
from backend.tasks.progress import TaskProgress, progress_of


async def award_due(session: AsyncSession, *, member_id: UUID) -> list[TaskAward]:
    """Earn the points of every task whose goal is reached, in its present period or in one that has just ended.

    News of an order may come late: a period is looked at until it is as old as the terms call history. A second
    call awards nothing. A frozen account is awarded too: it burns nothing, but what is done still earns.
    """
    named, member_id = member_id, await families.survivor(session, member_id)
    # Most acts complete nothing, so look before locking; what was recorded before this call is seen either way.
    if not (due := await _due(session, member_id)):
        return []
    book = await posting.open_book(session, member_id, *(_key(one.task, one.period.name) for one in due))
    await families.must_still_be(session, {named: member_id})
    in_force = await terms.in_force(session)
    awards = [award(book, in_force, one.task, one.period.name) for one in await _due(session, member_id)]
    session.add_all(awards)
    await posting.write(session, [book])
    return awards


def periods_at(known: Timeline, moment: datetime) -> dict[tuple[str, str], tuple[TaskTerms, Period]]:
    """Every task with the period looked at, at `moment`: those of then, and those that had just ended."""
    lately = moment - timedelta(hours=known.at(moment).late_news_hours)
    found = {}
    for programme, when in ((known.at(lately), lately), (known.at(moment), moment)):
        for task in programme.tasks:
            period = period_of(task.period, programme.day_of(when))
            found[task.code, period.name] = (task, period)
    return found


async def _due(session: AsyncSession, member_id: UUID) -> list[TaskProgress]:
    moment = clock.now()
    in_force = await terms.in_force(session)
    standing = await progress_of(session, member_id, in_force, moment)
    lately = moment - timedelta(hours=in_force.late_news_hours)
    then = await terms.at(session, lately)
    if _periods(then, lately) - _periods(in_force, moment):
        standing += await progress_of(session, member_id, then, lately)
    due = {(one.task.code, one.period.name): one for one in standing if one.reached and not one.awarded}
    return list(due.values())


def _periods(programme: Terms, moment: datetime) -> set[tuple[str, str]]:
    day = programme.day_of(moment)
    return {(task.code, period_of(task.period, day).name) for task in programme.tasks}


def award(book: Book, in_force: Terms, task: TaskTerms, period: str) -> TaskAward:
    """Earn the task's points for the period: whoever calls knows that its goal is reached and that it is due."""
    moment, title, key = clock.now(), task.title.model_dump(), _key(task, period)
    if book.entry_id(key) in book.posted:
        # It was earned once while two accounts were one, and that was taken back with their parting.
        key = f"{key}:{book.account.seq + 1}"
    entry = posting.earn(
        book,
        key=key,
        points=task.points,
        expires_at=in_force.expires_at(moment, "TASK"),
        occurred_at=moment,
        actor="programme",
        why={"code": "TASK", "base": task.points, "task": task.code, "period": period, "title": title},
        reference=task.code,
    )
    told = TaskCompleted(member_id=book.member_id, task=task.code, period=period, title=title, points=task.points)
    book.tell(told)
    return TaskAward(
        member_id=book.member_id,
        task_code=task.code,
        period=period,
        points=task.points,
        entry_id=entry.entry_id,
        awarded_at=moment,
    )


def _key(task: TaskTerms, period: str) -> str:
    return f"task:{task.code}:{period}"
