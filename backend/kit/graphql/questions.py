"""What is asked, worked out once: the document read and weighed, its operation found, its variables coerced.

A phone asks the same few questions for ever, so whatever does not depend on who asks is done the first time and kept.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import ExecutionResult as CoreResult, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.pyutils import AwaitableOrValue
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.graphql import OperationType

from backend.kit.gathering import Part
from backend.kit.graphql.asking import Context
from backend.kit.graphql.compiled import CompiledExecutor
from backend.kit.graphql.cost import COST_MAX, cost_of
from backend.kit.graphql.limits import too_much
from backend.kit.graphql.trusted_documents import PREFIX, Documents

REMEMBERED_MAX = 1_000
WORDS_MAX = 4_096
"""Longer requests are read anew: what is remembered must not become large."""


class Habit:
    """What a question wants of whoever asks, as far as it wanted the same the last two times."""

    def __init__(self) -> None:
        self.parts: tuple[Part, ...] = ()
        self._last: frozenset[Part] = frozenset()

    def learn(self, wanted: Collection[Part]) -> None:
        """This is what it wanted now."""
        last, self._last = self._last, frozenset(wanted)
        if self._last != last or len(self.parts) != len(last):
            self.parts = tuple(part for part in wanted if part in last)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """An operation with its variables, good for whoever asks. Exactly one of `refused` and `pattern` is there."""

    kind: OperationType | None
    """None: nobody can say, for the document cannot be read."""
    label: str
    """What metrics call it."""
    refused: tuple[GraphQLError, ...] = ()
    """Why it is not run."""
    extensions: Mapping[str, Any] = field(default_factory=dict)
    pattern: CompiledExecutor | None = None
    habit: Habit = field(default_factory=Habit)

    def run(self, context: Context) -> AwaitableOrValue[CoreResult]:
        """Run it for who asks."""
        found = self.pattern
        assert found is not None, "what is refused is not run"
        return cast("AwaitableOrValue[CoreResult]", found.execute_for(context))


class Questions:
    """Works questions out, and remembers the queries among them by the very bytes they were asked with."""

    def __init__(self, schema: GraphQLSchema, documents: Documents) -> None:
        self._schema, self._documents = schema, documents
        self._remembered: OrderedDict[bytes, Question] = OrderedDict()
        self._edition = documents.edition

    def asked_before(self, words: bytes) -> Question | None:
        """The question that came in these bytes, if it is remembered."""
        if self._edition != self._documents.edition:
            self._remembered.clear()
            self._edition = self._documents.edition
        found = self._remembered.get(words)
        if found is not None:
            self._remembered.move_to_end(words)
        return found

    def remember(self, words: bytes, question: Question) -> None:
        """Keep a query for the next time it comes in these bytes. What acts is new every time."""
        if len(words) > WORDS_MAX or question.pattern is None or question.kind is not OperationType.QUERY:
            return
        self._remembered[words] = question
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)

    def of(self, document: str, variables: Mapping[str, Any] | None, operation_name: str | None) -> Question:
        """The question in a text, or in the trusted document of this id. Raises CannotGetOperationTypeError."""
        trusted, label = document.startswith(PREFIX), self._documents.label(document)
        read = self._documents.trusted(document) if trusted else self._documents.ad_hoc(document)
        if read.document is None:
            return Question(None, label, read.errors[:1])
        operation = _operation(read.document, operation_name)
        kind, name = OperationType(operation.operation.value), operation.name.value if operation.name else None
        if read.errors:
            return Question(kind, label, read.errors)
        cost = None if trusted else cost_of(self._schema, read.document, operation, variables or {})
        extensions = {} if cost is None else {"cost": {"requested": cost, "limit": COST_MAX}}
        if cost is not None and cost > COST_MAX:
            refused = too_much(f"it costs {cost}, and {COST_MAX} is the most.")
            return Question(kind, label, (refused,), extensions)
        pattern = CompiledExecutor.build(
            self._schema,
            read.document,
            raw_variable_values=dict(variables or {}),
            operation_name=operation_name or name,
            is_awaitable=cast("Any", optimized_is_awaitable),
        )
        if isinstance(pattern, list):
            return Question(kind, label, tuple(pattern), extensions)
        return Question(kind, label, (), extensions, cast("CompiledExecutor", pattern))


def _operation(document: Any, name: str | None) -> OperationDefinitionNode:
    # Without a name it is the first, as Strawberry has it.
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and (name is None or (node.name and node.name.value == name)):
            return node
    raise CannotGetOperationTypeError(name)
