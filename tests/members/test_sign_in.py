"""Signing in with a one-time code: once, soon, and not by guessing."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backend.kit import clock, db, settings
from backend.kit.columns import table_of
from backend.kit.errors import InvalidInput
from backend.kit.rate_limit import TooManyRequests
from backend.members import phones, sessions, sign_in, sms
from backend.members.models import Member, MemberSession, SignInCode
from backend.members.sign_in import SignedIn, WrongCode
from tests.members.signing_in import a_code, a_phone, an_address, another, somebody_signed_in


@pytest.fixture
def a_real_installation(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MALL_DEMO", "false")
    settings.settings.cache_clear()
    yield
    monkeypatch.delenv("MALL_DEMO")
    settings.settings.cache_clear()


@pytest.fixture
def messages(a_real_installation: None) -> Iterator[list[str]]:
    """What a real channel was given to send."""
    sent: list[str] = []

    async def channel(phone: str, text: str) -> None:
        sent.append(text)

    before = sms.use(channel)
    yield sent
    sms.use(before)


def code_in(text: str) -> str:
    return "".join(filter(str.isdigit, text))[:6]


async def try_code(phone: str, code: str) -> SignedIn:
    return await sign_in.sign_in(phone=phone, code=code, address=an_address())


async def outcome_of(phone: str, code: str) -> SignedIn | WrongCode:
    try:
        return await try_code(phone, code)
    except WrongCode as wrong:
        return wrong


async def count(model: type[Member] | type[MemberSession] | type[SignInCode]) -> int:
    async with db.read() as session:
        query = select(func.count()).select_from(table_of(model))
        return int((await (await session.connection()).execute(query)).scalar_one())


async def test_the_code_signs_a_new_phone_in_and_makes_it_a_member(database: str) -> None:
    phone = a_phone()
    signed_in = await try_code(phone, await a_code(phone))
    async with db.read() as session:
        member = await session.get(Member, signed_in.member_id)
    assert member is not None
    assert (member.phone_index, member.enrolled_at) == (phones.index(phone), None)


async def test_the_same_phone_is_the_same_member_however_it_is_typed(database: str) -> None:
    phone = a_phone()
    first = await somebody_signed_in(phone)
    again = await somebody_signed_in(f"{phone[3:6]} {phone[6:10]}-{phone[10:]}")
    assert first.member_id == again.member_id
    assert first.session_id != again.session_id


async def test_a_code_works_once(database: str) -> None:
    phone = a_phone()
    code = await a_code(phone)
    await try_code(phone, code)
    with pytest.raises(WrongCode) as refused:
        await try_code(phone, code)
    assert refused.value.attempts_left == 0
    assert await count(SignInCode) == 0


async def test_twenty_sign_ins_with_one_code_at_once_are_one_session(database: str) -> None:
    phone = a_phone()
    code = await a_code(phone)
    outcomes = await asyncio.gather(*(outcome_of(phone, code) for _ in range(20)))
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1
    assert (await count(MemberSession), await count(Member)) == (1, 1)


async def test_wrong_codes_count_down_and_the_sixth_try_fails_even_when_right(database: str) -> None:
    phone = a_phone()
    code = await a_code(phone)
    left = []
    for _ in range(sign_in.ATTEMPTS_MAX):
        outcome = await outcome_of(phone, another(code))
        assert isinstance(outcome, WrongCode)
        left.append(outcome.attempts_left)
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(WrongCode):
        await try_code(phone, code)


async def test_forty_guesses_at_once_get_five_tries(database: str) -> None:
    phone = a_phone()
    code = await a_code(phone)
    outcomes = await asyncio.gather(*(outcome_of(phone, another(code)) for _ in range(40)))
    left = sorted(outcome.attempts_left for outcome in outcomes if isinstance(outcome, WrongCode))
    assert left == [0] * 36 + [1, 2, 3, 4]


async def test_a_code_is_over_after_five_minutes(database: str) -> None:
    phone = a_phone()
    code = await a_code(phone)
    clock.turn(timedelta(minutes=5, seconds=1))
    with pytest.raises(WrongCode):
        await try_code(phone, code)


async def test_a_new_code_replaces_the_one_before(database: str) -> None:
    phone = a_phone()
    old = await a_code(phone)
    clock.turn(timedelta(seconds=61))
    new = await a_code(phone)
    assert old == new or isinstance(await outcome_of(phone, old), WrongCode)
    assert isinstance(await outcome_of(phone, new), SignedIn)


async def test_a_code_belongs_to_its_phone(database: str) -> None:
    mine, hers = a_phone(), a_phone()
    code = await a_code(mine)
    await a_code(hers)
    async with db.read() as session:
        mine_row = await session.get(SignInCode, phones.index(mine))
        hers_row = await session.get(SignInCode, phones.index(hers))
    assert mine_row is not None and hers_row is not None
    assert sign_in._hashes(mine, mine_row.sent_at, code)[0] == mine_row.code_hash
    assert sign_in._hashes(hers, mine_row.sent_at, code)[0] != mine_row.code_hash


async def test_another_code_must_wait_a_minute(database: str) -> None:
    phone = a_phone()
    await a_code(phone)
    with pytest.raises(TooManyRequests) as refused:
        await a_code(phone)
    assert 55 <= refused.value.retry_after_seconds <= 60


async def test_ten_codes_asked_for_at_once_are_one(database: str) -> None:
    phone = a_phone()
    answers = await asyncio.gather(*(a_code(phone) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert sum(isinstance(answer, TooManyRequests) for answer in answers) == 9


async def test_asking_too_soon_does_not_use_up_the_hour(database: str, messages: list[str]) -> None:
    phone = a_phone()
    await sign_in.request_code(phone=phone, address=an_address())
    for _ in range(20):
        with pytest.raises(TooManyRequests) as refused:
            await sign_in.request_code(phone=phone, address=an_address())
        assert refused.value.retry_after_seconds <= 60
    clock.turn(timedelta(seconds=61))
    await sign_in.request_code(phone=phone, address=an_address())
    assert len(messages) == 2


async def test_a_phone_gets_ten_codes_an_hour(database: str, messages: list[str]) -> None:
    phone = a_phone()
    for _ in range(10):
        await sign_in.request_code(phone=phone, address=an_address())
        await try_code(phone, code_in(messages[-1]))
    with pytest.raises(TooManyRequests):
        await sign_in.request_code(phone=phone, address=an_address())


async def test_in_the_demo_the_same_few_phones_sign_in_often_but_not_for_ever(database: str) -> None:
    phone = a_phone()
    for _ in range(100):
        await somebody_signed_in(phone)
    with pytest.raises(TooManyRequests):
        await a_code(phone)


async def test_an_address_is_limited_whatever_the_phone(database: str, messages: list[str]) -> None:
    address = an_address()
    for _ in range(120):
        await sign_in.request_code(phone=a_phone(), address=address)
    with pytest.raises(TooManyRequests):
        await sign_in.request_code(phone=a_phone(), address=address)
    await sign_in.request_code(phone=a_phone(), address=an_address())


async def test_guessing_from_one_address_comes_to_an_end(database: str, a_real_installation: None) -> None:
    address = an_address()
    for _ in range(240):
        with pytest.raises(WrongCode):
            await sign_in.sign_in(phone=a_phone(), code="123456", address=address)
    with pytest.raises(TooManyRequests):
        await sign_in.sign_in(phone=a_phone(), code="123456", address=address)


async def test_known_and_unknown_phones_get_the_same_answers(database: str) -> None:
    known, unknown = a_phone(), a_phone()
    await somebody_signed_in(known)
    answers = []
    for phone in (known, unknown):
        sent = await sign_in.request_code(phone=phone, address=an_address())
        assert sent.demo_code is not None
        wrong = await outcome_of(phone, another(sent.demo_code))
        assert isinstance(wrong, WrongCode)
        answers.append((sent.resend_after_seconds, str(wrong), wrong.attempts_left))
    assert answers[0] == answers[1]
    strangers = [await outcome_of(a_phone(), "123456"), await outcome_of(a_phone(), "")]
    assert [outcome.attempts_left for outcome in strangers if isinstance(outcome, WrongCode)] == [0, 0]


@pytest.mark.parametrize(
    "typed", ["", "12", "hello", "138000000011111", "+", "+86138" + "0" * 40, "١٢", "13800000001;ext=1"]
)
def test_nonsense_is_no_phone(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        phones.normal(typed)
    assert refused.value.field == "phone"


async def test_the_log_has_the_code_but_never_the_phone(database: str, caplog: pytest.LogCaptureFixture) -> None:
    phone = a_phone()
    with caplog.at_level(logging.DEBUG):
        signed_in = await somebody_signed_in(phone)
    assert f"{phone[3:6]}****{phone[-4:]}" in caplog.text
    assert phone[3:] not in caplog.text
    assert signed_in.cookie not in caplog.text


async def test_outside_the_demo_no_code_shows(
    database: str, a_real_installation: None, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[tuple[str, str]] = []

    async def channel(phone: str, text: str) -> None:
        sent.append((phone, text))

    before = sms.use(channel)
    try:
        phone = a_phone()
        answer = await sign_in.request_code(phone=phone, address=an_address())
    finally:
        sms.use(before)
    assert answer.demo_code is None
    [(to, text)] = sent
    assert to == phone
    code = "".join(filter(str.isdigit, text))[:6]
    assert code not in caplog.text
    assert isinstance(await outcome_of(phone, code), SignedIn)


async def test_outside_the_demo_the_log_is_no_channel(
    database: str, a_real_installation: None, caplog: pytest.LogCaptureFixture
) -> None:
    phone = a_phone()
    with caplog.at_level(logging.DEBUG), pytest.raises(sms.MessageNotSent):
        await sign_in.request_code(phone=phone, address=an_address())
    assert "验证码" not in caplog.text
    assert phone[3:] not in caplog.text


async def test_codes_never_used_are_forgotten(database: str) -> None:
    await a_code(a_phone())
    clock.turn(timedelta(minutes=6))
    fresh = a_phone()
    code = await a_code(fresh)
    assert await db.transact(sign_in.forget_old_codes) == 1
    assert isinstance(await outcome_of(fresh, code), SignedIn)


async def test_expired_devices_are_forgotten_and_those_in_use_are_not(database: str) -> None:
    await somebody_signed_in()
    clock.turn(sessions.LIFE - timedelta(days=1))
    assert await db.transact(sessions.forget_expired_sessions) == 0
    await somebody_signed_in()
    clock.turn(sessions.LIFE)
    assert await db.transact(sessions.forget_expired_sessions) == 1
    assert await count(MemberSession) == 1


def test_neighbours_in_one_ipv6_network_are_one_address() -> None:
    assert sign_in._network("2001:db8::1") == sign_in._network("2001:db8::ffff")
    assert sign_in._network("2001:db8:0:1::1") != sign_in._network("2001:db8::1")
    assert sign_in._network("10.0.0.1") != sign_in._network("10.0.0.2")
