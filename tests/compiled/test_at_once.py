"""A resolver that need not wait is asked where it stands; one that must wait goes on as any other."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse
from graphql.execution import execute
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.utils.await_maybe import await_maybe

from backend.kit.graphql.compiled import CompiledExecutor, at_once
from backend.kit.graphql.compiled.beginning import begun

AWAITABLE: Any = optimized_is_awaitable


@strawberry.type
class Cup:
    number: int

    @strawberry.field
    @at_once
    async def now(self) -> int:
        return self.number

    @strawberry.field
    @at_once
    async def later(self) -> int:
        await asyncio.sleep(0.001)
        return self.number

    @strawberry.field
    @at_once
    async def fails_now(self) -> int | None:
        raise ValueError(f"now {self.number}")

    @strawberry.field
    @at_once
    async def fails_later(self) -> int | None:
        await asyncio.sleep(0)
        raise ValueError(f"later {self.number}")

    @strawberry.field
    def fails(self) -> int | None:
        raise ValueError(f"no coroutine {self.number}")

    @strawberry.field
    @at_once
    async def must_not_fail(self) -> int:
        raise ValueError(f"must not {self.number}")


@strawberry.type
class Query:
    @strawberry.field
    @at_once
    async def cups(self) -> list[Cup | None]:
        return [Cup(number=1), Cup(number=2)]


SCHEMA = strawberry.Schema(Query)._schema


@pytest.fixture
async def tasks() -> AsyncIterator[list[str]]:
    """Every task that is made from now on."""
    made: list[str] = []

    def counted(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":
        made.append(work.__qualname__)
        return asyncio.Task(work, loop=loop, **more)

    asyncio.get_running_loop().set_task_factory(counted)
    yield made
    asyncio.get_running_loop().set_task_factory(None)


async def answered(text: str, by: type = CompiledExecutor) -> ExecutionResult:
    document = parse(text)
    for _ in range(2):  # The first time an operation has no plan yet.
        result = await await_maybe(
            execute(SCHEMA, document, executor_class=by, is_awaitable=AWAITABLE, operation_extensions={})
        )
    assert isinstance(result, ExecutionResult)
    return result


async def test_no_task_is_made_for_one_that_need_not_wait(tasks: list[str]) -> None:
    text = "{ cups { now again: now } }"
    document = parse(text)
    for _ in range(2):
        tasks.clear()
        result = execute(SCHEMA, document, executor_class=CompiledExecutor, is_awaitable=AWAITABLE)
        data = (await await_maybe(result)).data
    assert (data, tasks) == ({"cups": [{"now": n, "again": n} for n in (1, 2)]}, [])


@pytest.mark.parametrize(
    "fields",
    [
        "now later number",
        "later fails_now now",
        "fails_now fails_later number",
        "fails_later now fails_now later",
        "now must_not_fail later",
        "must_not_fail",
        "fails_now fails now",
    ],
)
async def test_data_errors_and_their_order_are_those_of_the_stock_executor(fields: str) -> None:
    text = "{{ cups {{ {} }} }}".format(" ".join(_camel(field) for field in fields.split()))
    ours, stock = await answered(text), await answered(text, StrawberryGraphQLCoreExecutionContext)
    assert ours.data == stock.data
    assert [error.formatted for error in ours.errors or []] == [error.formatted for error in stock.errors or []]


async def test_one_that_waits_is_cancelled_with_whoever_asked() -> None:
    met: list[str] = []

    @at_once
    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            met.append("cancelled")
            raise

    asking = asyncio.ensure_future(begun(waits()))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert met == ["cancelled"]


async def test_one_that_waits_may_go_on_after_an_error() -> None:
    future = asyncio.get_running_loop().create_future()

    async def recovers() -> str:
        try:
            await future
        except ValueError:
            return "recovered"
        return "never"

    waiting = begun(recovers())
    future.set_exception(ValueError())
    assert await waiting == "recovered"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
