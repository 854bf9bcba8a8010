"""ONE table: when → job. A job goes in small steps and says whether there may be more to do."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import closing, finding, releasing as bids
from backend.charity import counting, statements
from backend.games import closing_draws, settling
from backend.kit import clock, db, outbox
from backend.kit.pacing import PIECE_SECONDS, Pace
from backend.kit.settings import settings
from backend.ledger import (
    expiring_together,
    expiry,
    extending,
    holding,
    notices,
    publishing,
    reconciling,
    releasing,
    sealing,
)
from backend.ledger.walking import Found, Span
from backend.members import sessions, sign_in
from backend.rewards import shelves
from backend.tiers import favouring

Job = Callable[[], Awaitable[bool]]
log = logging.getLogger(__name__)
SWEEP_MAX = 200
"""Members of one transaction where nobody says otherwise: as a rule it is time that bounds it."""
UNLOCKED = 4
"""So many times as long a piece may take of which only the last statement locks anything."""
JUST_NOW = timedelta(minutes=10)
"""So far back the quick look goes for what has reached a step; the whole look finds what it misses."""


class Verb(Protocol):
    """Does something for several members in one transaction; again, it finds nothing left to do."""

    __name__: str

    async def __call__(self, session: AsyncSession, *, member_ids: Sequence[UUID]) -> Any:
        """Act for these members."""


class Together(Protocol):
    """Does what a Verb does, by `db.transact_at_once`, and returns those for whom it could not."""

    __name__: str

    async def __call__(self, session: AsyncSession, *, member_ids: Sequence[UUID]) -> Collection[UUID]:
        """Act for these members."""


@dataclass(frozen=True)
class Scheduled:
    """A job, and how long to wait after it has found nothing more to do."""

    name: str
    every: timedelta
    job: Job


async def release_pending_points() -> bool:
    """Let pending points become available: the return period or a transfer's cooling-off is over."""
    return await _sweep(releasing.members_with_points_to_release, releasing.release_due)


async def lapse_due_holds() -> bool:
    """Give back what holds reserve beyond their time."""
    return await _sweep(holding.members_with_lapsed_holds, holding.lapse_due)


async def move_auctions_on() -> bool:
    """Open and close the auctions whose time has come, each in a transaction of its own."""
    after: finding.Place | None = None
    while True:
        async with db.read() as session:
            due = await finding.due(session, clock.now(), after)
        if not due:
            return False
        for auction in due:
            await _alone(closing.move_on, auction_id=auction.id)
        after = due[-1].ends_at, due[-1].id


async def release_thawed_bids() -> bool:
    """Let go what bidders held who were frozen when they were outbid, and are not any more."""
    async with db.read() as session:
        waiting = await bids.waiting(session)
    for row in waiting:
        await _alone(bids.release_waiting, auction_id=row.auction_id, member_id=row.member_id)
    return False


async def settle_due_challenges() -> bool:
    """Settle the stakes whose time is over, and give back those of cancelled challenges."""
    return await _sweep(settling.members_with_stakes_to_settle, settling.settle_due)


async def expire_due_lots() -> bool:
    """Let points go whose time has come."""
    together = expiring_together.expire_together
    return await _walk(expiry.due, expiry.members_with_due_lots, expiry.expire_due, together=together)


async def warn_of_expiry() -> bool:
    """Warn members 90, 30, 7, 3 and 1 days before, as the terms say, or extend what their tier grants."""
    return await _walk(notices.steps_ahead, notices.members_to_warn, favouring.extend_or_warn)


async def warn_at_the_step() -> bool:
    """Warn of what has just reached a step, without a look at all the others."""
    since = partial(notices.steps_ahead, since=JUST_NOW)
    return await _walk(since, notices.members_to_warn, favouring.extend_or_warn)


async def spare_the_untold() -> bool:
    """Extend what would expire within hours although no notice of it was delivered."""
    return await _walk(extending.hours_ahead, extending.members_to_spare, extending.extend_untold)


async def seal_new_entries() -> bool:
    """Seal what was written since the last look, and publish the checkpoint."""
    return await _seal()


async def seal_late_entries() -> bool:
    """Seal what the quick look missed: entries whose transactions took minutes."""
    return await _seal(from_the_start=True)


async def compare_the_books() -> bool:
    """Compare some accounts with their lots and entries; whatever does not agree is an alert."""
    found = await db.transact(reconciling.check_some)
    for member_id, what in (found or {}).items():
        log.error("the books of member %s do not agree: %s", member_id, what)
    return False


async def report_months() -> bool:
    """Report the oldest month that is over and has no report."""
    async with db.snapshot() as session:
        month = await reconciling.month_to_report(session)
        if month is None:
            return False
        report = await reconciling.month_report(session, month)
    if report.drift:
        log.error("the books of %s do not add up: %s points adrift", month.isoformat()[:7], report.drift)
    await db.transact(reconciling.keep_report, report=report)
    return True


async def count_donations() -> bool:
    """Count the donations whose reaction was left behind, and what a rush left over."""
    async with db.read() as session:
        waiting = await counting.projects_with_waiting(session)
    for project_id in waiting:
        while await db.transact(counting.count_waiting, project_id=project_id) == counting.BATCH_MAX:
            pass
    return False


async def sign_charity_statements() -> bool:
    """Sign the oldest month that is over of a charity that has no statement of it."""
    async with db.read() as session:
        due = await statements.due(session)
    if due is None:
        return False
    charity_id, month = due
    await db.transact(statements.make, charity_id=charity_id, month=month)
    return True


async def reveal_seeds() -> bool:
    """Close the rounds whose time is over and reveal the seeds of those that are closed."""
    async with db.read() as session:
        found = await closing_draws.due(session)
    for round_id in found:
        await db.transact(closing_draws.reveal_seed, round_id=round_id)
    return len(found) == closing_draws.DUE_MAX


async def refresh_hot_rewards() -> bool:
    """Put on the hot shelf what was redeemed most this week."""
    await db.transact(shelves.refresh_hot)
    return False


async def forget_old_codes() -> bool:
    """Keep nothing of phones that asked for a code and never signed in."""
    return await db.transact(sign_in.forget_old_codes) == sign_in.FORGET_MAX


async def forget_expired_sessions() -> bool:
    """Keep no device that signed itself out by its silence."""
    return await db.transact(sessions.forget_expired_sessions) == sessions.FORGET_MAX


async def forget_done_facts() -> bool:
    """Keep the outbox as small as a month is long."""
    return await db.transact(outbox.forget_done) == outbox.FORGET_MAX


SCHEDULE: Sequence[Scheduled] = (
    Scheduled("release pending points", timedelta(seconds=5), release_pending_points),
    Scheduled("lapse due holds", timedelta(seconds=5), lapse_due_holds),
    Scheduled("move auctions on", timedelta(seconds=1), move_auctions_on),
    Scheduled("release thawed bids", timedelta(seconds=10), release_thawed_bids),
    Scheduled("settle due challenges", timedelta(seconds=5), settle_due_challenges),
    Scheduled("expire due lots", timedelta(seconds=30), expire_due_lots),
    Scheduled("spare what nobody was told of", timedelta(minutes=15), spare_the_untold),
    Scheduled("warn at the step", timedelta(minutes=1), warn_at_the_step),
    Scheduled("warn of expiry", timedelta(hours=1), warn_of_expiry),
    Scheduled("seal late entries", timedelta(hours=1), seal_late_entries),
    Scheduled("seal new entries", timedelta(seconds=settings().seal_seconds), seal_new_entries),
    Scheduled("compare the books", timedelta(seconds=5), compare_the_books),
    Scheduled("report the months", timedelta(minutes=10), report_months),
    Scheduled("count donations", timedelta(seconds=1), count_donations),
    Scheduled("sign charity statements", timedelta(minutes=10), sign_charity_statements),
    Scheduled("reveal seeds", timedelta(seconds=30), reveal_seeds),
    Scheduled("refresh hot rewards", timedelta(minutes=1), refresh_hot_rewards),
    Scheduled("forget old sign-in codes", timedelta(minutes=10), forget_old_codes),
    Scheduled("forget expired sessions", timedelta(hours=1), forget_expired_sessions),
    Scheduled("forget facts done with", timedelta(minutes=10), forget_done_facts),
)


async def _alone(act: Callable[..., Awaitable[object]], **named: Any) -> None:
    # One that fails must not keep the others waiting.
    try:
        await db.transact(act, **named)
    except Exception:
        log.exception("%s failed for %s", act.__name__, named)


async def _seal(*, from_the_start: bool = False) -> bool:
    async with db.read() as session:
        since = await sealing.oldest_waiting(session, from_the_start=from_the_start)
    while since is not None:
        since = await db.transact(sealing.seal_waiting, since=since)
    await publishing.publish()
    return False


async def _sweep(find: Callable[..., Awaitable[Sequence[UUID]]], act: Verb) -> bool:
    # Each page begins beyond the last one, so that members whom `act` cannot help are not met again this time.
    after, pace = None, Pace(most=SWEEP_MAX)
    while True:
        async with db.read() as session:
            found = await find(session, after=after)
        if not found:
            return False
        await _act_on_all(act, found, pace)
        after = found[-1]


async def _walk(
    spans: Callable[[AsyncSession], Awaitable[Sequence[Span]]],
    find: Callable[..., Awaitable[Found]],
    act: Verb,
    together: Together | None = None,
) -> bool:
    async with db.read() as session:
        ahead = await spans(session)
    pace = Pace(most=expiry.SWEEP_MAX, seconds=PIECE_SECONDS * (1 if together is None else UNLOCKED))
    for span in ahead:
        found = Found((), None)
        while True:
            async with db.read() as session:
                found = await find(session, span, found.after)
            # Two at a time: while the database has one piece, this process has the other.
            await _act_on_all(act, found.member_ids, pace, at_once=2, together=together)
            if found.after is None:
                break
    return False


async def _act_on_all(
    act: Verb, member_ids: Sequence[UUID], pace: Pace, *, at_once: int = 1, together: Together | None = None
) -> None:
    waiting = deque(member_ids)

    async def go_on() -> None:
        while waiting:
            some = [waiting.popleft() for _ in range(min(len(waiting), pace.size))]
            began = time.perf_counter()
            await _act_on(act, some if together is None else await _left_by(together, some))
            pace.took(len(some), time.perf_counter() - began)

    await asyncio.gather(*(go_on() for _ in range(at_once)))


async def _left_by(together: Together, member_ids: Sequence[UUID]) -> Sequence[UUID]:
    if db.dialect() == "sqlite":
        return member_ids
    try:
        return sorted(await db.transact_at_once(together, member_ids=member_ids))
    except Exception:
        # Whose account it was shows when each stands alone, under her lock.
        log.info("%s failed", together.__name__, exc_info=True)
        return member_ids


async def _act_on(act: Verb, member_ids: Sequence[UUID]) -> None:
    if not member_ids:
        return
    # A member whose account is broken must not keep the others waiting: when many fail together, each stands alone.
    try:
        await db.transact(act, member_ids=member_ids)
    except Exception:
        if len(member_ids) == 1:
            log.exception("%s failed for member %s", act.__name__, member_ids[0])
            return
        for member_id in member_ids:
            await _act_on(act, [member_id])
