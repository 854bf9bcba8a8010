"""Ids that mean something everywhere, and types that several domains build together."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from backend.kit.errors import InvalidInput
from backend.kit.graphql.asking import Info

Finder = Callable[[Info, UUID], Awaitable[Any]]
_finders: dict[str, Finder] = {}
_assembled: dict[str, type[Any]] = {}


@strawberry.interface(description="Anything that can be read again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, stable, unique among everything in this mall.")


def global_id(kind: str, uuid: UUID) -> strawberry.ID:
    """The id of a thing on the wire: what it is and which one."""
    return strawberry.ID(urlsafe_b64encode(f"{kind}:".encode() + uuid.bytes).decode().rstrip("="))


def from_global_id(kind: str, given: str, *, field: str = "id") -> UUID:
    """The thing's own id. Raises InvalidInput when `given` is not the id of such a thing."""
    found, uuid = node_kind_and_id(given, field)
    if found != kind:
        raise InvalidInput(field, f"This is not the id of a {kind}.")
    return uuid


def node_from(kind: str) -> Callable[[Finder], Finder]:
    """Register how `node(id:)` reads such a thing for whoever asks: None when it is not there, or not hers to see."""

    def register(finder: Finder) -> Finder:
        _finders[kind] = finder
        return finder

    return register


async def find_node(info: Info, given: str) -> Any:
    """Whatever has this id, as far as the one who asks may see it. Raises InvalidInput."""
    kind, uuid = node_kind_and_id(given)
    return await _finders[kind](info, uuid) if kind in _finders else None


def assemble(name: str, cls: type[Any]) -> None:
    """Say which class the fragments of a type were merged into; the schema does this once."""
    _assembled[name] = cls


def assembled(name: str) -> type[Any]:
    """The class that all fragments of a type were merged into: `assembled("Member")(member_id=…)`."""
    return _assembled[name]


def node_kind_and_id(given: str, field: str = "id") -> tuple[str, UUID]:
    """What kind of thing an id of this API is about, and which one. Raises InvalidInput."""
    try:
        raw = urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4))
        kind, _, which = raw.partition(b":")
        return kind.decode("ascii"), UUID(bytes=which)
    except (ValueError, binascii.Error):
        raise InvalidInput(field, "This is not an id of this mall.") from None
