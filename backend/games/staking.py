"""Taking up a challenge: the stake is agreed to, capped and held, and nothing is debited."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import bonuses, challenges, stakes
from backend.games.models_challenges import Challenge, ChallengeStake, StakeState
from backend.games.stakes import STAKE
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.ledger import posting, reserving
from backend.ledger.book import Book
from backend.members import enrolment, families
from backend.programme import terms
from backend.programme.terms import Terms

HELD_BEYOND = timedelta(days=30)
"""So long after a challenge must be settled its hold lapses by itself: long enough for a worker that was down."""
PURPOSE = "CHALLENGE"


class AgreementNeeded(Refused):
    """Say that you agree to the stake first: it is held now, and gone if you miss the goal."""


class ChallengeNotOpen(Refused):
    """This challenge cannot be taken up now."""


class ChallengeFull(Refused):
    """All places of this challenge are taken, or its bonuses are promised to others."""


class AlreadyTakenUp(Refused):
    """You have taken up this challenge already."""


class StakeOutOfRange(Refused):
    """The stake is more or less than this challenge takes."""

    def __init__(self, minimum: int, maximum: int) -> None:
        super().__init__()
        self.minimum, self.maximum = minimum, maximum


class StakeOverCap(Refused):
    """That would be more at stake at once than the programme allows."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


async def accept_challenge(
    session: AsyncSession, *, key: UUID, member_id: UUID, challenge_id: UUID, stake: int, agreed: bool
) -> Done[ChallengeStake]:
    """Take up a challenge with `stake` points, which are held until it is settled; `agreed` says she was shown that.

    The bonus is promised now and stays so. The same key returns the first stake as it now stands. Raises KeyReused,
    NotFound, AgreementNeeded, NotEnrolled, AccountFrozen, ChallengeNotOpen, AlreadyTakenUp, StakeOutOfRange,
    StakeOverCap, ChallengeFull, InsufficientPoints.
    """
    challenge = await challenges.locked(session, challenge_id)
    name, request = f"challenge:{key}", {"challenge": str(challenge_id), "stake": stake}
    book = await posting.open_book(session, member_id, name)
    if (entry := book.already(name, request)) is not None:
        return Done(await stakes.one(session, member_id, entry.entry_id), replayed=True)
    if not agreed:
        raise AgreementNeeded
    await enrolment.must_be_enrolled(session, member_id)
    book.must_move()
    programme = await terms.in_force(session)
    await _may(session, member_id, challenge, stake, programme)
    row = _row(book, name, challenge, stake, programme)
    _hold(book, name, request, challenge, row)
    challenge.joined, challenge.promised = challenge.joined + 1, challenge.promised + row.bonus
    await posting.write(session, [book])
    session.add(row)
    await session.flush()
    return Done(row)


async def at_stake(session: AsyncSession, member_id: UUID) -> int:
    """Points she has at stake now."""
    parts = await families.part_ids(session, member_id)
    query = select(func.coalesce(func.sum(STAKE.c.stake), 0)).where(
        STAKE.c.member_id.in_(parts), STAKE.c.state == StakeState.RUNNING.value
    )
    return int((await (await session.connection()).execute(query)).scalar_one())


def is_open(challenge: Challenge, moment: datetime) -> bool:
    """Whether it can be taken up at `moment`, if there is room."""
    return challenge.cancelled_at is None and challenge.opens_at <= moment < challenge.closes_at


def is_full(challenge: Challenge, stake: int) -> bool:
    """Whether there is no place left, or not enough budget for what this stake wins."""
    taken = challenge.places is not None and challenge.joined >= challenge.places
    return taken or challenge.promised + bonuses.bonus_of(challenge, stake) > challenge.bonus_budget


async def _may(session: AsyncSession, member_id: UUID, challenge: Challenge, stake: int, programme: Terms) -> None:
    if not is_open(challenge, clock.now()):
        raise ChallengeNotOpen
    earlier = await stakes.of_challenges(session, member_id, [challenge.id])
    if len(earlier) >= challenge.times_per_member or any(one.state == StakeState.RUNNING for one in earlier):
        raise AlreadyTakenUp
    if not challenge.stake_minimum <= stake <= challenge.stake_maximum:
        raise StakeOutOfRange(challenge.stake_minimum, challenge.stake_maximum)
    left = max(0, programme.stakes_at_once_max - await at_stake(session, member_id))
    if stake > left:
        raise StakeOverCap(left)
    if is_full(challenge, stake):
        raise ChallengeFull


def _row(book: Book, name: str, challenge: Challenge, stake: int, programme: Terms) -> ChallengeStake:
    moment = clock.now()
    ends_at = bonuses.ends_at(programme, moment, challenge.days)
    return ChallengeStake(
        member_id=book.member_id,
        id=book.entry_id(name),
        challenge_id=challenge.id,
        stake=stake,
        bonus=bonuses.bonus_of(challenge, stake),
        state=StakeState.RUNNING.value,
        started_at=moment,
        ends_at=ends_at,
        settle_at=ends_at + timedelta(hours=challenge.grace_hours),
    )


def _hold(book: Book, name: str, request: dict[str, Any], challenge: Challenge, row: ChallengeStake) -> None:
    reserving.hold(
        book,
        points=row.stake,
        lapses_at=row.settle_at + HELD_BEYOND,
        purpose=PURPOSE,
        key=name,
        actor="member",
        why={"code": "CHALLENGE_STAKE", "title": dict(challenge.title), "challenge": str(challenge.id)},
        reference=str(challenge.id),
        request=request,
    )
