"""A subscription says what happened, however often its operation was run before."""

from collections.abc import AsyncIterator

import strawberry

from backend.kit.graphql.compiled import CompiledExecutor
from backend.kit.graphql.compiled.executor import WORTH_A_PLAN

NEWS = WORTH_A_PLAN + 3


@strawberry.type
class News:
    seq: int


@strawberry.type
class Query:
    nothing: int = 0


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def news(self) -> AsyncIterator[News]:
        for seq in range(NEWS):
            yield News(seq=seq)


async def test_every_piece_of_news_arrives_as_what_it_is() -> None:
    schema = strawberry.Schema(Query, subscription=Subscription, execution_context_class=CompiledExecutor)
    events = await schema.subscribe("subscription { news { seq } }")
    heard = [(event.data, event.errors) async for event in events]
    assert heard == [({"news": {"seq": seq}}, None) for seq in range(NEWS)]
