"""Which subscriptions one execution may serve many with: only those whose answer cannot depend on who asks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import strawberry
from strawberry.permission import BasePermission

from backend.kit.graphql import SHARED, Info, Locale
from backend.kit.graphql.guarding import GuardedSchema
from backend.kit.graphql.sharing import Sharing


class Anybody(BasePermission):
    """Lets everybody in, but it is asked."""

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        """Whether she may."""
        return True


@strawberry.type
class Bell:
    tone: str = "C"

    @strawberry.field
    def word(self, locale: Locale) -> str:
        """For everybody who reads that language."""
        return locale.value

    @strawberry.field
    def mine(self, info: Info) -> bool:
        """Whether it is hers who asks."""
        return info.context.identity.member_id is None

    @strawberry.field(permission_classes=[Anybody])  # type: ignore[untyped-decorator]
    def guarded(self) -> str:
        """For whom the guard lets in."""
        return "in"

    @strawberry.field
    def inner(self) -> "Bell":
        """Another one."""
        return Bell()


@strawberry.type
class Query:
    @strawberry.field
    def bell(self) -> Bell:
        """One."""
        return Bell()


@strawberry.type
class Subscription:
    @strawberry.subscription(metadata=SHARED)  # type: ignore[untyped-decorator]
    async def bell(self, key: int = 0) -> AsyncIterator[Bell]:
        """For all."""
        yield Bell()

    @strawberry.subscription
    async def own_bell(self) -> AsyncIterator[Bell]:
        """It does not say that it is for all."""
        yield Bell()

    @strawberry.subscription(metadata=SHARED)  # type: ignore[untyped-decorator]
    async def her_bell(self, info: Info) -> AsyncIterator[Bell]:
        """It says it is for all, and asks who she is."""
        yield Bell()


SCHEMA = GuardedSchema(Query, subscription=Subscription)


@pytest.fixture
def sharing() -> Sharing:
    return Sharing(SCHEMA._schema, SCHEMA.documents)


@pytest.mark.parametrize(
    "query",
    [
        "subscription { bell { tone } }",
        "subscription { other: bell { tone t: tone __typename inner { tone } } }",
        "subscription($key: Int!) { bell(key: $key) { ...Parts } } fragment Parts on Bell { tone word(locale: EN) }",
    ],
)
def test_what_nobody_in_it_can_ask_for_whom_is_shared(sharing: Sharing, query: str) -> None:
    assert sharing.asked({"query": query}) is not None


@pytest.mark.parametrize(
    "query",
    [
        "subscription { ownBell { tone } }",
        "subscription { herBell { tone } }",
        "subscription { bell { tone mine } }",
        "subscription { bell { inner { inner { m: mine } } } }",
        "subscription { bell { ... on Bell { ...Parts } } } fragment Parts on Bell { mine }",
        "subscription { bell { tone mine @skip(if: true) } }",
        "subscription { bell { guarded } }",
        "{ bell { tone } }",
        "subscription { bell { nothing } }",
        "subscription {",
        "sha256:0000",
        "",
        7,
    ],
)
def test_everything_else_runs_for_each_caller_on_its_own(sharing: Sharing, query: Any) -> None:
    assert sharing.asked({"query": query}) is None


def test_only_what_is_the_same_to_the_letter_is_the_same(sharing: Sharing) -> None:
    text = "subscription($key: Int = 0) { bell(key: $key) { tone } }"
    both = "subscription A { bell { tone } } subscription B { bell { word(locale: EN) } }"
    payloads: list[dict[str, Any]] = [
        {"query": text},
        {"query": text + " "},
        {"query": text, "variables": {"key": 1}},
        {"query": text, "variables": {"key": True}},
        {"query": text, "variables": {"key": "1"}},
        {"query": text, "variables": {"key": None}},
        {"query": text.replace("bell", "b: bell", 1)},
        {"query": both, "operationName": "A"},
        {"query": both, "operationName": "B"},
    ]
    found = [sharing.asked(payload) for payload in payloads]
    assert None not in found and len(set(found)) == len(payloads)
    assert sharing.asked({"query": text, "variables": {"key": 1}}) == found[2]


def test_the_order_in_which_variables_come_says_nothing(sharing: Sharing) -> None:
    text = "subscription { bell { tone } }"
    one, other = (
        {"query": text, "variables": given}
        for given in ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1})
    )
    assert sharing.asked(one) == sharing.asked(other)


def test_who_names_no_operation_of_two_is_not_answered_here(sharing: Sharing) -> None:
    assert sharing.asked({"query": "subscription A { bell { tone } } subscription B { bell { tone } }"}) is None
