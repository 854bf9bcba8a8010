"""From a mutation to a verb and back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from backend.kit import db
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.kit.graphql.refusals import Refusal, refusal_of

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What a verb came to: `value` or `refusal`; `replayed` when the same key had done it before."""

    value: T | None = None
    refusal: Refusal | None = None
    replayed: bool = False


@overload
async def perform(verb: Callable[..., Awaitable[Done[T]]], /, **kwargs: Any) -> Outcome[T]: ...
@overload
async def perform(verb: Callable[..., Awaitable[T]], /, **kwargs: Any) -> Outcome[T]: ...
async def perform(verb: Callable[..., Awaitable[Any]], /, **kwargs: Any) -> Outcome[Any]:
    """`db.transact`, with a refusal turned into data instead of a GraphQL error."""
    try:
        result = await db.transact(verb, **kwargs)
    except Refused as refused:
        return Outcome(refusal=refusal_of(refused))
    if isinstance(result, Done):
        return Outcome(value=result.value, replayed=result.replayed)
    return Outcome(value=result)
