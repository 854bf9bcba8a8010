"""What a member has, read without a lock: good for a screen, not for a verb."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from backend.kit.columns import table_of
from backend.kit.gathering import Look, Rows
from backend.kit.looking import among
from backend.ledger.lots import LotState
from backend.ledger.models import GENESIS, ExpiryNotice
from backend.ledger.shelving import ACCOUNT as ACCOUNTS, ACCOUNT_FIELDS, LOT, LOT_FIELDS
from backend.ledger.states import AccountState

NOTICE = table_of(ExpiryNotice)

ACCOUNT = Look(
    lambda: select(ACCOUNTS.c.member_id, *(ACCOUNTS.c[name] for name in ACCOUNT_FIELDS)).where(
        among(ACCOUNTS.c.member_id, "keys")
    )
)
LOTS = Look(
    lambda: select(LOT.c.member_id, LOT.c.lot_id, LOT.c.earned_at, *(LOT.c[name] for name in LOT_FIELDS)).where(
        among(LOT.c.member_id, "keys"), LOT.c.open
    )
)
UNSHOWN = Look(
    lambda: (
        select(NOTICE.c.member_id, NOTICE.c.expires_at, NOTICE.c.told_seq)
        .where(among(NOTICE.c.member_id, "keys"), NOTICE.c.told_seq > 0, NOTICE.c.delivered_at.is_(None))
        .order_by(NOTICE.c.told_seq)
    )
)
"""Warnings of expiry that nobody has said were shown."""


def account(member_id: UUID, found: Rows) -> AccountState:
    """What ACCOUNT found; whoever nothing was ever posted to has an empty one."""
    return AccountState(*found[0]) if found else AccountState(member_id, 0, 0, 0, 0, 0, GENESIS, 0, None)


def lots(found: Rows) -> list[LotState]:
    """What LOTS found: those with anything left, dead or alive."""
    return [LotState(*fields) for _, *fields in found]


def unshown(found: Rows) -> Mapping[datetime, list[int]]:
    """What UNSHOWN found: by date, the numbers of the news that warned of it."""
    by_date: dict[datetime, dict[int, None]] = {}
    for _, expires_at, told_seq in found:
        by_date.setdefault(expires_at, {})[told_seq] = None
    return {expires_at: list(numbers) for expires_at, numbers in by_date.items()}
