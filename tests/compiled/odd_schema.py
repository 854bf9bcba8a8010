"""A schema whose every answer may be odd: null, an error, something to wait for, of another class; by seed and place.

The same seed gives the same oddities at the same places, so that two executors can be asked the same.
"""

# mypy: disable-error-code="no-any-return,untyped-decorator"
# Its answers are of any kind, on purpose.

import asyncio
import random
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum
from typing import Any, NewType

import strawberry
from strawberry.schema.config import StrawberryConfig

SEED: ContextVar[tuple[int, float]] = ContextVar("the seed, and how odd it is", default=(0, 0.0))
Points = NewType("Points", int)
POINTS = strawberry.scalar(name="Points", serialize=lambda value: value + 1 if isinstance(value, int) else int("no"))
LONG_MAX = 3
TURNS_MAX = 3


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.enum
class Shade(Enum):
    LIGHT = "light"
    DARK = strawberry.enum_value("dark", name="GLOOMY")


class Odd:
    """An object whose attributes are made up when they are read."""

    key: strawberry.Private[str]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in ATTRIBUTES:
            raise AttributeError(name)
        return answer(f"{self.key}.{name}", *ATTRIBUTES[name])


@strawberry.interface
class Named(Odd):
    text: str
    maybe_text: str | None


@strawberry.type
class Cup(Named):
    number: int
    maybe_number: int | None
    ratio: float | None
    true: bool
    colour: Colour
    maybe_colour: Colour | None
    shade: Shade | None
    points: Points
    maybe_points: Points | None
    texts: list[str]
    maybe_texts: list[str | None] | None
    rows: list[list[int | None]] | None
    cup: "Cup"
    maybe_cup: "Cup | None"
    cups: "list[Cup]"
    maybe_cups: "list[Cup | None] | None"
    named: Named | None
    things: "list[Cup | Plate]"
    maybe_things: "list[Cup | Plate | None] | None"

    @strawberry.field
    def said(self, times: int = 1, colour: Colour | None = None, loud: bool = False) -> str:
        return answer(f"{self.key}.said{times}{colour}{loud}", "text", 1)

    @strawberry.field
    def within(self, info: strawberry.Info, number: int) -> "Cup | None":
        return answer(f"{self.key}.{info.path.key}{number}", "cup", 0)

    @strawberry.field
    async def late(self, number: int = 0) -> "Cup | None":
        return await turns(f"{self.key}.late{number}", "cup", 0)

    @strawberry.field
    async def late_number(self) -> int:
        return await turns(f"{self.key}.late_number", "number", 1)

    @strawberry.field
    async def late_cups(self, info: strawberry.Info, first: int = 2) -> "list[Cup]":
        return await turns(f"{self.key}.{info.path.key}{first}", "cups", 1)

    @strawberry.field
    async def late_things(self) -> "list[Cup | Plate | None]":
        return await turns(f"{self.key}.late_things", "things", 1)


@strawberry.type
class Plate(Named):
    flat: float | None
    cup: Cup | None


class Sometimes(strawberry.BasePermission):
    message = "not today"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return chance(f"{info.path.key}").random() < 0.7


@strawberry.input
class Wish:
    number: int = 1
    texts: list[str] | None = None


@strawberry.type
class Query:
    @strawberry.field
    def cup(self, number: int = 0) -> Cup | None:
        return answer(f"cup{number}", "cup", 0)

    @strawberry.field
    async def cups(self, first: int = 2) -> list[Cup]:
        return await turns(f"cups{first}", "cups", 1)

    @strawberry.field
    async def things(self) -> list[Cup | Plate] | None:
        return await turns("things", "things", 0)

    @strawberry.field
    def named(self) -> list[Named | None]:
        return answer("named", "things", 1)

    @strawberry.field(permission_classes=[Sometimes])
    async def allowed(self) -> str | None:
        return await turns("allowed", "text", 0)

    @strawberry.field
    def wished(self, wish: Wish, more: list[int] | None = None) -> str:
        return f"{wish.number}{wish.texts}{more}"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def fill(self, number: int = 0) -> Cup | None:
        return await turns(f"fill{number}", "cup", 0)

    @strawberry.mutation
    def empty(self, number: int = 0) -> Cup:
        return answer(f"empty{number}", "cup", 1)


def chance(place: str) -> random.Random:
    """What happens at this place."""
    return random.Random(f"{SEED.get()[0]}:{place}")


def answer(place: str, kind: str, required: int) -> Any:
    """A value of this kind, or something odd."""
    happens = chance(place)
    if happens.random() < SEED.get()[1]:
        return happens.choice(ODDITIES)(place, kind, required)
    if not required and happens.random() < 0.1:
        return None
    return VALUES[kind](place, happens)


async def turns(place: str, kind: str, required: int) -> Any:
    """`answer`, some turns of the loop later."""
    for _ in range(chance(f"{place}~").randrange(TURNS_MAX)):
        await asyncio.sleep(0)
    return answer(place, kind, required)


def a_cup(place: str, happens: random.Random) -> Cup:
    return an_object(Cup, place)


def a_thing(place: str, happens: random.Random) -> Cup | Plate:
    found = an_object(happens.choice((Cup, Plate)), place)
    # Taken for another type than its class says, or for the interface, which says nothing.
    return strawberry.cast(happens.choice((Cup, Plate, Named)), found) if happens.random() < 0.2 else found


def an_object(of: Any, place: str) -> Any:
    made = of.__new__(of)
    made.key = place
    return made


def some(one: Callable[[str, random.Random], Any]) -> Callable[[str, random.Random], Any]:
    def make(place: str, happens: random.Random) -> Any:
        found = [item(f"{place}[{index}]", one) for index in range(happens.randrange(LONG_MAX + 1))]
        return found if happens.random() < 0.8 else tuple(found) if happens.random() < 0.5 else iter(found)

    return make


def item(place: str, one: Callable[[str, random.Random], Any]) -> Any:
    happens = chance(place)
    if happens.random() < SEED.get()[1]:
        return happens.choice((None, ValueError(f"an item at {place}"), later(place, one), "odd"))
    return one(place, happens)


async def later(place: str, one: Callable[[str, random.Random], Any]) -> Any:
    await asyncio.sleep(0)
    return one(place, chance(place))


def _raise(place: str, kind: str, required: int) -> Any:
    raise ValueError(f"an error at {place}")


async def _raise_later(place: str, kind: str, required: int) -> Any:
    await asyncio.sleep(0)
    raise ValueError(f"a late error at {place}")


async def _value_later(place: str, kind: str, required: int) -> Any:
    await asyncio.sleep(0)
    return VALUES[kind](place, chance(place))


ODDITIES: tuple[Callable[[str, str, int], Any], ...] = (
    _raise,
    _raise_later,
    _value_later,
    lambda place, kind, required: None,
    lambda place, kind, required: ValueError(f"returned at {place}"),
    lambda place, kind, required: 2**40,
    lambda place, kind, required: object,
)
VALUES: dict[str, Callable[[str, random.Random], Any]] = {
    "text": lambda place, happens: f"text at {place}",
    "number": lambda place, happens: happens.choice((0, -7, 2**31 - 1)),
    "ratio": lambda place, happens: happens.choice((0.5, 3, -1.25)),
    "true": lambda place, happens: happens.random() < 0.5,
    "colour": lambda place, happens: happens.choice(list(Colour)),
    "shade": lambda place, happens: happens.choice(list(Shade)),
    "cup": a_cup,
    "texts": some(lambda place, happens: place),
    "rows": some(some(lambda place, happens: happens.randrange(9))),
    "cups": some(a_cup),
    "thing": a_thing,
    "things": some(a_thing),
}
ATTRIBUTES: dict[str, tuple[str, int]] = {
    "text": ("text", 1),
    "maybe_text": ("text", 0),
    "number": ("number", 1),
    "maybe_number": ("number", 0),
    "ratio": ("ratio", 0),
    "flat": ("ratio", 0),
    "true": ("true", 1),
    "colour": ("colour", 1),
    "maybe_colour": ("colour", 0),
    "shade": ("shade", 0),
    "points": ("number", 1),
    "maybe_points": ("number", 0),
    "texts": ("texts", 1),
    "maybe_texts": ("texts", 0),
    "rows": ("rows", 0),
    "cup": ("cup", 1),
    "maybe_cup": ("cup", 0),
    "cups": ("cups", 1),
    "maybe_cups": ("cups", 0),
    "named": ("thing", 0),
    "things": ("things", 1),
    "maybe_things": ("things", 0),
}


def a_schema(**more: Any) -> strawberry.Schema:
    """The schema, run by Strawberry's own executor unless told otherwise."""
    config = StrawberryConfig(scalar_map={Points: POINTS})
    return strawberry.Schema(Query, Mutation, types=[Plate], config=config, **more)
