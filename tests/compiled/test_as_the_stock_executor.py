"""What is compiled answers as Strawberry's own executor does: data, errors, and their order."""

import gc
import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import parse, validate
from graphql.execution import execute
from hypothesis import HealthCheck, given, settings, strategies as st
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.utils.await_maybe import await_maybe

from backend.kit.graphql.compiled import CompiledExecutor, counted
from tests.compiled.odd_schema import SEED, a_schema
from tests.compiled.operations import Writer

SCHEMA = a_schema()._schema
AWAITABLE: Any = optimized_is_awaitable
EXAMPLES, OPERATIONS = 500, 10
"""Operations are written by the ten, because the machinery around an example costs more than one."""


@pytest.fixture
def left_behind() -> Iterator[None]:
    """Of an operation that came to nothing, graphql-core too leaves things that nobody waits for: cleared here."""
    yield
    gc.collect()


async def answered(document: Any, variables: dict[str, object], by: type) -> bytes:
    """The whole answer, as it would be sent."""
    result = await await_maybe(
        execute(
            SCHEMA,
            document,
            variable_values=variables,
            executor_class=by,
            is_awaitable=AWAITABLE,
            operation_extensions={},
        )
    )
    return orjson.dumps({"data": result.data, "errors": [error.formatted for error in result.errors or []]})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("left_behind")
@pytest.mark.timeout(600)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), oddness=st.sampled_from((0.0, 0.02, 0.1, 0.4)))
async def test_any_operation_is_answered_the_same(seed: int, oddness: float) -> None:
    happens, before = random.Random(seed), counted.run
    for _ in range(OPERATIONS):
        writer = Writer(SCHEMA, happens)
        text = writer.operation()
        document = parse(text)
        assert validate(SCHEMA, document) == [], text
        SEED.set((seed, oddness))
        await answered(document, writer.variables, CompiledExecutor)
        compiled = await answered(document, writer.variables, CompiledExecutor)
        stock = await answered(document, writer.variables, StrawberryGraphQLCoreExecutionContext)
        assert compiled == stock, f"{text}\n{writer.variables}\n{compiled.decode()}\n{stock.decode()}"
    assert counted.run >= before + OPERATIONS // 2, "they were not compiled at all"
