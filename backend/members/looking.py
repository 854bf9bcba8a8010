"""A member's row, and the session of one of her devices: looks that resolvers and sign-in share."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from backend.kit.columns import table_of, to_read
from backend.kit.gathering import Look, Rows
from backend.kit.looking import among
from backend.members.models import Member, MemberSession

MEMBER, SESSION = table_of(Member), table_of(MemberSession)
_read = to_read(Member, MEMBER.columns.keys())


class Device(NamedTuple):
    """What there is to know of a session to let it in, and `whose` account it is now."""

    secret_hash: bytes
    revoked_at: datetime | None
    expires_at: datetime
    last_seen_at: datetime
    whose: UUID


def are_hers() -> ColumnElement[bool]:
    """That a row of member is one of those whose account is one of `keys`, as `families.WHOSE` says."""
    return or_(among(MEMBER.c.id, "keys"), among(MEMBER.c.merged_into, "keys"))


def _sessions() -> "Select[tuple[UUID]]":
    whose = func.coalesce(MEMBER.c.merged_into, SESSION.c.member_id)
    return (
        select(SESSION.c.member_id, *(SESSION.c[name] for name in Device._fields[:-1]), whose)
        .outerjoin(MEMBER, MEMBER.c.id == SESSION.c.member_id)
        .where(among(SESSION.c.member_id, "keys"), SESSION.c.id == bindparam("session_id"))
    )


ROW = Look(lambda: select(MEMBER).where(among(MEMBER.c.id, "keys")))
DEVICE = Look(_sessions, ("session_id",))
"""The session with this id."""


def row(found: Rows) -> Member | None:
    """What ROW found."""
    return _read(found[0]) if found else None


def device(found: Rows) -> Device | None:
    """What DEVICE found."""
    return Device(*found[0][1:]) if found else None
