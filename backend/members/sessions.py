"""Signed-in devices: opened by a sign-in, recognised by a cookie, ended by the member or by silence."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, tuple_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db, gathering, ids
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.kit.gathering import Part, Rows
from backend.members import devices, families, looking, operators, tokens
from backend.members.looking import Device
from backend.members.models import MemberSession
from backend.members.roles import NOBODY, Identity

COOKIE = "mall_session"
LIFE = timedelta(days=90)
"""A device not seen for this long is signed out."""
TOUCH = timedelta(minutes=1)
"""How exactly `last_seen_at` is kept, so that reading costs no write."""
LISTED_MAX = 50
FORGET_MAX = 500
SECRET_BYTES = 32
SESSION = table_of(MemberSession)


@dataclass(frozen=True)
class Opened:
    """A new session and its cookie, which exists nowhere else."""

    session: MemberSession
    cookie: str


async def open_session(session: AsyncSession, *, member_id: UUID, user_agent: str | None = None) -> Opened:
    """Sign a device of the member in; every call is another device."""
    moment, secret = clock.now(), secrets.token_bytes(SECRET_BYTES)
    row = MemberSession(
        member_id=member_id,
        id=ids.new(),
        secret_hash=hashlib.sha256(secret).digest(),
        device=devices.name(user_agent),
        created_at=moment,
        last_seen_at=moment,
        expires_at=moment + LIFE,
    )
    session.add(row)
    await session.flush()
    return Opened(row, _cookie(row, secret))


async def identify(cookie: str | None, authorization: str | None) -> Identity:
    """Who asks, by bearer token or else by session cookie; nobody when neither holds. Notes when she was last seen."""
    return (await recognise(cookie, authorization))[0]


async def recognise(
    cookie: str | None, authorization: str | None, also: Sequence[Part] = ()
) -> tuple[Identity, Mapping[Part, Rows]]:
    """Who asks, as `identify` says it, and `also` of what is hers: nothing, when it is not known whose to read."""
    # Another scheme (a staging proxy's Basic, say) is not addressed to us and must not hide the cookie.
    if authorization is not None and authorization.lower().startswith("bearer "):
        return await _by_token(authorization), {}
    parts = _parts(cookie)
    return (NOBODY, {}) if parts is None else await _by_cookie(*parts, also)


async def revoke(session: AsyncSession, *, member_id: UUID, session_id: UUID) -> None:
    """Sign one of the member's devices out; a second time changes nothing. Raises NotFound."""
    hers = col(MemberSession.member_id).in_(await families.part_ids(session, member_id))
    query = select(MemberSession).where(hers, MemberSession.id == session_id).with_for_update()
    row = (await session.exec(query)).first()
    if row is None:
        raise NotFound
    row.revoked_at = row.revoked_at or clock.now()


async def sign_out(session: AsyncSession, *, member_id: UUID | None, session_id: UUID | None) -> bool:
    """End the session that asks. False when it came without one (a bearer token, or nobody)."""
    if member_id is None or session_id is None:
        return False
    await revoke(session, member_id=member_id, session_id=session_id)
    return True


async def signed_in(session: AsyncSession, member_id: UUID) -> Sequence[MemberSession]:
    """The member's devices that are signed in now, the last seen first."""
    query = (
        select(MemberSession)
        .where(col(MemberSession.member_id).in_(await families.part_ids(session, member_id)))
        .where(col(MemberSession.revoked_at).is_(None), col(MemberSession.expires_at) > clock.now())
        .order_by(col(MemberSession.last_seen_at).desc(), col(MemberSession.id).desc())
        .limit(LISTED_MAX)
    )
    return (await session.exec(query)).all()


async def forget_expired_sessions(session: AsyncSession) -> int:
    """Remove up to FORGET_MAX sessions that have expired, and say how many: their cookies open nothing any more."""
    key = tuple_(SESSION.c.member_id, SESSION.c.id)
    old = select(SESSION.c.member_id, SESSION.c.id).where(SESSION.c.expires_at <= clock.now()).limit(FORGET_MAX)
    result = await (await session.connection()).execute(delete(SESSION).where(key.in_(old)))
    return int(result.rowcount)


async def _by_token(authorization: str) -> Identity:
    identity = tokens.bearer(authorization)
    if identity == NOBODY:
        return identity
    if identity.member_id is None:
        assert identity.operator is not None
        async with db.read() as session:
            holds = identity.epoch == await operators.epoch(session, identity.operator)
        return identity if holds else NOBODY
    # A token outlives the database it was made for, and the member who left.
    (found,) = await gathering.alone(identity.member_id, looking.ROW())
    member = looking.row(found)
    if member is None or member.erased_at is not None:
        return NOBODY
    return replace(identity, member_id=member.merged_into or member.id)


async def _by_cookie(
    member_id: UUID, session_id: UUID, secret: bytes, also: Sequence[Part]
) -> tuple[Identity, Mapping[Part, Rows]]:
    # In the one trip that proves it is she; what was read for somebody who is not is given to nobody.
    found, *others = await gathering.alone(member_id, looking.DEVICE(session_id), *also)
    known = looking.device(found)
    if known is None or not _holds(known, secret):
        return NOBODY, {}
    if known.last_seen_at <= clock.now() - TOUCH:
        await db.transact(_touch, member_id=member_id, session_id=session_id)
    hers = dict(zip(also, others, strict=True)) if known.whose == member_id else {}
    return Identity(member_id=known.whose, session_id=session_id), hers


async def _touch(session: AsyncSession, *, member_id: UUID, session_id: UUID) -> None:
    # Only forward, and never a session ended in the meantime.
    moment = clock.now()
    await (await session.connection()).execute(
        update(SESSION)
        .where(SESSION.c.member_id == member_id, SESSION.c.id == session_id)
        .where(SESSION.c.revoked_at.is_(None), SESSION.c.last_seen_at < moment)
        .values(last_seen_at=moment, expires_at=moment + LIFE)
    )


def _holds(row: Device, secret: bytes) -> bool:
    same = hmac.compare_digest(row.secret_hash, hashlib.sha256(secret).digest())
    return same and row.revoked_at is None and row.expires_at > clock.now()


def _cookie(row: MemberSession, secret: bytes) -> str:
    # The member's id comes along so that her session is found among her own rows, wherever those live.
    return base64.urlsafe_b64encode(row.member_id.bytes + row.id.bytes + secret).rstrip(b"=").decode()


def _parts(cookie: str | None) -> tuple[UUID, UUID, bytes] | None:
    whole = 16 + 16 + SECRET_BYTES
    if cookie is None or len(cookie) != -(-whole * 4 // 3):
        return None
    try:
        raw = base64.b64decode(cookie + "=" * (-len(cookie) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), raw[32:whole]
