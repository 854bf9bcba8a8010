"""A signed-in device: recognised by its cookie, ended by the member or by ninety days of silence."""

import base64
from datetime import timedelta
from uuid import uuid4

import pytest

from backend.kit import clock, db
from backend.kit.errors import NotFound
from backend.members import looking, sessions, tokens
from backend.members.models import MemberSession
from backend.members.roles import NOBODY, Identity
from tests.members.signing_in import a_phone, somebody_signed_in

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1"


async def who(cookie: str | None) -> Identity:
    return await sessions.identify(cookie, None)


async def devices_of(identity: Identity) -> list[MemberSession]:
    assert identity.member_id is not None
    async with db.read() as session:
        return list(await sessions.signed_in(session, identity.member_id))


async def test_the_cookie_says_who_and_which_device(database: str) -> None:
    signed_in = await somebody_signed_in(user_agent=IPHONE)
    identity = await who(signed_in.cookie)
    assert identity == Identity(member_id=signed_in.member_id, session_id=signed_in.session_id)
    assert [row.device for row in await devices_of(identity)] == ["iPhone · Safari"]


async def test_nonsense_is_nobody(database: str) -> None:
    cookies = [None, "", "x", "x" * 86, "é" * 86, "=" * 86, "x" * 10_000, "A" * 85, "A" * 86, "A" * 87]
    assert [await who(cookie) for cookie in cookies] == [NOBODY] * len(cookies)


async def test_a_token_counts_before_the_cookie(database: str) -> None:
    mine, hers = await somebody_signed_in(), await somebody_signed_in()
    token = f"Bearer {tokens.for_member(hers.member_id)}"
    assert await sessions.identify(mine.cookie, token) == Identity(member_id=hers.member_id)
    assert await sessions.identify(mine.cookie, "Bearer nonsense") == NOBODY


async def test_a_token_for_somebody_who_is_not_there_is_nobody(database: str) -> None:
    assert await sessions.identify(None, f"Bearer {tokens.for_member(uuid4())}") == NOBODY
    operator = await sessions.identify(None, f"Bearer {tokens.for_operator('olga')}")
    assert operator == Identity(operator="olga")


async def test_what_is_hers_comes_with_the_proof_that_it_is_she_and_with_nothing_less(database: str) -> None:
    signed_in = await somebody_signed_in()
    also = [looking.ROW()]
    identity, ahead = await sessions.recognise(signed_in.cookie, None, also)
    assert identity.member_id == signed_in.member_id == ahead[also[0]][0][0]
    raw = base64.urlsafe_b64decode(signed_in.cookie + "==")
    forged = base64.urlsafe_b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).rstrip(b"=").decode()
    assert await sessions.recognise(forged, None, also) == (NOBODY, {})
    await db.transact(sessions.revoke, member_id=signed_in.member_id, session_id=signed_in.session_id)
    assert await sessions.recognise(signed_in.cookie, None, also) == (NOBODY, {})


async def test_no_byte_of_the_cookie_may_change(database: str) -> None:
    cookie = (await somebody_signed_in()).cookie
    raw = base64.urlsafe_b64decode(cookie + "==")
    for place in range(0, len(raw), 7):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert await who(base64.urlsafe_b64encode(changed).rstrip(b"=").decode()) == NOBODY
    assert await who(cookie) != NOBODY


async def test_one_members_secret_does_not_open_anothers_session(database: str) -> None:
    mine, hers = [base64.urlsafe_b64decode((await somebody_signed_in()).cookie + "==") for _ in range(2)]
    mixed = base64.urlsafe_b64encode(hers[:32] + mine[32:]).rstrip(b"=").decode()
    assert await who(mixed) == NOBODY


async def test_signing_out_ends_this_device_only(database: str) -> None:
    phone = a_phone()
    here, there = await somebody_signed_in(phone), await somebody_signed_in(phone)
    assert await db.transact(sessions.sign_out, member_id=here.member_id, session_id=here.session_id)
    assert await who(here.cookie) == NOBODY
    identity = await who(there.cookie)
    assert [row.id for row in await devices_of(identity)] == [there.session_id]


async def test_nobody_signs_out_harmlessly(database: str) -> None:
    assert not await db.transact(sessions.sign_out, member_id=None, session_id=None)


async def test_a_revoked_device_is_out_at_once_and_stays_out(database: str) -> None:
    signed_in = await somebody_signed_in()
    for _ in range(2):
        await db.transact(sessions.revoke, member_id=signed_in.member_id, session_id=signed_in.session_id)
        assert await who(signed_in.cookie) == NOBODY


async def test_nobody_revokes_a_device_of_somebody_else(database: str) -> None:
    mine, hers = await somebody_signed_in(), await somebody_signed_in()
    for session_id in (hers.session_id, uuid4()):
        with pytest.raises(NotFound):
            await db.transact(sessions.revoke, member_id=mine.member_id, session_id=session_id)
    assert await who(hers.cookie) != NOBODY


async def test_ninety_days_of_silence_sign_out(database: str) -> None:
    cookie = (await somebody_signed_in()).cookie
    clock.turn(timedelta(days=90))
    assert await who(cookie) == NOBODY


async def test_being_seen_keeps_a_device_signed_in(database: str) -> None:
    cookie = (await somebody_signed_in()).cookie
    for days in (60, 120, 180):
        clock.turn(timedelta(days=days))
        assert await who(cookie) != NOBODY


async def test_being_seen_is_noted_once_a_minute(database: str) -> None:
    cookie = (await somebody_signed_in()).cookie
    identity = await who(cookie)
    signed_in_at = (await devices_of(identity))[0].last_seen_at
    clock.turn(timedelta(seconds=50))
    await who(cookie)
    assert (await devices_of(identity))[0].last_seen_at == signed_in_at
    clock.turn(timedelta(seconds=70))
    await who(cookie)
    assert (await devices_of(identity))[0].last_seen_at >= signed_in_at + timedelta(seconds=60)


async def test_being_seen_does_not_bring_a_revoked_session_back(database: str) -> None:
    signed_in = await somebody_signed_in()
    await db.transact(sessions.revoke, member_id=signed_in.member_id, session_id=signed_in.session_id)
    clock.turn(timedelta(minutes=5))
    await db.transact(sessions._touch, member_id=signed_in.member_id, session_id=signed_in.session_id)
    async with db.read() as session:
        row = await session.get(MemberSession, (signed_in.member_id, signed_in.session_id))
    assert row is not None and row.last_seen_at == row.created_at


async def test_a_header_of_another_scheme_does_not_hide_the_cookie(database: str) -> None:
    signed_in = await somebody_signed_in()
    identity = await sessions.identify(signed_in.cookie, "Basic c3RhZ2luZzpwcm94eQ==")
    assert identity.member_id == signed_in.member_id
