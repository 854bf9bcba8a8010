"""What becomes of a stake, exactly once: won when the goal is reached, lost when its time is over.

What is known at the moment of settling counts: an order paid in time but told of late counts as long as the stake
waits (until its end and the grace), and an order given back by then does not. Won is settled at once. When what had
won is given back afterwards, so is the bonus (`taking_back`); the stake stays free.
A frozen account moves nothing, so its stakes wait and are settled once it thaws. A hold that an operator let go, or
that lapsed meanwhile, has gone back already: its stake is CANCELLED.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import challenges, stakes, taking_back
from backend.games.challenges import CHALLENGE
from backend.games.facts import ChallengeCancelled, ChallengeLost, ChallengeWon
from backend.games.models_challenges import Challenge, ChallengeStake, StakeState
from backend.games.stakes import STAKE
from backend.kit import clock
from backend.kit.columns import table_of
from backend.ledger import posting, reserving
from backend.ledger.book import Book
from backend.ledger.models import Account, HoldState
from backend.members import families
from backend.programme import terms
from backend.programme.terms import Terms

ACCOUNT = table_of(Account)
SWEEP_MAX = 50


async def members_with_stakes_to_settle(session: AsyncSession, *, after: UUID | None = None) -> Sequence[UUID]:
    """Up to SWEEP_MAX members, by id and beyond `after`, whose stakes' time is over or whose challenge was cancelled.

    Those whose accounts are frozen wait till they thaw.
    """
    query = (
        select(STAKE.c.member_id)
        .distinct()
        .join(CHALLENGE, CHALLENGE.c.id == STAKE.c.challenge_id)
        .join(ACCOUNT, ACCOUNT.c.member_id == STAKE.c.member_id)
        .where(STAKE.c.state == StakeState.RUNNING.value, ACCOUNT.c.frozen_at.is_(None))
        .where(or_(STAKE.c.settle_at <= clock.now(), CHALLENGE.c.cancelled_at.is_not(None)))
        .order_by(STAKE.c.member_id)
        .limit(SWEEP_MAX)
    )
    if after is not None:
        query = query.where(STAKE.c.member_id > after)
    return list((await (await session.connection()).execute(query)).scalars())


async def settle_due(session: AsyncSession, *, member_ids: Sequence[UUID]) -> int:
    """Settle these members' stakes that are due, and return how many; again, none."""
    waiting = await stakes.running(session, member_ids)
    offered = {
        which: await challenges.locked(session, which) for which in sorted({one.challenge_id for one in waiting})
    }
    books = await posting.open_books(session, member_ids, hold_ids=[one.id for one in waiting])
    programme, settled = await terms.in_force(session), 0
    for stake in await stakes.running(session, member_ids):
        book, challenge = books[stake.member_id], offered.get(stake.challenge_id)
        # One that was taken up since is not due, and its hold was not loaded.
        if challenge is None or stake.id not in book.holds or book.account.frozen_at is not None:
            continue
        settled += await _settle(session, book, challenge, stake, programme)
    await posting.write(session, books.values())
    return settled


async def settle_reached(session: AsyncSession, *, member_id: UUID) -> list[ChallengeStake]:
    """Settle at once what she has just won, and take bonuses back whose orders were given back since; again, nothing.

    Only her account is locked: a stake that is won keeps its place in the challenge's budget.
    """
    member_id = await families.survivor(session, member_id)
    parts = await families.part_ids(session, member_id)
    if not await _worth_a_look(session, parts):
        return []
    waiting = await stakes.running(session, [member_id])
    bonuses = [one.bonus_entry_id for one in await stakes.won(session, parts) if one.bonus_entry_id]
    book = await posting.open_book(session, member_id, hold_ids=[one.id for one in waiting], lot_ids=bonuses)
    await families.must_still_be(session, dict.fromkeys(parts, member_id))
    if book.account.frozen_at is not None:
        return []
    programme, changed = await terms.in_force(session), []
    for stake in await stakes.running(session, [member_id]):
        challenge = await session.get_one(Challenge, stake.challenge_id)
        counted = await stakes.progress(session, challenge.kind, stake, programme)
        if counted >= challenge.goal and stake.id in book.holds and _held(book, stake):
            _win(book, challenge, stake, counted, programme)
            changed.append(stake)
    changed += await taking_back.take_back(session, book, parts, programme)
    await posting.write(session, [book])
    return changed


async def _worth_a_look(session: AsyncSession, parts: Sequence[UUID]) -> bool:
    # Most acts are about no challenge: look before locking. What was recorded before this call is seen either way.
    states = (StakeState.RUNNING.value, StakeState.WON.value)
    query = select(STAKE.c.id).where(STAKE.c.member_id.in_(parts), STAKE.c.state.in_(states)).limit(1)
    return (await (await session.connection()).execute(query)).first() is not None


async def _settle(
    session: AsyncSession, book: Book, challenge: Challenge, stake: ChallengeStake, programme: Terms
) -> bool:
    over = stake.settle_at <= clock.now()
    if not over and challenge.cancelled_at is None:
        return False
    counted = await stakes.progress(session, challenge.kind, stake, programme)
    if not _held(book, stake):
        _close(book, stake, StakeState.CANCELLED, counted)
    elif counted >= challenge.goal:
        _win(book, challenge, stake, counted, programme)
        return True
    elif challenge.cancelled_at is not None:
        _give_back(book, challenge, stake, counted)
    elif book.holds[stake.id].stands(clock.now()):
        _lose(book, challenge, stake, counted)
    else:
        reserving.lapse(book, book.holds[stake.id])
        _close(book, stake, StakeState.CANCELLED, counted)
    challenge.promised -= stake.bonus
    return True


def _held(book: Book, stake: ChallengeStake) -> bool:
    return book.holds[stake.id].state == HoldState.OPEN


def _win(book: Book, challenge: Challenge, stake: ChallengeStake, counted: int, programme: Terms) -> None:
    moment = clock.now()
    reserving.let_go(book, book.holds[stake.id], **stakes.said("back", challenge, stake, "CHALLENGE_STAKE_BACK"))
    entry = posting.earn(
        book,
        points=stake.bonus,
        expires_at=programme.expires_at(moment, "PRIZE"),
        occurred_at=moment,
        **stakes.said("bonus", challenge, stake, "CHALLENGE_WON"),
    )
    stake.bonus_entry_id = entry.entry_id
    _close(book, stake, StakeState.WON, counted)
    book.tell(ChallengeWon(**_told(challenge, stake), bonus=stake.bonus))


def _lose(book: Book, challenge: Challenge, stake: ChallengeStake, counted: int) -> None:
    reserving.capture(book, book.holds[stake.id], **stakes.said("lost", challenge, stake, "CHALLENGE_LOST"))
    _close(book, stake, StakeState.LOST, counted)
    book.tell(ChallengeLost(**_told(challenge, stake)))


def _give_back(book: Book, challenge: Challenge, stake: ChallengeStake, counted: int) -> None:
    reserving.let_go(book, book.holds[stake.id], **stakes.said("cancelled", challenge, stake, "CHALLENGE_CANCELLED"))
    _close(book, stake, StakeState.CANCELLED, counted)
    book.tell(ChallengeCancelled(**_told(challenge, stake)))


def _close(book: Book, stake: ChallengeStake, state: StakeState, counted: int) -> None:
    assert stake.state == StakeState.RUNNING and stake.member_id == book.member_id
    stake.state, stake.settled_at, stake.counted = state.value, clock.now(), counted


def _told(challenge: Challenge, stake: ChallengeStake) -> dict[str, Any]:
    return {
        "member_id": stake.member_id,
        "challenge_id": challenge.id,
        "stake_id": stake.id,
        "title": dict(challenge.title),
        "stake": stake.stake,
    }
