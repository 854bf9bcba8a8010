"""Resolvers that are coroutines but nearly always answer without waiting: begun at once, not in a task of their own.

graphql-core awaits what is asked of an object together, each in a task: that costs more than most of them do. One that
is marked `at_once` is begun where it is met. If it has its answer then, that is all; if it must wait, what is left of
it goes on as any other.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])
MARK = "answers_at_once"


def at_once(resolver: F) -> F:
    """Mark a resolver that mostly need not wait.

    Up to where it first waits it runs in its parent's task, so it must not hold a timeout or a task group there.
    """
    setattr(resolver, MARK, True)
    return resolver


def is_marked(resolver: Callable[..., Any]) -> bool:
    """Whether it is."""
    return getattr(resolver, MARK, False) is True


def begun(answer: Coroutine[Any, Any, Any]) -> Any:
    """The answer, if it can be had without waiting; else something to wait for."""
    try:
        waits_for = answer.send(None)
    except StopIteration as done:
        return done.value
    except Exception as error:  # noqa: BLE001  met by whoever awaits it, in its turn
        return _failed(error)
    return Begun(answer, waits_for)


class Begun(Awaitable[Any]):
    """What is left of a coroutine that waits for something."""

    __slots__ = ("_rest", "_waits_for")

    def __init__(self, rest: Coroutine[Any, Any, Any], waits_for: Any) -> None:
        self._rest, self._waits_for = rest, waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        """Go on."""
        waits_for = self._waits_for
        try:
            while True:
                try:
                    given = yield waits_for
                except GeneratorExit:
                    self._rest.close()
                    raise
                except BaseException as error:  # noqa: BLE001  its own to meet: it may be cancelled
                    waits_for = self._rest.throw(error)
                else:
                    waits_for = self._rest.send(given)
        except StopIteration as done:
            return done.value


async def _failed(error: Exception) -> Any:
    raise error
