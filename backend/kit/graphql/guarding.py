"""The schema behind its gate: what may run at all, what it costs, and which errors leave."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from pathlib import Path
from typing import Any

import strawberry
from graphql import ExecutionResult as CoreResult, GraphQLError, OperationDefinitionNode, get_operation_ast
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import ExecutionContext, PreExecutionError
from strawberry.types.graphql import OperationType

from backend.kit.graphql.asking import Context
from backend.kit.graphql.compiled import CompiledExecutor
from backend.kit.graphql.cost import COST_MAX, cost_of
from backend.kit.graphql.limits import too_much
from backend.kit.graphql.questions import Question, Questions
from backend.kit.graphql.showing_errors import shown
from backend.kit.graphql.trusted_documents import PREFIX, Documents

EVERY_KIND = frozenset(OperationType)


class GuardedSchema(strawberry.Schema):
    """A Strawberry schema that runs documents by id, holds ad hoc ones to the limits, and masks its own failures."""

    def __init__(self, query: type, **kwargs: Any) -> None:
        kwargs["execution_context_class"] = CompiledExecutor
        super().__init__(query, extensions=[lambda: _Gate(self.documents)], **kwargs)
        self.documents = Documents(self._schema)
        self.questions = Questions(self._schema, self.documents)

    def trust_file(self, path: Path) -> None:
        """Run the phone app's documents by their ids. Raises DocumentsDoNotFit."""
        self.documents.trust_file(path)

    async def execute(
        self, query: str | None, variable_values: Any = None, context_value: Any = None, *_: Any, **more: Any
    ) -> ExecutionResult:
        """Run a query or mutation: `query` is a text, or the id of a trusted document."""
        if not query:
            raise MissingQueryError
        question = self.questions.of(query, variable_values, more.get("operation_name"))
        return await self.answer(
            question, context_value or Context(), more.get("allowed_operation_types") or EVERY_KIND
        )

    async def answer(self, question: Question, context: Context, allowed: Iterable[OperationType]) -> ExecutionResult:
        """Run what is asked. Raises InvalidOperationTypeError for a kind of operation that is not allowed."""
        if question.kind is not None and question.kind not in allowed:
            raise InvalidOperationTypeError(question.kind)
        extensions = dict(question.extensions)
        if question.refused:
            return _shown(PreExecutionError(None, list(question.refused), extensions), context)
        try:
            result = question.run(context)
            if not isinstance(result, CoreResult):
                result = await result
        except Exception as bug:  # noqa: BLE001  shown masked, and logged there, as whatever a resolver raises
            return _shown(PreExecutionError(None, [GraphQLError(str(bug), original_error=bug)], extensions), context)
        return _shown(ExecutionResult(result.data, result.errors, extensions), context)

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
