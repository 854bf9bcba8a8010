"""From an operation to its plan."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    is_abstract_type,
    is_interface_type,
    is_leaf_type,
)
from graphql.pyutils import Undefined, inspect

from backend.kit.graphql.compiled import resolving, straight
from backend.kit.graphql.compiled.collecting import Conditions, Fragments, collect
from backend.kit.graphql.compiled.plan import Field, Plan, Selection, Value


def compile_operation(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Fragments, conditions: Conditions
) -> Plan:
    """The plan of a validated operation when the variables in its conditions are as in `conditions`."""
    made = _Compiler(schema, fragments, conditions)
    root = schema.get_root_type(operation.operation)
    assert root is not None, "validation has seen that there is such a root"
    selection = made.selection(root, [operation.selection_set])
    return Plan(selection, operation.operation is OperationType.MUTATION, made.asks, made.subselect)


class _Compiler:
    def __init__(self, schema: GraphQLSchema, fragments: Fragments, conditions: Conditions) -> None:
        self.schema, self.fragments, self.conditions = schema, fragments, conditions
        self.asks: list[Field] = []
        self.fields = 0

    def selection(self, of: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Selection:
        found = collect(self.schema, self.fragments, self.conditions, of, sets)
        fields = [self.field(of, key, nodes) for key, nodes in found.items()]
        selection = Selection(of, fields, _unread)
        selection.read = straight.reader(selection, self.subselect)
        return selection

    def subselect(self, field: Field, of: GraphQLObjectType) -> Selection:
        if of.name not in field.subfields:
            sets = [node.selection_set for node in field.nodes if node.selection_set]
            field.subfields[of.name] = self.selection(of, sets)
        return field.subfields[of.name]

    def field(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Field:
        definition = self.schema.get_field(parent, nodes[0].name.value)
        assert definition is not None, "validation has seen that there is such a field"
        field = Field(
            key, parent, definition, nodes, _unresolved, value_of(self.schema, definition.type), len(self.asks)
        )
        field.attribute = resolving.attribute_of(definition)
        field.constant = parent.name if field.name == resolving.TYPE_NAME else None
        self.function(field)
        field.resolve = resolving.bind(field)
        for of in self.possible_types(field.value):
            self.subselect(field, of)
        if field.value.items is not None:
            field.value.read_list = straight.list_reader(field, field.value, self.subselect)
        return field

    def possible_types(self, value: Value) -> Iterable[GraphQLObjectType]:
        # All of them before it runs, for the arguments of what is asked of them are worked out before it runs.
        if value.items is not None:
            return self.possible_types(value.items)
        if value.is_abstract:
            return self.schema.get_possible_types(value.named)
        return [value.named] if isinstance(value.named, GraphQLObjectType) else []

    def function(self, field: Field) -> None:
        function = resolving.function_of(field.definition)
        if function is None:
            return
        self.asks.append(field)
        asked = resolving.ask_of(field.definition, function)
        if asked.info_name is None and not resolving.is_async(field.definition):
            field.call = function
        else:
            field.ask = asked


def value_of(schema: GraphQLSchema, of: GraphQLOutputType) -> Value:
    """What a value of this type must be."""
    required = isinstance(of, GraphQLNonNull)
    bare: Any = of.of_type if isinstance(of, GraphQLNonNull) else of
    if isinstance(bare, GraphQLList):
        return Value(required, items=value_of(schema, bare.of_type))
    if is_leaf_type(bare):
        return Value(required, leaf=_leaf(bare), named=bare)
    if is_abstract_type(bare):
        return Value(required, named=bare, is_abstract=True, classes=_classes(schema, bare))
    return Value(required, named=bare, origin=_origin(bare), fits=bare.is_type_of)


def _leaf(of: GraphQLLeafType) -> Any:
    coerce = of.coerce_output_value

    def completed(result: Any) -> Any:
        coerced = coerce(result)
        if coerced is None or coerced is Undefined:
            raise TypeError(
                f"Expected `{inspect(of)}.coerce_output_value({inspect(result)})` to return non-nullable value, "
                f"returned: {inspect(coerced)}"
            )
        return coerced

    return completed


def _origin(of: GraphQLObjectType) -> type | None:
    # The class whose instances are of this type, when nobody has to be asked whether they are.
    definition = of.extensions.get(resolving.DEFINITION)
    if definition is None or definition.is_type_of is not None:
        return None
    found: type = (definition.concrete_of or definition).origin
    return found


def _classes(schema: GraphQLSchema, interface: Any) -> Mapping[type, GraphQLObjectType]:
    # Strawberry takes an instance of a class that is one of the interface's types for just that, unless it was cast.
    definition = interface.extensions.get(resolving.DEFINITION)
    if not is_interface_type(interface) or definition is None or definition.resolve_type is not None:
        return {}
    types = ((of, of.extensions.get(resolving.DEFINITION)) for of in schema.get_possible_types(interface))
    return {own.origin: of for of, own in types if own is not None and _is_plain(of, own, definition.origin)}


def _is_plain(of: GraphQLObjectType, own: Any, interface: type) -> bool:
    generic = own.concrete_of is not None or own.is_graphql_generic
    judged_by_class = of.is_type_of is not None and own.is_type_of is None and issubclass(own.origin, interface)
    return judged_by_class and not generic and own.name == of.name and own.origin.__strawberry_definition__ is own


def _unread(*_: Any) -> Any:
    raise AssertionError("a selection is read when it is whole")


def _unresolved(*_: Any) -> Any:
    raise AssertionError("a field is resolved when it is bound")
