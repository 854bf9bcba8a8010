"""From a mutation to a verb and back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from backend.kit import audit, db, metrics
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, Refused
from backend.kit.graphql.asking import Info, operator_of
from backend.kit.graphql.refusals import Refusal, refusal_of
from backend.kit.rush import Together

T = TypeVar("T")
REFUSALS = metrics.Tally("mall_refusals", "What mutations were refused, by the refusal's code.", "code")


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
    return await _outcome(lambda: db.transact(verb, **kwargs), kwargs)


async def perform_together(together: Together, alone: Callable[..., Awaitable[Done[T]]], /, wish: Any) -> Outcome[T]:
    """`perform` for what many may want at once: by `db.transact_together`."""
    return await _outcome(lambda: db.transact_together(together, alone, wish), vars(wish))


async def perform_in_line(hot: str, verb: Callable[..., Awaitable[Done[T]]], /, **kwargs: Any) -> Outcome[T]:
    """`perform` for a verb that wants the row `hot`, as many may at once: by `db.transact_in_line`."""
    return await _outcome(lambda: db.transact_in_line(hot, verb, **kwargs), kwargs)


async def perform_in_turn(hot: str, verb: Callable[..., Awaitable[Done[T]]], /, **kwargs: Any) -> Outcome[T]:
    """`perform` for a verb that locks the row `hot` first, as many may at once: by `db.transact_in_turn`."""
    return await _outcome(lambda: db.transact_in_turn(hot, verb, **kwargs), kwargs)


async def _outcome(act: Callable[[], Awaitable[Any]], given: Mapping[str, Any]) -> Outcome[Any]:
    try:
        _storable(given)
        result = await act()
    except Refused as refused:
        REFUSALS.add(refused.code)
        return Outcome(refusal=refusal_of(refused))
    if isinstance(result, Done):
        return Outcome(value=result.value, replayed=result.replayed)
    return Outcome(value=result)


@overload
async def perform_audited(
    info: Info, subject: audit.Subject, verb: Callable[..., Awaitable[Done[T]]], /, **kwargs: Any
) -> Outcome[T]: ...
@overload
async def perform_audited(
    info: Info, subject: audit.Subject, verb: Callable[..., Awaitable[T]], /, **kwargs: Any
) -> Outcome[T]: ...
async def perform_audited(
    info: Info, subject: audit.Subject, verb: Callable[..., Awaitable[Any]], /, **kwargs: Any
) -> Outcome[Any]:
    """`perform` for an operator's mutation: who did this to `subject`, before and after, is one commit with the act.

    The act is named after the mutation; its reason is the verb's argument `reason`, if it takes one. What is refused
    or replayed leaves no record. A GraphQL error with the code FORBIDDEN for everyone but operators.
    """
    act = audit.Act(
        actor=f"operator:{operator_of(info)}",
        name=info.field_name,
        request_id=info.context.request_id,
        reason=kwargs.get("reason"),
    )
    return await perform(audit.audited, act=act, subject=subject, verb=verb, named=kwargs)


def _storable(value: Any, field: str = "input") -> None:
    # PostgreSQL keeps no NUL in a text: said here, it is a refusal like any other instead of the database's error.
    if isinstance(value, str) and "\0" in value:
        head, *rest = field.split("_")
        raise InvalidInput(head + "".join(word.capitalize() for word in rest), "A text cannot have a NUL in it.")
    if isinstance(value, Mapping):
        for name, item in value.items():
            _storable(item, str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            _storable(item, field)
