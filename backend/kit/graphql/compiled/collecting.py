"""Which fields a selection asks of an object type: CollectFields of the specification, section 6.3.2."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
    type_from_ast,
)

Fragments = Mapping[str, FragmentDefinitionNode]
Conditions = Mapping[str, Any]
"""What the variables named in `@skip` and `@include` are."""
CONDITIONAL = ("skip", "include")
UNDERSTOOD = (*CONDITIONAL, "oneOf", "deprecated")


class NotCompilable(Exception):
    """This operation says something that no plan can; it runs as it always did."""


def conditions_of(operation: OperationDefinitionNode, fragments: Fragments) -> tuple[str, ...]:
    """The variables that decide what is left out. Raises NotCompilable for directives that change how it is run."""
    if operation.directives:
        raise NotCompilable("the operation has a directive")
    names: dict[str, None] = {}
    sets = [operation.selection_set, *(fragment.selection_set for fragment in fragments.values())]
    if any(fragment.variable_definitions for fragment in fragments.values()):
        raise NotCompilable("a fragment has variables")
    for selection in _every(sets):
        for directive in selection.directives or ():
            names |= dict.fromkeys(_condition(directive))
    return tuple(names)


def collect(
    schema: GraphQLSchema,
    fragments: Fragments,
    conditions: Conditions,
    runtime_type: GraphQLObjectType,
    sets: Iterable[SelectionSetNode],
) -> dict[str, list[FieldNode]]:
    """The fields that `sets` ask of an object of `runtime_type`, by response name, in the order of the answer."""
    collector = _Collector(schema, fragments, conditions, runtime_type)
    for one in sets:
        collector.visit(one.selections)
    return collector.found


class _Collector:
    def __init__(
        self, schema: GraphQLSchema, fragments: Fragments, conditions: Conditions, runtime_type: GraphQLObjectType
    ) -> None:
        self.schema, self.fragments, self.conditions, self.runtime_type = schema, fragments, conditions, runtime_type
        self.found: dict[str, list[FieldNode]] = {}
        self.visited: set[str] = set()

    def visit(self, selections: Iterable[SelectionNode]) -> None:
        for selection in selections:
            if _left_out(selection, self.conditions):
                continue
            if isinstance(selection, FieldNode):
                name = selection.alias or selection.name
                self.found.setdefault(name.value, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                self.visit_fragment(selection)
            elif isinstance(selection, FragmentSpreadNode):
                self.spread(selection.name.value)

    def spread(self, name: str) -> None:
        fragment = self.fragments.get(name)
        if name not in self.visited and fragment is not None and self.fits(fragment):
            self.visited.add(name)
            self.visit(fragment.selection_set.selections)

    def visit_fragment(self, fragment: InlineFragmentNode) -> None:
        if self.fits(fragment):
            self.visit(fragment.selection_set.selections)

    def fits(self, fragment: FragmentDefinitionNode | InlineFragmentNode) -> bool:
        if fragment.type_condition is None:
            return True
        condition = type_from_ast(self.schema, fragment.type_condition)
        if condition is self.runtime_type:
            return True
        return is_abstract_type(condition) and self.schema.is_sub_type(condition, self.runtime_type)


def _every(sets: Iterable[SelectionSetNode]) -> Iterator[SelectionNode]:
    for one in sets:
        for selection in one.selections:
            yield selection
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                yield from _every([selection.selection_set])


def _condition(directive: DirectiveNode) -> Iterator[str]:
    if directive.name.value not in UNDERSTOOD:
        raise NotCompilable(f"@{directive.name.value} changes how it is run")
    for argument in directive.arguments or ():
        if isinstance(argument.value, VariableNode):
            yield argument.value.name.value


def _left_out(selection: SelectionNode, conditions: Conditions) -> bool:
    return any(_says(directive, conditions) for directive in selection.directives or ())


def _says(directive: DirectiveNode, conditions: Conditions) -> bool:
    if directive.name.value not in CONDITIONAL:
        return False
    (argument,) = directive.arguments or ()
    value: Any = argument.value
    holds = conditions[value.name.value] if isinstance(value, VariableNode) else value.value
    return bool(holds) == (directive.name.value == "skip")
