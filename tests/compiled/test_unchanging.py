"""What never changes is read once for each selection and its arguments; the rest is read every time."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
import strawberry
from graphql import parse
from graphql.execution import execute
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.utils.await_maybe import await_maybe

from backend.kit.graphql.compiled import CompiledExecutor, unchanging

AWAITABLE: Any = optimized_is_awaitable
READS: Counter[str] = Counter()


@dataclass
class World:
    """What resolvers with `info` look at, and the cups there are."""

    hour: int = 0
    cups: "list[Cup]" = field(default_factory=list)


@strawberry.type
class Handle:
    length: int


@strawberry.type
class Cup:
    READ_ONCE: ClassVar[bool] = True
    once: strawberry.Private[dict[Any, Any]]
    number: int
    handle: Handle

    @strawberry.field
    def twice(self, plus: int = 0) -> int:
        READS["twice"] += 1
        return self.number * 2 + plus

    @strawberry.field
    def hour(self, info: strawberry.Info) -> int:
        READS["hour"] += 1
        return int(info.context.hour)

    @strawberry.field
    async def later(self) -> int:
        READS["later"] += 1
        return self.number

    @strawberry.field
    def fails(self) -> int | None:
        READS["fails"] += 1
        raise ValueError("it fails")


@strawberry.type
class Query:
    @strawberry.field
    def cups(self, info: strawberry.Info) -> list[Cup]:
        return list(info.context.cups)


SCHEMA = strawberry.Schema(Query)._schema


@pytest.fixture
def world() -> World:
    READS.clear()
    return World(cups=[Cup(once={}, number=n, handle=Handle(length=n + 10)) for n in (1, 2)])


async def answered(document: Any, world: World, by: type = CompiledExecutor, **variables: Any) -> Any:
    result = await await_maybe(
        execute(
            SCHEMA,
            document,
            context_value=world,
            variable_values=variables,
            executor_class=by,
            is_awaitable=AWAITABLE,
            operation_extensions={},
        )
    )
    return result.data, [error.formatted for error in result.errors or []]


@pytest.mark.parametrize(
    "text",
    [
        "{ cups { number twice hour handle { length } } }",
        "{ cups { hour twice later number } }",
        "{ cups { twice fails hour } }",
        "query Q($p: Int) { cups { a: twice(plus: $p) b: twice(plus: 1) __typename } }",
    ],
)
async def test_every_answer_is_the_stock_executors(world: World, text: str) -> None:
    document = parse(text)
    for world.hour in range(4):
        for plus in (1, 2):
            stock = await answered(document, world, StrawberryGraphQLCoreExecutionContext, p=plus)
            assert await answered(document, world, p=plus) == stock
            assert list(stock[0]["cups"][0]) == list((await answered(document, world, p=plus))[0]["cups"][0])


async def test_it_is_read_once_and_what_changes_every_time(world: World) -> None:
    document = parse("{ cups { twice hour } }")
    for world.hour in range(5):
        await answered(document, world)
    # The first of the five had no plan yet.
    assert READS == {"twice": 2 + 2, "hour": 5 * 2}


async def test_other_arguments_are_read_anew(world: World) -> None:
    document = parse("query Q($p: Int) { cups { twice(plus: $p) } }")
    for plus in (1, 1, 1, 5, 5, 1):
        (cup, _), _ = (await answered(document, world, p=plus))[0]["cups"], None
        assert cup == {"twice": 2 + plus}


async def test_what_failed_fails_again(world: World) -> None:
    document = parse("{ cups { fails twice } }")
    told = [await answered(document, world) for _ in range(4)]
    assert told == [told[0]] * 4 and len(told[0][1]) == 2


async def test_an_answer_may_be_changed_without_changing_the_next(world: World) -> None:
    document = parse("{ cups { number twice } }")
    for _ in range(3):
        (data, _) = await answered(document, world)
        assert data["cups"][0] == {"number": 1, "twice": 2}
        data["cups"][0].clear()


async def test_only_so_many_selections_are_kept_with_an_object(world: World) -> None:
    for number in range(3 * unchanging.SELECTIONS_MAX):
        document = parse(f"{{ cups {{ a{number}: twice }} }}")
        for _ in range(3):
            await answered(document, world)
        assert len(world.cups[0].once) <= unchanging.SELECTIONS_MAX
