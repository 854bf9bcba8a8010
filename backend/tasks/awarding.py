"""Giving a task's points when its goal is reached, once per period."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.ledger import posting
from backend.ledger.book import Book
from backend.programme import terms
from backend.programme.terms import Terms
from backend.tasks.facts import TaskCompleted
from backend.tasks.models import TaskAward
from backend.tasks.progress import TaskProgress, progress_of


async def award_due(session: AsyncSession, *, member_id: UUID, at: datetime | None = None) -> list[TaskAward]:
    """Earn the points of every task whose goal is reached in the period that `at` (now) is in.

    A second call awards nothing. A frozen account is awarded nothing: what is reached waits until it moves again.
    """
    moment = at or clock.now()
    in_force = await terms.at(session, moment)
    # Most acts complete nothing, so look before locking; what was recorded before this call is seen either way.
    if not _due(await progress_of(session, member_id, in_force, moment)):
        return []
    book = await posting.open_book(session, member_id)
    if book.account.frozen_at is not None:
        return []
    due = _due(await progress_of(session, member_id, in_force, moment))
    awards = [_award(book, in_force, reached) for reached in due]
    session.add_all(awards)
    await posting.write(session, [book])
    return awards


def _due(standing: list[TaskProgress]) -> list[TaskProgress]:
    return [one for one in standing if one.reached and not one.awarded]


def _award(book: Book, in_force: Terms, reached: TaskProgress) -> TaskAward:
    task, period, moment = reached.task, reached.period.name, clock.now()
    title = task.title.model_dump()
    entry = posting.earn(
        book,
        key=f"task:{task.code}:{period}",
        points=task.points,
        expires_at=in_force.expires_at(moment),
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
