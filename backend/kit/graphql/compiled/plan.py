"""A plan: what there is to know of an operation before it runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import FieldNode, GraphQLField, GraphQLObjectType

Place = tuple[Any, str | int, str | None]
"""Where in the answer a value stands: where that stands which it is of (a place, or None), its key there, and the type
whose field it is (None: it is an item of a list). A tuple and no more, for nearly all are made in vain."""


def keys(place: Place) -> list[str | int]:
    """The path from the top, as errors show it."""
    found: list[str | int] = []
    above: Place | None = place
    while above is not None:
        above, key, _ = above
        found.append(key)
    return found[::-1]


class Resolve(Protocol):
    """How a field's value is got from the object it is asked of."""

    def __call__(self, run: Any, source: Any, place: Place, /) -> Any:
        """The value, or something to wait for."""


@dataclass(slots=True, eq=False)
class Value:
    """What a value must be. `required`: null is an error. One of `items`, `selections`, `leaf` says the rest.

    `origin`: the class whose instances need no further question.
    """

    required: bool
    leaf: Callable[[Any], Any] | None = None
    items: "Value | None" = None
    named: Any = None
    """Its type without lists and non-null."""
    is_abstract: bool = False
    classes: Mapping[type, GraphQLObjectType] = field(default_factory=dict)
    """For an abstract type: the classes whose instances are of one of its types for certain, unless they were cast."""
    origin: type | None = None
    fits: Callable[[Any, Any], Any] | None = None
    """Asked of instances of `origin` as well, because they may have been cast to another type."""
    read_list: Callable[..., Any] | None = None
    """For a list: reads all its items, made by `straight`."""


@dataclass(slots=True, eq=False)
class Field:
    """One field of the answer."""

    key: str
    parent: GraphQLObjectType
    definition: GraphQLField
    nodes: list[FieldNode]
    resolve: Resolve
    value: Value
    number: int
    attribute: str | None = None
    """Its value is this attribute of the object."""
    call: Callable[..., Any] | None = None
    """Its value is what this function makes of the object and the field's arguments, at once."""
    ask: "Ask | None" = None
    """Its value is what this function answers, which may be something to wait for."""
    constant: str | None = None
    """Its value is always this."""
    subfields: "dict[str, Selection]" = field(default_factory=dict)
    """What is asked of its value, by object type."""

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.nodes[0].name.value


@dataclass(frozen=True, slots=True)
class Ask:
    """A function that wants to know where it is, or is a coroutine's."""

    function: Callable[..., Any]
    info_name: str | None
    """The parameter by which it asks where it is."""
    definition: Any
    """Strawberry's field."""
    begins: bool
    """Whether to begin it where it is met, see `beginning`."""


@dataclass(slots=True, eq=False)
class Selection:
    """The fields asked of one object type. `read(run, source, place)` reads them all."""

    type: GraphQLObjectType
    fields: list[Field]
    read: Callable[..., Any]


@dataclass(slots=True, eq=False)
class Plan:
    """An operation under one choice of its conditions."""

    root: Selection
    is_mutation: bool
    asks: list[Field]
    """The fields whose functions are called with arguments, worked out once before it runs."""
    subselect: Callable[[Field, GraphQLObjectType], Selection]
    arguments: dict[tuple[Any, ...], Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Arguments worked out before, by the values of the variables."""
