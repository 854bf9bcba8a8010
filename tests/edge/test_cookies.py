"""The session cookie: unreadable for scripts, unsendable for other sites, gone when the member says so."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from backend.kit import db
from backend.kit.graphql import over_websocket
from backend.members import sessions, tokens
from tests.builders import a_member
from tests.edge.open_door import a_session, ask, connected, heard, say

PHONE = "+8613800000077"
REQUEST = "mutation($phone: String!) { requestSignInCode(input: {phone: $phone}) { demoCode refusal { code } } }"
SIGN_IN = """mutation($phone: String!, $code: String!) {
  signIn(input: {phone: $phone, code: $code}) { refusal { code } member { phone sessions { current } } }
}"""
VIEWER = "{ viewer { phone } }"


@asynccontextmanager
async def away(url: str) -> AsyncIterator[None]:
    """Meanwhile the database answers nothing but errors when it is asked about sessions."""
    path, name = url.partition(":///")[2], sessions.SESSION.name
    rename(path, name, f"{name}_away")
    yield
    rename(path, f"{name}_away", name)


def rename(path: str, table: str, to: str) -> None:
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {to}")


async def signed_in(caller: httpx2.AsyncClient) -> Any:
    code = (await ask(caller, REQUEST, phone=PHONE))["data"]["requestSignInCode"]["demoCode"]
    body = {"query": SIGN_IN, "variables": {"phone": PHONE, "code": code}}
    return await caller.post("/graphql", json=body)


async def test_signing_in_leaves_a_locked_cookie_and_signing_out_takes_it_back(caller: httpx2.AsyncClient) -> None:
    answer = await signed_in(caller)
    assert answer.json()["data"]["signIn"]["member"] == {"phone": "138****0077", "sessions": [{"current": True}]}
    words = {part.strip().lower().partition("=")[0] for part in answer.headers["set-cookie"].split(";")}
    assert words == {"mall_session", "httponly", "samesite", "path", "max-age"}
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert (await ask(caller, VIEWER))["data"]["viewer"] == {"phone": "138****0077"}
    cookie = dict(caller.cookies)
    await ask(caller, "mutation { signOut { signedOut } }")
    assert not caller.cookies
    kept = "; ".join(f"{name}={value}" for name, value in cookie.items())
    assert (await ask(caller, VIEWER, headers={"cookie": kept}))["data"]["viewer"] is None


async def test_over_https_the_cookie_stays_on_https(one_database: str) -> None:
    from backend.app import create_app

    transport = httpx2.ASGITransport(create_app())
    async with httpx2.AsyncClient(transport=transport, base_url="https://mall.example") as caller:
        code = (await ask(caller, REQUEST, phone="+8613800000078"))["data"]["requestSignInCode"]["demoCode"]
        body = {"query": SIGN_IN, "variables": {"phone": "+8613800000078", "code": code}}
        assert "secure" in (await caller.post("/graphql", json=body)).headers["set-cookie"].lower()


async def test_an_open_socket_ends_with_its_session(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_websocket, "STILL_THERE", timedelta(milliseconds=50))
    member_id = await a_member("Ann")
    opened = await db.transact(sessions.open_session, member_id=member_id)
    async with connected(address, cookie=f"mall_session={opened.cookie}", origin=address) as socket:
        await say(socket, type="connection_init")
        assert (await heard(socket))["type"] == "connection_ack"
        await db.transact(sessions.revoke, member_id=member_id, session_id=opened.session.id)
        with pytest.raises(ConnectionClosed) as gone:
            await socket.recv()
    assert gone.value.rcvd is not None and gone.value.rcvd.code == over_websocket.SIGNED_OUT


@pytest.mark.parametrize(
    "query", [VIEWER, "mutation { signOut { signedOut } }", "subscription { memberEvents { seq } }"]
)
async def test_an_open_socket_does_nothing_more_for_a_session_that_has_ended(address: str, query: str) -> None:
    member_id = await a_member("Ann")
    opened = await db.transact(sessions.open_session, member_id=member_id)
    async with connected(address, cookie=f"mall_session={opened.cookie}", origin=address) as socket:
        await say(socket, type="connection_init")
        assert (await heard(socket))["type"] == "connection_ack"
        await db.transact(sessions.revoke, member_id=member_id, session_id=opened.session.id)
        await say(socket, type="subscribe", id="1", payload={"query": query})
        with pytest.raises(ConnectionClosed) as gone:
            await asyncio.wait_for(socket.recv(), 30)
    assert gone.value.rcvd is not None and gone.value.rcvd.code == over_websocket.SIGNED_OUT


async def test_an_open_socket_is_watched_again_once_the_database_is_back(
    address: str, one_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_websocket, "STILL_THERE", timedelta(milliseconds=20))
    member_id = await a_member("Ann")
    opened = await db.transact(sessions.open_session, member_id=member_id)
    async with connected(address, cookie=f"mall_session={opened.cookie}", origin=address) as socket:
        await say(socket, type="connection_init")
        assert (await heard(socket))["type"] == "connection_ack"
        async with away(one_database):
            await say(socket, type="subscribe", id="1", payload={"query": VIEWER})
            refused = await asyncio.wait_for(heard(socket), 30)
            await asyncio.sleep(0.2)
        assert (refused["id"], refused["type"]) == ("1", "error")
        await db.transact(sessions.revoke, member_id=member_id, session_id=opened.session.id)
        with pytest.raises(ConnectionClosed) as gone:
            await asyncio.wait_for(socket.recv(), 30)
    assert gone.value.rcvd is not None and gone.value.rcvd.code == over_websocket.SIGNED_OUT


async def test_an_open_socket_stays_while_its_session_does(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_websocket, "STILL_THERE", timedelta(milliseconds=20))
    cookie = await a_session(await a_member("Ann"))
    token = f"Bearer {tokens.for_member(await a_member('Ben'))}"
    async with connected(address, cookie=cookie) as by_cookie, connected(address) as by_token:
        await say(by_cookie, type="connection_init")
        await say(by_token, type="connection_init", payload={"authorization": token})
        for socket in (by_cookie, by_token):
            assert (await heard(socket))["type"] == "connection_ack"
            for _ in range(10):
                await say(socket, type="ping")
                assert (await heard(socket))["type"] == "pong"
