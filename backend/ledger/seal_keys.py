"""The keys that sign checkpoints: one at a time, each vouched for by the one before it, none ever forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, crypto
from backend.kit.columns import table_of
from backend.kit.resealing import Sealed
from backend.kit.signed_note import NoteKey, new_private_key, public_key, sign
from backend.ledger.checkpoints import voucher_text
from backend.ledger.models import SealKey, SealLog

KEY, LOG = table_of(SealKey), table_of(SealLog)
SEALED = Sealed(KEY, "private_sealed", about=lambda row: _about(row.key_id))


async def to_sign_with(session: AsyncSession, origin: str) -> tuple[NoteKey, bytes]:
    """The key in use and its private half; the first one is made now. Whoever calls holds the lock of `seal_log`."""
    row = await _in_use(session)
    if row is None:
        return await _make(session, origin, clock.now())
    return NoteKey(origin, row.public_key), crypto.open_sealed(row.private_sealed, _about(row.key_id))


async def rotate_key(session: AsyncSession) -> NoteKey | None:
    """End the key in use and make the next one, which the old one vouches for; None when nothing was sealed yet.

    Checkpoints signed before verify as before: the old public key stays published, with its end. A second call
    makes a third key. Raises crypto.SealBroken when the old key cannot be opened with this installation's secret.
    """
    connection = await session.connection()
    log = (await connection.execute(select(LOG).with_for_update())).first()
    old = await _in_use(session)
    if log is None or old is None:
        return None
    moment, private = clock.now(), crypto.open_sealed(old.private_sealed, _about(old.key_id))
    await connection.execute(update(KEY).where(KEY.c.key_id == old.key_id).values(ended_at=moment))
    return (await _make(session, log.origin, moment, old.key_id, private))[0]


async def every_key(session: AsyncSession) -> Sequence[Any]:
    """All keys there ever were, the oldest first."""
    return list(await (await session.connection()).execute(select(KEY).order_by(KEY.c.began_at, KEY.c.key_id)))


def opened(row: Any) -> bytes:
    """The private half of a key's row. Raises crypto.SealBroken."""
    return crypto.open_sealed(row.private_sealed, _about(row.key_id))


def named(origin: str, rows: Sequence[Any]) -> dict[str, NoteKey]:
    """Rows of keys by id, ready to verify with."""
    return {row.key_id: NoteKey(origin, row.public_key) for row in rows}


async def _make(
    session: AsyncSession, origin: str, moment: datetime, vouched_by: str | None = None, voucher: bytes | None = None
) -> tuple[NoteKey, bytes]:
    private = new_private_key()
    key = NoteKey(origin, public_key(private))
    row = {
        "key_id": key.key_id,
        "public_key": key.public,
        "private_sealed": crypto.seal(private, _about(key.key_id)),
        "began_at": moment,
        "ended_at": None,
        "vouched_by": vouched_by,
        "voucher": voucher and sign(voucher, voucher_text(key)),
    }
    await (await session.connection()).execute(insert(KEY), row)
    return key, private


async def _in_use(session: AsyncSession) -> Any:
    return (await (await session.connection()).execute(select(KEY).where(KEY.c.ended_at.is_(None)))).first()


def _about(key_id: str) -> str:
    return f"seal key {key_id}"
