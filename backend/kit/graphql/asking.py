"""Who is asking, from where, and what her answer carries back besides data."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.dataloader import DataLoader

from backend.kit import gathering
from backend.kit.gathering import Found, Part, Rows, Wanted

K = TypeVar("K")
V = TypeVar("V")


class Identity(Protocol):
    """Who somebody proved to be; all None when nobody did."""

    @property
    def member_id(self) -> UUID | None:
        """The signed-in member."""

    @property
    def operator(self) -> str | None:
        """The operator's name."""

    @property
    def session_id(self) -> UUID | None:
        """The session on this device, where a cookie proved it."""


@dataclass(frozen=True)
class Nobody:
    """Nobody has signed in."""

    member_id: UUID | None = None
    operator: str | None = None
    session_id: UUID | None = None


@dataclass
class Context:
    """One request, or one websocket. Signing in replaces `identity`, so that the same answer may read on."""

    identity: Identity = field(default_factory=Nobody)
    ip: str = "127.0.0.1"
    user_agent: str | None = None
    secure: bool = False
    """Whether the member's browser came by https."""
    request_id: str = ""
    response_headers: list[tuple[str, str]] = field(default_factory=list)
    connection_params: dict[str, object] | None = None
    """What a websocket's first message carried."""
    cookie: str | None = None
    authorization: str | None = None
    """What she came in with: a websocket asks later whether it still holds."""
    ahead: Mapping[Part, Rows] = field(default_factory=dict)
    """Rows of whoever asks that were read together with the proof that it is she."""
    wanted: dict[Part, None] = field(default_factory=dict)
    """What was wanted of whoever asks."""
    _loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)

    def set_cookie(self, name: str, value: str, *, max_age_seconds: int) -> None:
        """Leave a cookie in the browser that no script can read and no other site can send."""
        cookie: SimpleCookie = SimpleCookie({name: value})
        cookie[name].update({"path": "/", "max-age": str(max_age_seconds), "samesite": "Strict"})
        cookie[name]["httponly"] = True
        if self.secure:
            cookie[name]["secure"] = True
        self.response_headers.append(("set-cookie", cookie[name].OutputString()))

    def clear_cookie(self, name: str) -> None:
        """Take a cookie back."""
        self.set_cookie(name, "", max_age_seconds=0)

    async def rows(self, key: UUID, parts: tuple[Part, ...]) -> Found:
        """What belongs to `key`, of each of `parts`: one statement with all that is wanted at the same moment."""
        if key == self.identity.member_id:
            for part in parts:
                self.wanted[part] = None
            found = [self.ahead.get(part) for part in parts] if self.ahead else [None]
            if None not in found:
                return cast("Found", tuple(found))
        return await self.load(gathering.gather, Wanted(key, parts))

    async def load(self, many: Callable[[list[K]], Awaitable[Sequence[V]]], key: K) -> V:
        """One value through `many`, which is asked once for all the keys wanted at the same moment.

        Nothing is remembered: an answer read after a mutation, or a second later on a websocket, is fresh.
        `many` gets each key once and answers in the order of the keys.
        """
        if many not in self._loaders:
            self._loaders[many] = DataLoader(load_fn=_each_once(many), cache=False)
        value: V = await self._loaders[many].load(key)
        return value


Info = strawberry.Info[Context, None]


def member_of(info: Info) -> UUID:
    """The signed-in member's id. A GraphQL error with the code UNAUTHENTICATED when nobody is signed in."""
    if info.context.identity.member_id is None:
        raise GraphQLError("Sign in first.", extensions={"code": "UNAUTHENTICATED"})
    return info.context.identity.member_id


def operator_of(info: Info) -> str:
    """The operator's name. A GraphQL error with the code FORBIDDEN for everyone else."""
    if info.context.identity.operator is None:
        raise GraphQLError("This is for operators.", extensions={"code": "FORBIDDEN"})
    return info.context.identity.operator


def _each_once(many: Callable[[list[K]], Awaitable[Sequence[V]]]) -> Callable[[list[K]], Awaitable[list[V]]]:
    async def load(keys: list[K]) -> list[V]:
        distinct = list(dict.fromkeys(keys))
        found = dict(zip(distinct, await many(distinct), strict=True))
        return [found[key] for key in keys]

    return load
