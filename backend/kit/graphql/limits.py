"""How much an ad hoc query may ask for, judged before anything costly is done with it.

The text is counted first: validation compares fields with one another, so a flood must never reach it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

TOKENS_MAX = 1_000
DEPTH_MAX = 12
FIELDS_MAX = 300
ALIASES_MAX = 20
DIRECTIVES_MAX = 20
FRAGMENTS_MAX = 50
REPEATS_MAX = 5
ROOT_FIELDS_MAX = 10
OPERATIONS_MAX = 10
INTROSPECTION = {"__schema", "__type"}

Fragments = dict[str, FragmentDefinitionNode]


def beyond(document: DocumentNode) -> GraphQLError | None:
    """The first limit the document goes past, if any."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = fragments_of(document)
    for what, found, most in (
        ("operations", len(operations), OPERATIONS_MAX),
        *_counted(document),
        ("root fields", max((_root_fields(node, fragments) for node in operations), default=0), ROOT_FIELDS_MAX),
        ("levels", _deepest(operations, fragments), DEPTH_MAX),
    ):
        if found > most:
            return too_much(f"{found} {what}, and {most} are the most.")
    return None


def too_much(message: str) -> GraphQLError:
    """The error for a query that asks for more than it may."""
    return GraphQLError(f"This query asks for too much: {message}", extensions={"code": "QUERY_TOO_LARGE"})


def fragments_of(document: DocumentNode) -> Fragments:
    """The document's fragments by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def _counted(document: DocumentNode) -> Iterator[tuple[str, int, int]]:
    nodes = list(_all(document))
    selected = [node for node in nodes if isinstance(node, FieldNode)]
    yield "fields", len(selected), FIELDS_MAX
    yield "aliases", sum(node.alias is not None for node in selected), ALIASES_MAX
    yield "directives", sum(len(getattr(node, "directives", None) or ()) for node in nodes), DIRECTIVES_MAX
    spread = sum(isinstance(node, FragmentSpreadNode | InlineFragmentNode) for node in nodes)
    yield "fragments", spread, FRAGMENTS_MAX
    sets = (node for node in nodes if isinstance(node, SelectionSetNode))
    yield "repeats of one field", max((_repeats(node) for node in sets), default=0), REPEATS_MAX


def _all(document: DocumentNode) -> Iterator[Node]:
    # A stack, not recursion: how deep it goes is what we are about to find out.
    waiting: list[Node] = list(document.definitions)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, SelectionSetNode):
            waiting.extend(node.selections)
        elif selections := getattr(node, "selection_set", None):
            waiting.append(selections)


def _repeats(selections: SelectionSetNode) -> int:
    names = Counter(_key(node) for node in selections.selections if isinstance(node, FieldNode))
    return max(names.values(), default=0)


def _key(node: FieldNode) -> str:
    return (node.alias or node.name).value


def _root_fields(operation: OperationDefinitionNode, fragments: Fragments) -> int:
    return sum(1 for _ in _fields(operation.selection_set, fragments, set()))


def _fields(selections: SelectionSetNode, fragments: Fragments, seen: set[str]) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments and node.name.value not in seen:
            seen.add(node.name.value)
            yield from _fields(fragments[node.name.value].selection_set, fragments, seen)


def _deepest(operations: Iterable[OperationDefinitionNode], fragments: Fragments) -> int:
    known: dict[str, int] = {}
    return max((_depth(node.selection_set, fragments, known) for node in operations), default=0)


def _depth(selections: SelectionSetNode, fragments: Fragments, known: dict[str, int]) -> int:
    deepest = 0
    for node in selections.selections:
        if isinstance(node, FragmentSpreadNode):
            deepest = max(deepest, _fragment_depth(node.name.value, fragments, known))
        elif isinstance(node, InlineFragmentNode):
            deepest = max(deepest, _depth(node.selection_set, fragments, known))
        elif isinstance(node, FieldNode):
            # Introspection has a depth rule of its own, which counts what can really grow.
            below = node.selection_set if node.name.value not in INTROSPECTION else None
            deepest = max(deepest, 1 + (_depth(below, fragments, known) if below else 0))
    return deepest


def _fragment_depth(name: str, fragments: Fragments, known: dict[str, int]) -> int:
    if name not in known:
        known[name] = 0  # A fragment inside itself is validation's to refuse; here it must only end.
        known[name] = _depth(fragments[name].selection_set, fragments, known) if name in fragments else 0
    return known[name]
