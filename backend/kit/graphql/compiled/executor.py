"""The executor: finds or makes the plan of an operation and runs it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.collect_fields import FieldDetails
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from backend.kit.graphql.compiled.collecting import NotCompilable, conditions_of
from backend.kit.graphql.compiled.compiling import compile_operation
from backend.kit.graphql.compiled.plan import Field, Plan
from backend.kit.graphql.compiled.resolving import prepared
from backend.kit.graphql.compiled.running import Run

OPERATIONS_MAX = 512
WORTH_A_PLAN = 2
"""An operation has a plan from this time on: making one costs what a hundred runs save."""
CHOICES_MAX = 16
"""Conditions an operation may have been asked with before others run as they always did."""


@dataclass
class Counted:
    """What became of operations so far, in this process."""

    compiled: int = 0
    run: int = 0
    fallen_back: int = 0


counted = Counted()


@dataclass(slots=True)
class _Known:
    """What is known of one operation. It keeps the operation and the schema, so that their ids are nobody else's."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    conditions: tuple[str, ...] | None
    """The variables that decide what is left out; None: there is no plan."""
    plans: dict[tuple[Any, ...], Plan]
    times: int = 0
    """How often it was asked for."""


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Give it to a schema as `execution_context_class`. Results are those of Strawberry's own executor.

    Not for schemas with exception handlers or an info class of their own: those it would not ask.
    """

    _known: "OrderedDict[tuple[int, int], _Known]" = OrderedDict()  # noqa: RUF012  one for the process

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Run the operation by its plan; without one, as it always ran."""
        plan = self._plan()
        if plan is None or serially not in (None, plan.is_mutation):
            counted.fallen_back += 1
            return super().execute_operation(serially)
        return self._run(plan, self.context_value)

    def execute_for(self, context: Any) -> Any:
        """Run the operation for `context`: what else it takes was given to this executor, once for many."""
        plan = self._plan()
        if plan is not None:
            return self._run(plan, context)
        counted.fallen_back += 1
        return super(CompiledExecutor, self.with_context(context)).execute_operation()

    def with_context(self, context: Any) -> "CompiledExecutor":
        """The same for another context."""
        return type(self)(
            self.schema,
            self.fragment_definitions,
            self.fragments,
            self.root_value,
            context,
            self.operation,
            self.variable_values,
            self.field_resolver,
            self.type_resolver,
            self.subscribe_field_resolver,
            is_awaitable=self.is_awaitable,
            is_async_iterable=self.is_async_iterable,
        )

    def _run(self, plan: Plan, context: Any) -> Any:
        counted.run += 1
        run = Run(self, plan, context)
        run.arguments = prepared(run)
        return run.start()

    def refuse_type(self, which: Any, abstract: Any, field: Field, result: Any) -> Any:
        """Say what is wrong with the type that an abstract value said it has. Raises GraphQLError."""
        details = [FieldDetails(node, None, None) for node in field.nodes]
        info: Any = _Asked(field.parent, field.name)
        return self.ensure_valid_runtime_type(which, abstract, details, info, result)

    def _plan(self) -> Plan | None:
        unusual = (
            (self.middleware_manager is not None and self.middleware_manager.middlewares)
            or self.abort_signal is not None
            or self.hooks is not None
        )
        known = None if unusual else self._what_is_known()
        if known is None or known.conditions is None or known.times < WORTH_A_PLAN:
            return None
        choice = tuple(self.variable_values.coerced.get(name) for name in known.conditions)
        if choice in known.plans:
            return known.plans[choice]
        if len(known.plans) >= CHOICES_MAX or not all(isinstance(one, bool) for one in choice):
            return None
        conditions = dict(zip(known.conditions, choice, strict=True))
        plan = compile_operation(self.schema, self.operation, self.fragment_definitions, conditions)
        counted.compiled += 1
        known.plans[choice] = plan
        return plan

    def _what_is_known(self) -> _Known:
        operation, known = self.operation, self._known
        name = (id(self.schema), id(operation))
        if name in known:
            known.move_to_end(name)
        else:
            known[name] = _look_at(self.schema, operation, self.fragment_definitions)
        found = known[name]
        found.times += 1
        if len(known) > OPERATIONS_MAX:
            known.popitem(last=False)
        return found


class _Asked:
    __slots__ = ("field_name", "parent_type")

    def __init__(self, parent_type: Any, field_name: str) -> None:
        self.parent_type, self.field_name = parent_type, field_name


def _look_at(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> _Known:
    # What happened is read as it always was: a subscription's root is the event, not what its function returns.
    if operation.operation is OperationType.SUBSCRIPTION:
        return _Known(schema, operation, None, {})
    try:
        return _Known(schema, operation, conditions_of(operation, fragments), {})
    except NotCompilable:
        return _Known(schema, operation, None, {})
