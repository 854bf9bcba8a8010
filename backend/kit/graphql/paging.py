"""Pages by keyset: a cursor holds the sort key of its row, so a page costs the same however deep it is."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry
from graphql import GraphQLError

T = TypeVar("T")
Position = tuple[Any, ...]
Fetch = Callable[[Position | None, int], Awaitable[Sequence[tuple[Position, T]]]]
PAGE_DEFAULT = 20
MEMBER_PAGE_MAX = 50
OPERATOR_PAGE_MAX = 100
CURSOR_LENGTH_MAX = 400


@strawberry.type(description="Where a page stands among the others.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow: ask again with `after: endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether this page came after a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")


@strawberry.type(description="One row of a page.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Opaque; stays valid while rows come and go around it.")
    node: T = strawberry.field(description="The thing itself.")


@strawberry.type(description="One page; its order is the field's, and stable.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


async def page(
    first: int | None, after: str | None, limit_max: int, fetch: Fetch[T], *, by: tuple[type[Any], ...]
) -> Connection[T]:
    """The `first` rows (null: 20) after the cursor, at most `limit_max`.

    `fetch(position, count)` reads up to `count` rows that follow `position` (None: from the start) and gives each
    with its own position: the values it is sorted by, as many and of the kinds that `by` says (int, str, bool,
    datetime, UUID). Nonsense in `first` or `after` is a GraphQL error with the code BAD_USER_INPUT.
    """
    count = how_many(first, limit_max)
    found = await fetch(_position(after, by) if after is not None else None, count + 1)
    edges = [Edge(cursor=_cursor(position), node=node) for position, node in found[:count]]
    info = PageInfo(
        has_next_page=len(found) > count,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=info)


def how_many(first: int | None, limit_max: int) -> int:
    """`first` as a number that may be asked for; null is PAGE_DEFAULT. A GraphQL error with BAD_USER_INPUT else."""
    count = PAGE_DEFAULT if first is None else first
    if not 1 <= count <= limit_max:
        raise _nonsense("first", f"Ask for 1 to {limit_max} at a time, not {count}.")
    return count


def _cursor(position: Position) -> str:
    return urlsafe_b64encode(orjson.dumps([_plain(value) for value in position])).decode().rstrip("=")


def _position(cursor: str, by: tuple[type[Any], ...]) -> Position:
    try:
        if len(cursor) > CURSOR_LENGTH_MAX:
            raise ValueError
        values = orjson.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if not isinstance(values, list):
            raise TypeError
        return tuple(_value(value, kind) for value, kind in zip(values, by, strict=True))
    except (ValueError, TypeError, binascii.Error):
        raise _nonsense("after", "This cursor is not from here.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value


def _value(value: Any, kind: type[Any]) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if kind is UUID:
        return UUID(value)
    # A number the database cannot hold would be its error, not the caller's.
    if type(value) is not kind or (kind is int and abs(value) >= 2**63):
        raise TypeError
    return value


def _nonsense(field: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT", "field": field})
