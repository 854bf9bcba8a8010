"""What a query costs: one for a value, two for an object, times how many of them are asked for."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    get_nullable_type,
)

from backend.kit.graphql.limits import INTROSPECTION, fragments_of

COST_MAX = 10_000
VALUE_COST = 1
OBJECT_COST = 2
INTROSPECTION_COST = 1_000
LIST_GUESS = 10
"""How long a list is taken to be when nothing says."""
PAGE_GUESS = 20


def cost_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> int:
    """About how many fields will be resolved. The document must be valid: fragments in a ring would never end."""
    root = schema.get_root_type(operation.operation)
    return _Weighing(schema, document, operation, variables).selections(operation.selection_set, root)


class _Weighing:
    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self.schema, self.fragments = schema, fragments_of(document)
        self.variables = {**_defaults(operation), **variables}
        self.known: dict[str, int] = {}

    def selections(self, selections: SelectionSetNode, parent: Any) -> int:
        return sum(self.selection(node, parent) for node in selections.selections)

    def selection(self, node: Any, parent: Any) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            named = node.type_condition
            return self.selections(node.selection_set, self.schema.get_type(named.name.value) if named else parent)
        assert isinstance(node, FieldNode)
        return self.field(node, parent)

    def fragment(self, name: str) -> int:
        if name not in self.known:
            found = self.fragments[name]
            parent = self.schema.get_type(found.type_condition.name.value)
            self.known[name] = self.selections(found.selection_set, parent)
        return self.known[name]

    def field(self, node: FieldNode, parent: Any) -> int:
        if node.name.value in INTROSPECTION:
            return INTROSPECTION_COST
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None or node.selection_set is None:
            return VALUE_COST
        inside = self.selections(node.selection_set, get_named_type(definition.type))
        return OBJECT_COST + self.how_many(node, definition) * inside

    def how_many(self, node: FieldNode, definition: GraphQLField) -> int:
        if "first" in definition.args:
            return self.first(node, definition)
        # The edges of a page were counted by the field that asked for the page.
        is_list = isinstance(get_nullable_type(definition.type), GraphQLList)
        return LIST_GUESS if is_list and node.name.value != "edges" else 1

    def first(self, node: FieldNode, definition: GraphQLField) -> int:
        given = next((argument.value for argument in node.arguments or () if argument.name.value == "first"), None)
        wanted: Any = None
        if isinstance(given, IntValueNode):
            wanted = int(given.value)
        elif isinstance(given, VariableNode):
            wanted = self.variables.get(given.name.value)
        if wanted is None:
            wanted = default_of(definition)
        return max(1, wanted) if type(wanted) is int else PAGE_GUESS


def default_of(definition: GraphQLField) -> Any:
    """What `first` is when it is not given."""
    value = definition.args["first"].default_value
    return PAGE_GUESS if value is Undefined else value


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        node.variable.name.value: int(node.default_value.value)
        for node in operation.variable_definitions or ()
        if isinstance(node.default_value, IntValueNode)
    }
