"""How the value of a field is got: by the shortest way that gives what the schema's own resolver would give."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    is_leaf_type,
)
from graphql.execution import get_argument_values
from strawberry.types.base import StrawberryMaybe
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from backend.kit.graphql.compiled.beginning import begun, is_marked
from backend.kit.graphql.compiled.plan import Ask, Field, Place, Resolve
from backend.kit.graphql.compiled.running import Refusing, Run

DEFINITION = "strawberry-definition"
TYPE_NAME = "__typename"
REMEMBERED_MAX = 64


def definition_of(field: GraphQLField) -> StrawberryField | None:
    """The Strawberry field behind a GraphQL field; None for another library's."""
    found = field.extensions.get(DEFINITION)
    return found if isinstance(found, StrawberryField) else None


def attribute_of(field: GraphQLField) -> str | None:
    """The attribute a field only reads."""
    definition = definition_of(field)
    if definition is None or not definition.is_basic_field or not getattr(field.resolve, "_is_default", False):
        return None
    plain = definition.default_resolver is getattr and type(definition).get_result is StrawberryField.get_result
    return definition.python_name if plain and definition.python_name.isidentifier() else None


def function_of(field: GraphQLField) -> Callable[..., Any] | None:
    """The function a field calls, if calling it is all that Strawberry would do: no permissions, no extensions."""
    definition = definition_of(field)
    if definition is None or definition.base_resolver is None or definition.extensions:
        return None
    resolver, kind = definition.base_resolver, type(definition)
    if kind.get_result is not StrawberryField.get_result or not all(map(_passed_on, field.args.values())):
        return None
    function, root = resolver.wrapped_func, resolver.root_parameter
    if resolver.parent_parameter or not inspect.isfunction(function):
        return None
    if root is not None and not resolver.self_parameter:
        return lambda source, **given: function(**{root.name: source}, **given)
    return function if resolver.self_parameter and root is None else None


def ask_of(field: GraphQLField, function: Callable[..., Any]) -> Ask:
    """How the function behind a field is asked."""
    definition = definition_of(field)
    assert definition is not None and definition.base_resolver is not None
    parameter = definition.base_resolver.info_parameter
    return Ask(function, parameter.name if parameter else None, definition, is_marked(function))


def is_async(field: GraphQLField) -> bool:
    """Whether a field's function is a coroutine's."""
    definition = definition_of(field)
    return definition is not None and definition.is_async


def arguments_of(run: Run, field: Field) -> dict[str, Any]:
    """A field's arguments by GraphQL's names, as the specification coerces them. Raises GraphQLError."""
    executor, node = run.executor, field.nodes[0]
    if not field.definition.args and not node.arguments:
        return {}
    hidden = executor.hide_suggestions
    found: dict[str, Any] = get_argument_values(field.definition, node, executor.variable_values, None, hidden)
    return found


def prepared(run: Run) -> Sequence[Mapping[str, Any]]:
    """The arguments of every function the plan calls, remembered by the variables they are made of."""
    coerced, remembered = run.executor.variable_values.coerced, run.plan.arguments
    # With their classes, for 1 and True are one key otherwise.
    variables = tuple((name, value.__class__, value) for name, value in coerced.items())
    try:
        if variables in remembered:
            return remembered[variables]
    except TypeError:  # a list or an input object among them
        return [_passed(run, field) for field in run.plan.asks]
    found = [_passed(run, field) for field in run.plan.asks]
    if len(remembered) >= REMEMBERED_MAX:
        remembered.clear()
    remembered[variables] = found
    return found


def _passed(run: Run, field: Field) -> Mapping[str, Any]:
    # As the function takes them. They are scalars and enums, so it does no harm when all share them.
    try:
        given = arguments_of(run, field)
    except GraphQLError as error:
        return Refusing(error)
    return {_parameter(field.definition.args[name]): value for name, value in given.items()}


class Whereabouts:
    """Where a resolver is, as graphql-core says it. Most ask for the context only; the rest is made when asked for."""

    __slots__ = ("_asked", "context")

    def __init__(self, run: Run, field: Field, place: Place) -> None:
        self.context, self._asked = run.context, (run, field, place)

    def __getattr__(self, name: str) -> Any:
        run, field, place = self._asked
        return getattr(run.info(field, place), name)


def bind(field: Field) -> Resolve:
    """The way to this field's value."""
    if field.constant is not None:
        return _constant(field.constant)
    if field.attribute is not None:
        return _attribute(field.attribute)
    function = function_of(field.definition)
    return _stock(field) if function is None else _function(field, ask_of(field.definition, function))


def _constant(value: str) -> Resolve:
    return lambda run, source, place: value


def _attribute(name: str) -> Resolve:
    return lambda run, source, place: getattr(source, name)


def _function(field: Field, ask: Ask) -> Resolve:
    function, info_name, definition, begins = ask.function, ask.info_name, ask.definition, ask.begins

    def call(run: Run, source: Any, place: Place) -> Any:
        arguments = run.arguments[field.number]
        if info_name is None:
            answer = function(source, **arguments)
        else:
            about: Any = Whereabouts(run, field, place)
            answer = function(source, **arguments, **{info_name: Info(_raw_info=about, _field=definition)})
        return begun(answer) if begins else answer

    return call


def _stock(field: Field) -> Resolve:
    def call(run: Run, source: Any, place: Place) -> Any:
        # graphql-core makes the info before it looks at the arguments.
        info, resolve = run.info(field, place), field.definition.resolve or run.executor.field_resolver
        return resolve(source, info, **arguments_of(run, field))

    return call


def _passed_on(argument: GraphQLArgument) -> bool:
    # Scalars and enums reach the function as GraphQL reads them; what Strawberry would make of the rest is its own.
    bare = argument.type.of_type if isinstance(argument.type, GraphQLNonNull) else argument.type
    definition = argument.extensions.get(DEFINITION)
    return is_leaf_type(bare) and definition is not None and not isinstance(definition.type, StrawberryMaybe)


def _parameter(argument: GraphQLArgument) -> str:
    name: str = argument.extensions[DEFINITION].python_name
    return name
