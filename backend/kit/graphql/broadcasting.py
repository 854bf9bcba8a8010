"""One execution and one encoding of a shared subscription for all the sockets of this process that asked the same."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Protocol

import orjson
from strawberry.types.execution import ExecutionResult, PreExecutionError

from backend.kit import watching
from backend.kit.graphql import counting
from backend.kit.graphql.asking import Context
from backend.kit.graphql.guarding import GuardedSchema
from backend.kit.graphql.sharing import Asked, Sharing

AT_ONCE = 250
"""So many are told before others of this process have their turn."""
log = logging.getLogger(__name__)


class Listener(Protocol):
    """One subscription of one socket."""

    def tell(self, body: bytes) -> None:
        """Send a message that goes on with `body` after its id, without waiting."""

    def over(self) -> None:
        """Nothing more will be told."""


class Broadcasts:
    """What this process broadcasts: a broadcast begins with its first listener and ends with its last."""

    def __init__(self, schema: GuardedSchema, nobody: Callable[[], Context]) -> None:
        self._schema, self._nobody = schema, nobody
        self._sharing = Sharing(schema._schema, schema.documents)
        self._running: dict[Asked, Broadcast] = {}

    def find(self, payload: dict[str, Any]) -> "Broadcast | None":
        """The broadcast of what a subscriber asked; None when her answer is hers alone."""
        asked = self._sharing.asked(payload)
        if asked is None:
            return None
        if asked not in self._running:
            label = self._schema.documents.label(asked.document)
            self._running[asked] = Broadcast(asked, label, self._results(asked), self._forget)
        return self._running[asked]

    def _forget(self, broadcast: "Broadcast") -> None:
        if self._running.get(broadcast.asked) is broadcast:
            del self._running[broadcast.asked]

    async def _results(self, asked: Asked) -> AsyncGenerator[Any, None]:
        # As nobody: what only somebody may see cannot get into what is told to all.
        results = await self._schema.stream(
            asked.document,
            variable_values=asked.given(),
            context_value=self._nobody(),
            operation_name=asked.operation_name,
        )
        async with aclosing(results):
            async for result in results:
                yield result


class Broadcast:
    """One subscription, run once. Who joins is told how things stand by then, like the first."""

    def __init__(
        self, asked: Asked, label: str, results: AsyncGenerator[Any, None], forget: Callable[["Broadcast"], None]
    ) -> None:
        self.asked, self.label, self._results, self._forget = asked, label, results, forget
        self._listeners: dict[Listener, None] = {}
        self._arrived: dict[Listener, None] = {}
        self._onlookers = watching.Onlookers()
        self._running: asyncio.Task[None] | None = None

    def join(self, listener: Listener) -> None:
        """Tell `listener` from now on."""
        self._arrived[listener] = None
        self._count()
        if self._running is None:
            # In a context of its own: nothing of the first listener's is known to it.
            self._running = asyncio.create_task(self._run(), context=contextvars.Context())
        else:
            self._onlookers.ask()

    def leave(self, listener: Listener) -> None:
        """Tell `listener` nothing more."""
        self._listeners.pop(listener, None)
        self._arrived.pop(listener, None)
        self._count()
        if not self._onlookers.size and self._running is not None:
            self._forget(self)
            self._running.cancel()

    def _count(self) -> None:
        self._onlookers.size = len(self._listeners) + len(self._arrived)

    async def _run(self) -> None:
        watching.onlookers.set(self._onlookers)
        try:
            await self._tell_each()
        except Exception:
            log.exception("a broadcast broke")
        await self._end(b',"type":"complete"}')

    async def _tell_each(self) -> None:
        async with aclosing(self._results) as results:
            async for result in results:
                if isinstance(result, PreExecutionError):
                    errors = [error.formatted for error in result.errors or ()]
                    await self._end(b',"type":"error","payload":' + orjson.dumps(errors) + b"}")
                    return
                told = await self._tell(b',"type":"next","payload":' + orjson.dumps(_payload(result)) + b"}")
                counting.TOLD.add(self.label, by=told)

    async def _tell(self, body: bytes) -> int:
        everybody = not self._onlookers.newcomers_only
        told = [*self._listeners, *self._arrived] if everybody else [*self._arrived]
        self._listeners |= self._arrived
        self._arrived.clear()
        still_there = 0
        for number, listener in enumerate(told, start=1):
            if listener in self._listeners:  # She may have left since.
                listener.tell(body)
                still_there += 1
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        return still_there

    async def _end(self, body: bytes) -> None:
        self._forget(self)
        self._onlookers.newcomers_only = False
        leaving = [*self._listeners, *self._arrived]
        await self._tell(body)
        for listener in leaving:
            if listener in self._listeners:
                del self._listeners[listener]
                listener.over()


def _payload(result: ExecutionResult) -> dict[str, Any]:
    # As Strawberry's own handler has it.
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload
