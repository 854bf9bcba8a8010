"""A cookie goes with every page's requests, so only our own pages may act with it."""

from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from backend.kit.graphql.over_websocket import SUBSCRIPTIONS_MAX
from backend.members import tokens
from tests.builders import a_member
from tests.edge.open_door import a_session, ask, connected, heard, say

VIEWER = "{ viewer { nickname } }"
STRANGERS = ["https://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1.evil.example", "nonsense"]


@pytest.mark.parametrize("origin", STRANGERS)
async def test_another_sites_page_cannot_act_with_the_cookie(caller: httpx2.AsyncClient, origin: str) -> None:
    cookie = await a_session(await a_member("Ann"))
    answer = await caller.post("/graphql", json={"query": VIEWER}, headers={"cookie": cookie, "origin": origin})
    assert answer.status_code == 403
    assert "data" not in answer.json()


async def test_our_own_page_and_no_page_at_all_can(caller: httpx2.AsyncClient, address: str) -> None:
    cookie = await a_session(await a_member("Ann"))
    for headers in ({"cookie": cookie, "origin": address}, {"cookie": cookie}):
        assert (await ask(caller, VIEWER, headers=headers))["data"]["viewer"] == {"nickname": "Ann"}


async def test_a_bearer_token_may_come_from_anywhere(caller: httpx2.AsyncClient) -> None:
    token = tokens.for_member(await a_member("Ann"))
    headers = {"authorization": f"Bearer {token}", "origin": "https://partner.example"}
    assert (await ask(caller, VIEWER, headers=headers))["data"]["viewer"] == {"nickname": "Ann"}


@pytest.mark.parametrize("origin", STRANGERS)
async def test_another_sites_page_cannot_open_a_socket_with_the_cookie(address: str, origin: str) -> None:
    cookie = await a_session(await a_member("Ann"))
    with pytest.raises(InvalidStatus) as refused:
        await connected(address, cookie=cookie, origin=origin)
    assert refused.value.response.status_code == 403


async def test_our_own_page_opens_a_socket_with_the_cookie(address: str) -> None:
    cookie = await a_session(await a_member("Ann"))
    async with connected(address, cookie=cookie, origin=address) as socket:
        await say(socket, type="connection_init")
        assert (await heard(socket))["type"] == "connection_ack"
        await say(socket, id="1", type="subscribe", payload={"query": VIEWER})
        assert (await heard(socket))["payload"]["data"] == {"viewer": {"nickname": "Ann"}}


async def test_a_token_in_the_first_message_opens_it_for_everyone_else(address: str) -> None:
    token = tokens.for_member(await a_member("Ann"))
    async with connected(address, origin="https://partner.example") as socket:
        await say(socket, type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert (await heard(socket))["type"] == "connection_ack"
        await say(socket, id="1", type="subscribe", payload={"query": VIEWER})
        assert (await heard(socket))["payload"]["data"] == {"viewer": {"nickname": "Ann"}}


async def test_a_wrong_token_is_turned_away(address: str) -> None:
    async with connected(address) as socket:
        await say(socket, type="connection_init", payload={"authorization": "Bearer nonsense"})
        assert await closed(socket) == 4403


@pytest.mark.parametrize(
    "nonsense", ["[]", "7", "{", '{"type": 7}', '{"type": "subscribe", "id": "1", "payload": null}']
)
async def test_nonsense_closes_the_socket_and_nothing_else(address: str, nonsense: str) -> None:
    async with connected(address) as socket:
        await say(socket, type="connection_init")
        await heard(socket)
        await socket.send(nonsense)
        assert await closed(socket) == 4400


async def test_a_socket_has_only_so_many_subscriptions(address: str) -> None:
    token = tokens.for_member(await a_member("Ann"))
    async with connected(address) as socket:
        await say(socket, type="connection_init", payload={"authorization": f"Bearer {token}"})
        await heard(socket)
        for number in range(SUBSCRIPTIONS_MAX + 1):
            payload = {"query": "subscription { memberEvents { seq } }"}
            await say(socket, id=str(number), type="subscribe", payload=payload)
        answer = await heard(socket)
        assert (answer["id"], answer["type"]) == (str(SUBSCRIPTIONS_MAX), "error")


async def test_a_flood_over_the_socket_is_refused_too(address: str) -> None:
    query = "{" + " ".join(f"a{n}: programme {{ zone }}" for n in range(21)) + "}"
    async with connected(address) as socket:
        await say(socket, type="connection_init")
        await heard(socket)
        await say(socket, id="1", type="subscribe", payload={"query": query})
        answer = await heard(socket)
        assert answer["type"] == "error"
        assert answer["payload"][0]["extensions"]["code"] == "QUERY_TOO_LARGE"


async def closed(socket: Any) -> int:
    with pytest.raises(ConnectionClosed) as gone:
        await socket.recv()
    assert gone.value.rcvd is not None
    return gone.value.rcvd.code
