"""A rush: wishes that come while others are being done wait here, and are done together.

Few statements and one commit serve all of a batch, however many they are. Two wishes of one person would be in each
other's way, and with them everyone of their batch: the second waits until the first is done.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import driver, outbox
from backend.kit.errors import Overtaken

BATCH_MAX = 64
AT_ONCE_MAX = 2
"""So many batches are under way at once: while the database has one, this process has the other."""
Together = Callable[[AsyncSession, Sequence[Any]], Awaitable[Sequence[Any]]]


@dataclass(eq=False)
class Waiting:
    """Somebody who waits for what her wish came to."""

    wish: Any
    whose: Hashable
    answer: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def tell(self, answer: Any) -> None:
        """Let her know, if she is still there."""
        if not self.answer.done():
            self.answer.set_result(answer)


class Rush:
    """Gives `verb` up to BATCH_MAX wishes at a time. Its session commits each statement by itself: it writes in one.

    `passes` knows the troubles that may be gone when each asks alone; `whose` knows whose account a wish is about.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        verb: Together,
        passes: Callable[[Exception], bool],
        whose: Callable[[Any], Hashable],
    ) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._verb = verb
        self._passes = passes
        self._whose = whose
        self._waiting: deque[Waiting] = deque()
        self._behind: dict[Hashable, deque[Waiting]] = {}
        """By whose wish is waiting or under way: the other wishes of hers, in their order."""
        self._at_work = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: list[AsyncSession] = []

    async def ask(self, wish: Any) -> Any:
        """What `wish` came to, committed. An exception is returned; Overtaken: it is to be asked for alone."""
        waiting = Waiting(wish, self._whose(wish))
        if waiting.whose in self._behind:
            self._behind[waiting.whose].append(waiting)
        else:
            self._behind[waiting.whose] = deque()
            self._waiting.append(waiting)
        if self._waiting and self._at_work < AT_ONCE_MAX:
            self._at_work += 1
            task = asyncio.create_task(self._serve_while_somebody_waits())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # A caller that goes away takes only her own answer with her: her batch is another task's.
        return await waiting.answer

    async def close(self) -> None:
        """Let go of the connections that are kept for the next batches."""
        while self._idle:
            await self._idle.pop().close()

    async def _serve_while_somebody_waits(self) -> None:
        # Counted here rather than when the task is over: whoever asks between the two would wait for nobody.
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]
                for waiting, answer in zip(batch, await self._served([one.wish for one in batch]), strict=True):
                    self._is_done(waiting, answer)
        finally:
            self._at_work -= 1

    def _is_done(self, waiting: Waiting, answer: Any) -> None:
        waiting.tell(answer)
        if behind := self._behind[waiting.whose]:
            self._waiting.append(behind.popleft())
        else:
            del self._behind[waiting.whose]

    async def _served(self, wishes: Sequence[Any]) -> Sequence[Any]:
        try:
            session = await self._kept_session()
            answers = await self._answers(session, wishes)
            await outbox.publish(session)
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs to those whose batch it was
            # Done or not, when that may change each asks alone, by her key, and is told what is so.
            return [Overtaken() if self._passes(error) else error] * len(wishes)
        return answers

    async def _answers(self, session: AsyncSession, wishes: Sequence[Any]) -> Sequence[Any]:
        try:
            answers = await self._verb(session, wishes)
            assert len(answers) == len(wishes), "somebody would wait for ever"
        except BaseException:
            await session.invalidate()
            raise
        if session.sync_session.identity_map:
            session.expunge_all()
        self._idle.append(session)
        return answers

    async def _kept_session(self) -> AsyncSession:
        while self._idle:
            session = self._idle.pop()
            if not driver.lost(session):
                return session
            await session.invalidate()
        session = AsyncSession(self._engine, expire_on_commit=False)
        await driver.lend(session)
        return session
