"""Who may send events: a name and the key it signs with (Standard Webhooks, symmetric `whsec_` keys)."""

import base64
import secrets

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning.models import EventSource
from backend.kit import audit, clock, crypto
from backend.kit.columns import table_of
from backend.kit.resealing import Sealed

KEY_BYTES = 32
PREFIX = "whsec_"
SEALED = Sealed(table_of(EventSource), "key_sealed", about=lambda row: _about(row.name))


async def open_source(session: AsyncSession, *, name: str) -> str:
    """The signing key of source `name`, made the first time; the same one ever after."""
    found = await session.get(EventSource, name)
    if found is not None:
        return PREFIX + crypto.open_sealed(found.key_sealed, _about(name)).decode()
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    sealed = crypto.seal(key.encode(), _about(name))
    session.add(EventSource(name=name, key_sealed=sealed, created_at=clock.now()))
    return PREFIX + key


async def show_key(session: AsyncSession, *, name: str) -> str:
    """`open_source` for somebody at the machine, who now knows the key: that is on record, the key is not."""
    known = await session.get(EventSource, name) is not None
    key = await open_source(session, name=name)
    act, before = audit.Act(audit.COMMAND, "source"), {"opened": True} if known else None
    await audit.record(session, act, ("EventSource", name), before, {"opened": True})
    return key


def key_bytes(key: str) -> bytes:
    """A `whsec_` key as the bytes it signs with."""
    return base64.b64decode(key.removeprefix(PREFIX))


async def key_of(session: AsyncSession, name: str) -> bytes | None:
    """The key's bytes, or None when nobody opened that source."""
    found = await session.get(EventSource, name)
    return base64.b64decode(crypto.open_sealed(found.key_sealed, _about(name))) if found else None


def _about(name: str) -> str:
    return f"event-source:{name}"
