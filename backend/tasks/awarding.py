"""Giving a task's points when its goal is reached, once per period."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.ledger import posting
from backend.ledger.book import Book
from backend.programme import terms
from backend.programme.terms import Terms
from backend.tasks.facts import TaskCompleted
from backend.tasks.models import TaskAward
from backend.tasks.periods import period_of
from backend.tasks.progress import TaskProgress, progress_of


async def award_due(session: AsyncSession, *, member_id: UUID) -> list[TaskAward]:
    """Earn the points of every task whose goal is reached, in its present period or in one that has just ended.

    News of an order may come late: a period is looked at until it is as old as the terms call history. A second
    call awards nothing. A frozen account is awarded too: it burns nothing, but what is done still earns.
    """
    # Most acts complete nothing, so look before locking; what was recorded before this call is seen either way.
    if not await _due(session, member_id):
        return []
    book = await posting.open_book(session, member_id)
    in_force = await terms.in_force(session)
    awards = [_award(book, in_force, reached) for reached in await _due(session, member_id)]
    session.add_all(awards)
    await posting.write(session, [book])
    return awards


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


def _award(book: Book, in_force: Terms, reached: TaskProgress) -> TaskAward:
    task, period, moment = reached.task, reached.period.name, clock.now()
    title = task.title.model_dump()
    entry = posting.earn(
        book,
        key=f"task:{task.code}:{period}",
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
