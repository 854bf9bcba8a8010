"""ONE table: when → job. A job does one small step and says whether there may be more to do."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from backend.kit import db
from backend.ledger import expiry
from backend.members import sign_in
from backend.rewards import shelves

Job = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Scheduled:
    """A job, and how long to wait after it has found nothing more to do."""

    name: str
    every: timedelta
    job: Job


async def expire_due_lots() -> bool:
    """Let points go whose time has come."""
    async with db.read() as session:
        due = await expiry.members_with_due_lots(session)
    if due:
        await db.transact(expiry.expire_due, member_ids=due)
    return bool(due)


async def warn_of_expiry() -> bool:
    """Warn members 90, 30, 7, 3 and 1 days before, as the terms say."""
    async with db.read() as session:
        near = await expiry.members_to_warn(session)
    if near:
        await db.transact(expiry.warn, member_ids=near)
    return bool(near)


async def refresh_hot_rewards() -> bool:
    """Put on the hot shelf what was redeemed most this week."""
    await db.transact(shelves.refresh_hot)
    return False


async def forget_old_codes() -> bool:
    """Keep nothing of phones that asked for a code and never signed in."""
    return await db.transact(sign_in.forget_old_codes) == sign_in.FORGET_MAX


SCHEDULE: Sequence[Scheduled] = (
    Scheduled("expire due lots", timedelta(seconds=30), expire_due_lots),
    Scheduled("warn of expiry", timedelta(minutes=1), warn_of_expiry),
    Scheduled("refresh hot rewards", timedelta(minutes=1), refresh_hot_rewards),
    Scheduled("forget old sign-in codes", timedelta(minutes=10), forget_old_codes),
)
