"""How a refusal looks on the wire: an interface with one type per reason, so that a screen can say more than no."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Self, TypeVar, dataclass_transform

import strawberry

from backend.kit.errors import InvalidInput, NotFound, Overtaken, Refused
from backend.kit.rate_limit import TooManyRequests

Type = TypeVar("Type", bound="Refusal")


@strawberry.interface(description="The business said no: nothing changed, and nothing of the key was used up.")
class Refusal:
    code: str = strawberry.field(description="Stable, for programs: INSUFFICIENT_POINTS, OUT_OF_STOCK …")
    message: str = strawberry.field(description="One plain English sentence. A screen words it anew from the code.")

    @classmethod
    def of(cls, refused: Any) -> Self:
        """The refusal as its own type: fields are read from the exception's attributes of the same name.

        Override it where an attribute needs a view of its own.
        """
        extra = {field.name: getattr(refused, field.name) for field in fields(cls) if field.name not in SHARED}
        return cls(code=refused.code, message=str(refused), **extra)


SHARED = {"code", "message"}
_types: dict[type[Refused], type[Refusal]] = {}


@dataclass_transform(field_specifiers=(strawberry.field,), kw_only_default=True)
def refusal(exception: type[Refused]) -> Callable[[type[Type]], type[Type]]:
    """Give a refusal its type on the wire; it is named after the exception and described by its docstring.

    @refusal(posting.InsufficientPoints)
    class InsufficientPoints(Refusal):
        missing: Points = strawberry.field(description="…")
    """

    def register(cls: type[Type]) -> type[Type]:
        assert exception not in _types, f"{exception.__name__} has a type already"
        described = " ".join((exception.__doc__ or "").split())
        _types[exception] = strawberry.type(cls, name=exception.__name__, description=described)
        return cls

    return register


def refusal_of(refused: Refused) -> Refusal:
    """The refusal as data. A refusal nobody gave a type is a bug."""
    for cls in type(refused).__mro__:
        if cls in _types:
            return _types[cls].of(refused)
    raise AssertionError(f"{type(refused).__name__} has no GraphQL type") from refused


def refusal_types() -> tuple[type[Refusal], ...]:
    """Every type there is, for the schema: no field names them, only the interface."""
    return tuple(_types.values())


@refusal(InvalidInput)
class _InvalidInput(Refusal):
    field: str = strawberry.field(description="Which field of the input it is about.")


@refusal(NotFound)
class _NotFound(Refusal):
    pass


@refusal(Overtaken)
class _Overtaken(Refusal):
    pass


@refusal(TooManyRequests)
class _TooManyRequests(Refusal):
    retry_after_seconds: int = strawberry.field(description="Whole seconds to wait before the next try.")
