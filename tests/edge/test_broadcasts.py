"""What is told to many is worked out once, and is to the letter what each would have been told alone."""

import asyncio
import gc
import re
import weakref
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import OperationDefinitionNode, OperationType, parse
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed

from backend.app import create_app
from backend.auctions.facts import stream_of
from backend.kit import db, line, live
from backend.kit.graphql import global_id, over_websocket
from backend.kit.graphql.broadcasting import Broadcast
from backend.kit.graphql.over_websocket import SIGNED_OUT, SUBSCRIPTIONS_MAX, GraphQLOverWebsocket
from backend.members import sessions
from tests.auctions.builders import an_auction, bids
from tests.builders import a_gift, a_member
from tests.charity.giving import a_project, counted, gives
from tests.edge.listeners import (
    CLOSE,
    SlowPhone,
    a_listener,
    a_slow_phone,
    next_data,
    next_text,
    silent,
    subscribe,
    told,
)
from tests.edge.open_door import a_session, open_door, say

DOCUMENTS = Path("pwa/src/generated/documents.json")
STANDING = "subscription($id: ID!) { auctionStanding(id: $id) { version price } }"
LONG = "subscription($id: ID!) { auctionStanding(id: $id) { version leaderAlias } }"
NEWS = "subscription($after: Int) { memberEvents(after: $after) { seq available } }"
NUMBERS = count()
BROADCAST = {"AuctionStanding", "CharityTotals"}


@pytest.fixture(scope="module")
async def app(one_database: str) -> Any:
    return create_app()


@pytest.fixture(scope="module")
async def address(app: Any) -> AsyncIterator[str]:
    """Where the app answers, which is at hand as well."""
    async with open_door(app) as address:
        yield address


@pytest.fixture(scope="module")
async def elsewhere(one_database: str) -> AsyncIterator[str]:
    """The same app behind uvicorn's own websockets: without a line to tell it on, everything runs on its own."""
    async with open_door(create_app(), ws="websockets-sansio") as address:
        yield address


@pytest.fixture
def endpoint(app: Any) -> GraphQLOverWebsocket:
    found = next(route.app for route in app.routes if isinstance(route, WebSocketRoute))
    assert isinstance(found, GraphQLOverWebsocket)
    return found


def running(endpoint: GraphQLOverWebsocket) -> dict[Any, Broadcast]:
    return endpoint.broadcasts._running


def subscriptions() -> dict[str, str]:
    """What the phone app subscribes to, by the operation's name."""
    texts = orjson.loads(DOCUMENTS.read_bytes()).values()
    named = ((one, text) for text in texts for one in parse(text).definitions)
    return {
        one.name.value: text
        for one, text in named
        if isinstance(one, OperationDefinitionNode) and one.operation is OperationType.SUBSCRIPTION and one.name
    }


async def somebody(points: int = 0) -> UUID:
    """A member whom no other test of this module has met."""
    return await a_member(f"M{next(NUMBERS)}", points=points)


def uncounted(text: str) -> str:
    """Without how many watch, which the second of two cannot see as the first did."""
    return re.sub(r'"watching":\d+', '"watching":0', text)


async def something_happens(ann: UUID, auction: UUID, project: Any) -> None:
    await a_gift(ann, 500)
    await bids(ann, auction, 40)
    await gives(ann, project, 50)
    await counted(project)


@pytest.mark.parametrize("name", sorted(subscriptions()))
@pytest.mark.parametrize("locale", ["EN", "ZH_CN"])
async def test_every_subscription_of_the_phone_is_the_same_shared_or_not(
    address: str, elsewhere: str, endpoint: GraphQLOverWebsocket, name: str, locale: str
) -> None:
    ann, auction, project = await somebody(10), await an_auction(), await a_project(f"P{next(NUMBERS)}")
    cookie, text = await a_session(ann), subscriptions()[name]
    given: dict[str, Any] = {"id": global_id("Auction", auction), "projectId": global_id("CharityProject", project.id)}
    given |= {"locale": locale, "after": 0}
    wanted = {key: value for key, value in given.items() if f"${key}:" in text.replace(" ", "")}
    async with a_listener(address, cookie) as shared, a_listener(elsewhere, cookie) as alone:
        answers = []
        for listening in (shared, alone):
            await subscribe(listening, text, **wanted)
            answers.append([uncounted(await next_text(listening))])
        assert bool(running(endpoint)) == (name in BROADCAST)
        await something_happens(ann, auction, project)
        for listening, texts in zip((shared, alone), answers, strict=True):
            texts.append(uncounted(await next_text(listening)))
    assert answers[0] == answers[1]
    assert answers[0][0] != answers[0][1]


async def test_who_asks_differently_is_answered_differently(address: str, endpoint: GraphQLOverWebsocket) -> None:
    plate, vase = await an_auction(), await an_auction()
    asked = [
        ("subscription($id: ID!) { auctionStanding(id: $id) { version } }", plate, {"auctionStanding": {"version": 1}}),
        ("subscription($id: ID!) { a: auctionStanding(id: $id) { version } }", plate, {"a": {"version": 1}}),
        ("subscription($id: ID!) { auctionStanding(id: $id) { v: version } }", plate, {"auctionStanding": {"v": 1}}),
        ("subscription($id: ID!) { auctionStanding(id: $id) { price } }", plate, {"auctionStanding": {"price": 70}}),
        ("subscription($id: ID!) { auctionStanding(id: $id) { version } }", vase, {"auctionStanding": {"version": 1}}),
    ]
    async with a_listener(address) as listening:
        for number, (query, auction, _) in enumerate(asked):
            await subscribe(listening, query, str(number), id=global_id("Auction", auction))
            await next_data(listening)
        assert len(running(endpoint)) == len(asked)
        for auction in (plate, vase):
            await told(auction, 1, price=70)
        heard = [orjson.loads(await next_text(listening)) for _ in asked]
    assert {one["id"]: one["payload"]["data"] for one in heard} == {str(n): one[2] for n, one in enumerate(asked)}


async def test_many_listen_by_one_execution_and_who_joins_is_told_alone(
    address: str, endpoint: GraphQLOverWebsocket
) -> None:
    auction = await an_auction()
    wanted = {"id": global_id("Auction", auction)}
    query = "subscription($id: ID!) { auctionStanding(id: $id) { version watching } }"
    async with a_listener(address) as first, a_listener(address) as second:
        await subscribe(first, query, **wanted)
        assert (await next_data(first))["auctionStanding"] == {"version": 0, "watching": 1}
        await subscribe(second, query, "other", **wanted)
        assert (await next_data(second))["auctionStanding"] == {"version": 0, "watching": 2}
        assert await silent(first)
        assert len(running(endpoint)) == 1 and len(live._listeners[stream_of(auction)]) == 1
        await told(auction, 1)
        texts = [await next_text(first), await next_text(second)]
    assert texts[0].replace('"id":"1"', '"id":"other"') == texts[1]


async def test_who_asks_for_what_is_not_there_is_told_so_and_nobody_waits(address: str) -> None:
    async with a_listener(address) as listening:
        await subscribe(listening, STANDING, id=global_id("Auction", UUID(int=5)))
        assert orjson.loads(await next_text(listening)) == {"id": "1", "type": "complete"}
        await subscribe(listening, STANDING, id="nonsense")
        answer = orjson.loads(await next_text(listening))
        assert answer["payload"]["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "NOT_FOUND")
        assert orjson.loads(await next_text(listening))["type"] == "complete"
        await subscribe(listening, STANDING)
        assert orjson.loads(await next_text(listening))["type"] == "error"


async def test_nobody_hears_what_is_anothers(address: str, endpoint: GraphQLOverWebsocket) -> None:
    ann, ben = await somebody(), await somebody()
    async with a_listener(address, await a_session(ann)) as hers, a_listener(address, await a_session(ben)) as his:
        for listening in (hers, his):
            await subscribe(listening, NEWS, after=0)
        await a_gift(ben, 7)
        assert await next_data(his) == {"memberEvents": {"seq": 1, "available": 7}}
        assert await silent(hers)
        assert not running(endpoint)


async def test_who_is_signed_out_hears_no_broadcast_any_more(
    address: str, endpoint: GraphQLOverWebsocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_websocket, "STILL_THERE", timedelta(milliseconds=50))
    ann, auction = await somebody(), await an_auction()
    opened = await db.transact(sessions.open_session, member_id=ann)
    async with a_listener(address, f"mall_session={opened.cookie}") as hers, a_listener(address) as nobodys:
        for listening in (hers, nobodys):
            await subscribe(listening, STANDING, id=global_id("Auction", auction))
            await next_data(listening)
        await db.transact(sessions.revoke, member_id=ann, session_id=opened.session.id)
        with pytest.raises(ConnectionClosed) as gone:
            await asyncio.wait_for(hers.recv(), 30)
        assert gone.value.rcvd is not None and gone.value.rcvd.code == SIGNED_OUT
        await told(auction, 1)
        assert (await next_data(nobodys))["auctionStanding"]["version"] == 1
        (broadcast,) = running(endpoint).values()
        assert len(broadcast._listeners) == 1


async def test_whoever_leaves_leaves_nothing_behind(address: str, endpoint: GraphQLOverWebsocket) -> None:
    auction = await an_auction()
    async with a_listener(address) as first:
        await subscribe(first, STANDING, id=global_id("Auction", auction))
        await next_data(first)
        (broadcast,) = running(endpoint).values()
        listeners: list[Any] = [*broadcast._listeners]
        kept = [weakref.ref(broadcast), *(weakref.ref(one.handler) for one in listeners)]
        await say(first, type="complete", id="1")
        del broadcast, listeners
        async with asyncio.timeout(30):
            while running(endpoint) or stream_of(auction) in live._listeners:
                await asyncio.sleep(0.01)
        await subscribe(first, STANDING, id=global_id("Auction", auction))
        assert (await next_data(first))["auctionStanding"]["version"] == 0
    async with asyncio.timeout(30):
        while any(one() is not None for one in kept) or running(endpoint) or endpoint.sessions._due:
            gc.collect()
            await asyncio.sleep(0.01)


async def test_a_broadcast_counts_among_a_sockets_subscriptions(address: str) -> None:
    wanted = {"id": global_id("Auction", await an_auction())}
    async with a_listener(address) as listening:
        for number in range(SUBSCRIPTIONS_MAX):
            await subscribe(listening, STANDING, str(number), **wanted)
            await next_data(listening)
        await subscribe(listening, STANDING, "one more", **wanted)
        assert orjson.loads(await next_text(listening))["type"] == "error"
        await say(listening, type="complete", id="0")
        await subscribe(listening, STANDING, "one more", **wanted)
        await next_data(listening)
        await subscribe(listening, STANDING, "one more", **wanted)
        with pytest.raises(ConnectionClosed) as gone:
            await asyncio.wait_for(listening.recv(), 30)
        assert gone.value.rcvd is not None and gone.value.rcvd.code == 4409


async def test_who_does_not_read_is_sent_away_and_misses_nothing_while_others_hear_in_time(
    address: str, endpoint: GraphQLOverWebsocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "SLOW_SECONDS_MAX", 3600.0)  # What waits is reason enough.
    ann, auction = await somebody(), await an_auction()
    cookie, wanted = await a_session(ann), {"id": global_id("Auction", auction)}
    async with a_slow_phone(address, cookie) as slow, a_listener(address) as other:
        await slow.say(type="subscribe", id="news", payload={"query": NEWS, "variables": {"after": 0}})
        await slow.say(type="subscribe", id="1", payload={"query": LONG, "variables": wanted})
        await subscribe(other, LONG, **wanted)
        await next_data(other)
        (broadcast,) = running(endpoint).values()
        version = 0
        while len(broadcast._listeners) > 1 or version < 5:
            version += 1
            await a_gift(ann, 1) if version % 20 == 0 else None
            await told(auction, version, leader_alias="A" * 50_000)
            assert (await next_data(other))["auctionStanding"]["version"] == version
            assert version < 2000, "it is never sent away"
        last = await _news_until_sent_away(slow)
        await a_gift(ann, 1)
    async with a_listener(address, cookie) as back:
        await subscribe(back, NEWS, after=last)
        seqs = [(await next_data(back))["memberEvents"]["seq"]]
        while seqs[-1] < version // 20 + 1:
            seqs.append((await next_data(back))["memberEvents"]["seq"])
    assert seqs == list(range(last + 1, version // 20 + 2))


async def _news_until_sent_away(slow: SlowPhone) -> int:
    seqs = [0]
    while True:
        kind, said = await slow.read()
        if kind == CLOSE:
            assert said == line.TRY_AGAIN_LATER
            return seqs[-1]
        if isinstance(said, dict) and said.get("id") == "news":
            seqs.append(said["payload"]["data"]["memberEvents"]["seq"])
            assert seqs[-1] == len(seqs) - 1


async def test_nobody_waits_for_a_held_up_line_in_order_to_close_it(
    address: str, endpoint: GraphQLOverWebsocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "WAITING_BYTES_MAX", 2**40)
    auction, ann = await an_auction(), await somebody()
    opened = await db.transact(sessions.open_session, member_id=ann)
    payload = {"query": LONG, "variables": {"id": global_id("Auction", auction)}}
    async with a_slow_phone(address, f"mall_session={opened.cookie}") as slow, asyncio.timeout(20):
        await slow.say(type="subscribe", id="1", payload=payload)
        while not running(endpoint):
            await asyncio.sleep(0.01)
        (socket,) = endpoint.sessions._due
        held: Any = socket
        its_line = held.websocket.ws.scope["extensions"][line.LINE]
        version = 0
        while its_line.writable.is_set():
            version += 1
            await told(auction, version, leader_alias="A" * 50_000)
            await asyncio.sleep(0.002)
        await db.transact(sessions.revoke, member_id=ann, session_id=opened.session.id)
        async with asyncio.timeout(4):
            assert not await held.still_there()
            while running(endpoint):
                await asyncio.sleep(0.01)
        while (said := await slow.read())[0] != CLOSE:
            pass
        assert said[1] == SIGNED_OUT


async def test_a_line_that_nobody_reads_is_cut_in_the_end(
    address: str, endpoint: GraphQLOverWebsocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "LAST_WORDS_SECONDS", 0.1)
    monkeypatch.setattr(line, "SLOW_SECONDS_MAX", 0.1)
    monkeypatch.setattr(line, "WAITING_BYTES_MAX", 2**40)
    auction, cookie = await an_auction(), await a_session(await somebody())
    payload = {"query": LONG, "variables": {"id": global_id("Auction", auction)}}
    async with a_slow_phone(address, cookie) as slow, asyncio.timeout(20):
        await slow.say(type="subscribe", id="1", payload=payload)
        while not running(endpoint):
            await asyncio.sleep(0.01)
        version = 0
        while running(endpoint):
            version += 1
            await told(auction, version, leader_alias="A" * 50_000)
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.3)
        with pytest.raises(ConnectionError):
            await read_all(slow)


async def read_all(slow: SlowPhone) -> None:
    while True:
        kind, _ = await slow.read()
        assert kind != CLOSE, "what nobody read in time is not kept"


@pytest.mark.parametrize("query", [["x"], 5])
async def test_what_is_no_text_leaves_its_name_free(address: str, query: Any) -> None:
    async with a_listener(address) as listening:
        await say(listening, type="subscribe", id="1", payload={"query": query})
        assert orjson.loads(await next_text(listening))["type"] in ("error", "complete")
        await subscribe(listening, STANDING, id=global_id("Auction", await an_auction()))
        assert (await next_data(listening))["auctionStanding"]["price"] == 0
