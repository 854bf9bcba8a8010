"""The schema behind its gate: what may run at all, what it costs, and which errors leave."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLError, OperationDefinitionNode, get_operation_ast
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult
from strawberry.types.execution import ExecutionContext, PreExecutionError

from backend.kit.graphql.asking import Context
from backend.kit.graphql.cost import COST_MAX, cost_of
from backend.kit.graphql.limits import too_much
from backend.kit.graphql.showing_errors import shown
from backend.kit.graphql.trusted_documents import PREFIX, Documents


class GuardedSchema(strawberry.Schema):
    """A Strawberry schema that runs documents by id, holds ad hoc ones to the limits, and masks its own failures."""

    def __init__(self, query: type, **kwargs: Any) -> None:
        super().__init__(query, extensions=[lambda: _Gate(self.documents)], **kwargs)
        self.documents = Documents(self._schema)

    def trust_file(self, path: Path) -> None:
        """Run the phone app's documents by their ids. Raises DocumentsDoNotFit."""
        self.documents.trust_file(path)

    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Run a query or mutation: `query` is a text, or the id of a trusted document."""
        return _shown(await super().execute(*args, **kwargs), kwargs.get("context_value"))

    async def stream(self, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        """Run any operation, result by result."""
        return _each_shown(await super().stream(*args, **kwargs), kwargs.get("context_value"))

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: what is worth logging is logged where it is masked, with the request's id."""


class _Gate(SchemaExtension):
    def __init__(self, documents: Documents) -> None:
        self.documents = documents

    def on_operation(self) -> Iterator[None]:
        running, text = self.execution_context, self.execution_context.query or ""
        trusted = text.startswith(PREFIX)
        read = self.documents.trusted(text) if trusted else self.documents.ad_hoc(text)
        if read.document is None:
            raise read.errors[0]
        running.graphql_document = read.document
        running.pre_execution_errors = list(read.errors)
        if not trusted and not read.errors:
            self.weigh(running)
        yield

    def weigh(self, running: ExecutionContext) -> None:
        assert running.graphql_document is not None
        operation = get_operation_ast(running.graphql_document, running.operation_name)
        if not isinstance(operation, OperationDefinitionNode):
            return  # Which operation is meant is for execution to ask.
        cost = cost_of(running.schema._schema, running.graphql_document, operation, running.variables or {})
        running.extensions_results["cost"] = {"requested": cost, "limit": COST_MAX}
        if cost > COST_MAX:
            running.pre_execution_errors = [too_much(f"it costs {cost}, and {COST_MAX} is the most.")]


async def _each_shown(results: AsyncGenerator[Any, None], context: Context | None) -> AsyncGenerator[Any, None]:
    try:
        async for result in results:
            yield _shown(result, context)
    except GraphQLError as refused:
        # What the gate turns away before anything is parsed: a stream has no other way to say so.
        yield _shown(PreExecutionError(data=None, errors=[refused]), context)
    finally:
        await results.aclose()


def _shown(result: ExecutionResult, context: Context | None) -> ExecutionResult:
    if result.errors:
        result.errors = shown(result.errors, context.request_id if context else "")
    return result
