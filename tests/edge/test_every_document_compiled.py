"""Every document of the phone app is compiled, and answers as Strawberry's own executor does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import DocumentNode, OperationDefinitionNode, OperationType, parse
from graphql.execution import execute
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.utils.await_maybe import await_maybe

from backend.demo import seeding
from backend.kit import clock, db
from backend.kit.graphql import Context
from backend.kit.graphql.compiled import CompiledExecutor, counted
from backend.members import recognising
from backend.members.roles import Identity
from backend.schema import schema

DOCUMENTS = Path("pwa/src/generated/documents.json")
AWAITABLE: Any = optimized_is_awaitable
KNOWN: Mapping[str, Any] = {
    "Locale!": "EN",
    "ID!": "UmV3YXJkOjA=",
    "String!": "ABCDEF",
    "Int": 3,
    "Int!": 3,
    "Date!": "2026-11-01",
    "Shelf!": "HOT",
}


def operation_of(document: DocumentNode) -> OperationDefinitionNode:
    (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return operation


def queries() -> dict[str, DocumentNode]:
    """What the phone asks, by the operation's name."""
    read = (parse(text, no_location=True) for text in orjson.loads(DOCUMENTS.read_bytes()).values())
    named = ((operation_of(document), document) for document in read)
    return {
        operation.name.value: document
        for operation, document in named
        if operation.operation is OperationType.QUERY and operation.name is not None
    }


def variables_of(document: DocumentNode) -> dict[str, Any]:
    """Something for each variable that must be given."""
    given = operation_of(document).variable_definitions or ()
    typed = {one.variable.name.value: _written(one.type) for one in given}
    return {name: KNOWN[of] for name, of in typed.items() if of in KNOWN}


async def answered(document: DocumentNode, identity: Identity, by: type) -> bytes:
    context = Context(identity=identity)
    result = await await_maybe(
        execute(
            schema._schema,
            document,
            context_value=context,
            variable_values=variables_of(document),
            executor_class=by,
            is_awaitable=AWAITABLE,
            operation_extensions={},
        )
    )
    return orjson.dumps({"data": result.data, "errors": [error.formatted for error in result.errors or []]})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_query_of_the_phone_answers_the_same(database: str) -> None:
    await seeding.seed()
    async with db.read() as session:
        ann = await recognising.find(session, "ann")
    assert ann is not None
    with clock.then(clock.now()):
        for name, document in queries().items():
            before = counted.run
            for identity in (Identity(member_id=ann.id), Identity()):
                await answered(document, identity, CompiledExecutor)
                compiled = await answered(document, identity, CompiledExecutor)
                stock = await answered(document, identity, StrawberryGraphQLCoreExecutionContext)
                assert compiled == stock, name
            assert counted.run > before, f"{name} was not compiled"


def _written(of: Any) -> str:
    if of.kind == "non_null_type":
        return _written(of.type) + "!"
    return f"[{_written(of.type)}]" if of.kind == "list_type" else str(of.name.value)
