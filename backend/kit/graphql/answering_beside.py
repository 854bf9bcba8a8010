"""Which database answers a request: what is asked by GET changes nothing, so a replica may."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from backend.kit import db, replica
from backend.kit.graphql.asking import Context

T = TypeVar("T")
READS = {"GET", "HEAD"}


async def answered(method: str, context: Context, run: Callable[[], Awaitable[T]]) -> T:
    """What `run` comes to; run again, at the primary, if the replica went away under it. See kit.replica."""
    if method not in READS or not db.has_replica():
        return await run()
    nobody = context.identity.member_id is None and context.identity.operator is None
    with replica.anybody() if nobody else replica.own() as moment:
        result = await run()
    return await run() if moment.failed else result
