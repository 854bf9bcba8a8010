"""Signing in with a phone and a one-time code.

A code lives five minutes, works once and allows five tries; a new one replaces it. Whether the phone is known makes
no difference to any answer (OWASP ASVS 4.0, 2.2.1 and 2.7), and tries are counted even when they are refused.
"""

import hashlib
import hmac
import ipaddress
import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlmodel
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, crypto, db
from backend.kit.columns import table_of
from backend.kit.errors import Refused
from backend.kit.rate_limit import TooManyRequests, allow
from backend.kit.settings import settings
from backend.members import families, phones, sessions, sms
from backend.members.enrolment import named_by
from backend.members.models import SignInCode

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=5)
RESEND_AFTER = timedelta(seconds=60)
ATTEMPTS_MAX = 5
CODES_PER_PHONE = ("10 per hour", "20 per day")
"""With five tries each: at most 100 guesses of a million a day (NIST SP 800-63B, 5.2.2)."""
CODES_PER_ADDRESS = "120 per hour"
TRIES_PER_ADDRESS = "240 per hour"
DEMO_CODES_PER_PHONE = ("100 per hour",)
DEMO_PER_ADDRESS = "1200 per hour"
"""In the demo everybody comes from one machine with the same few phones, and no message costs anything."""
FORGET_MAX = 500
CODE = table_of(SignInCode)


class WrongCode(Refused):
    """That code is not right, or no longer. Check the newest message, or ask for a new code."""

    def __init__(self, attempts_left: int) -> None:
        super().__init__()
        self.attempts_left = attempts_left


@dataclass(frozen=True)
class CodeSent:
    """`demo_code` is the code itself, in the demo only."""

    expires_at: datetime
    resend_after_seconds: int
    demo_code: str | None


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, and the cookie her browser must keep."""

    member_id: UUID
    session_id: UUID
    cookie: str


async def request_code(*, phone: str, address: str) -> CodeSent:
    """Send a new one-time code to `phone`, asked for from the network `address`; the one before stops working.

    Not a verb: the message leaves only once the code is on disk. Raises InvalidInput, TooManyRequests, MessageNotSent.
    """
    phone = phones.normal(phone)
    demo = settings().demo
    await allow("sign-in code to an address", _network(address), DEMO_PER_ADDRESS if demo else CODES_PER_ADDRESS)
    # Asking too soon must not use up the hour. keep_code judges again, for those who ask at once.
    async with db.read() as session:
        if seconds := await _wait_seconds(session, phone):
            raise TooManyRequests(seconds)
    for rate in DEMO_CODES_PER_PHONE if demo else CODES_PER_PHONE:
        await allow("sign-in code to a phone", phones.index(phone).hex(), rate)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    expires_at = await db.transact(keep_code, phone=phone, code=code)
    await sms.send(phone, f"验证码 {code}，5 分钟内有效，请勿告诉他人。Your code is {code}, valid for 5 minutes.")
    return CodeSent(expires_at, int(RESEND_AFTER.total_seconds()), code if demo else None)


async def sign_in(*, phone: str, code: str, address: str, user_agent: str | None = None) -> SignedIn:
    """Sign a device in with the code sent to `phone`; a phone not seen before becomes a member.

    Not a verb: a wrong try must be counted, so it is committed before it is refused. Raises InvalidInput,
    TooManyRequests, WrongCode.
    """
    phone = phones.normal(phone)
    per_address = DEMO_PER_ADDRESS if settings().demo else TRIES_PER_ADDRESS
    await allow("sign-in try from an address", _network(address), per_address)
    outcome = await db.transact(use_code, phone=phone, code=code, user_agent=user_agent)
    if isinstance(outcome, WrongCode):
        raise outcome
    return outcome


async def keep_code(session: AsyncSession, *, phone: str, code: str) -> datetime:
    """Make `code` the one live code of a normal phone, and say until when. Raises TooManyRequests within a minute."""
    moment = clock.now()
    row = {
        "phone_index": phones.index(phone),
        "code_hash": _hashes(phone, moment, code)[0],
        "attempts_left": ATTEMPTS_MAX,
        "sent_at": moment,
        "expires_at": moment + CODE_LIFE,
    }
    insert = (sqlite if db.dialect() == "sqlite" else postgresql).insert(CODE)
    statement = insert.on_conflict_do_update(
        index_elements=[CODE.c.phone_index], set_=row, where=CODE.c.sent_at <= moment - RESEND_AFTER
    )
    connection = await session.connection()
    kept = (await connection.execute(statement.values(row).returning(CODE.c.expires_at))).scalar()
    if kept is None:
        raise TooManyRequests(max(1, await _wait_seconds(session, phone)))
    return moment + CODE_LIFE


async def use_code(
    session: AsyncSession, *, phone: str, code: str, user_agent: str | None = None
) -> SignedIn | WrongCode:
    """Use up the live code of a normal phone. A wrong try is an answer, not an exception: it must be kept."""
    row = (await session.exec(_live(phone).with_for_update())).first()
    if row is None or row.attempts_left == 0 or row.expires_at <= clock.now():
        return WrongCode(attempts_left=0)
    if not any(hmac.compare_digest(row.code_hash, tried) for tried in _hashes(phone, row.sent_at, code)):
        row.attempts_left -= 1
        return WrongCode(row.attempts_left)
    await session.delete(row)
    # The device is hers whom the phone names, also when her account is part of another one for a while.
    named = (await named_by(session, [phone]))[phone]
    opened = await sessions.open_session(session, member_id=named, user_agent=user_agent)
    return SignedIn(await families.survivor(session, named), opened.session.id, opened.cookie)


async def forget_old_codes(session: AsyncSession) -> int:
    """Remove up to FORGET_MAX codes that expired unused, and say how many: nothing is kept of a phone that left."""
    old = select(CODE.c.phone_index).where(CODE.c.expires_at <= clock.now()).limit(FORGET_MAX)
    result = await (await session.connection()).execute(delete(CODE).where(CODE.c.phone_index.in_(old)))
    return int(result.rowcount)


async def _wait_seconds(session: AsyncSession, phone: str) -> int:
    row = (await session.exec(_live(phone))).first()
    return 0 if row is None else max(0, math.ceil((row.sent_at + RESEND_AFTER - clock.now()).total_seconds()))


def _live(phone: str) -> Any:
    # While keys change, the code before may still be kept under the old one.
    query = sqlmodel.select(SignInCode).where(col(SignInCode.phone_index).in_(phones.indexes(phone)))
    return query.order_by(col(SignInCode.sent_at).desc()).limit(1)


def _hashes(phone: str, sent_at: datetime, code: str) -> list[bytes]:
    # With the phone and the moment, so that a hash fits one code of one phone only; under the newest key first.
    message = f"{phone}|{clock.microseconds(sent_at)}|{code}".encode()
    return [hmac.digest(key, message, hashlib.sha256) for key in crypto.signing_keys("sign-in codes").values()]


def _network(address: str) -> str:
    # One household has a whole IPv6 /64 to change addresses in.
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address
