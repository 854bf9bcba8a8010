"""Offering challenges and cancelling them; finding them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import and_, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.bonuses import bonus_of
from backend.games.models_challenges import Challenge, ChallengeKind
from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound
from backend.kit.plain import plain
from backend.ledger import chain, reasons
from backend.ledger.book import KeyReused
from backend.programme.text import Text

CHALLENGE = table_of(Challenge)
POINTS_MAX = 1_000_000_000
GOAL_MAX = 1_000_000_000_00
DAYS_MAX = 90
GRACE_HOURS_MAX = 24 * 30
BONUS_BP_MAX = 100_000
PLACES_MAX = 10_000_000
SHOWN_MAX = 50


class Offered(TypedDict):
    """What an operator says of a new challenge; fields as in models_challenges.Challenge."""

    kind: ChallengeKind
    title: Mapping[str, str]
    story: Mapping[str, str]
    goal: int
    days: int
    stake_minimum: int
    stake_maximum: int
    bonus_budget: int
    opens_at: datetime
    closes_at: datetime
    bonus_bp: NotRequired[int | None]
    bonus_cap: NotRequired[int | None]
    bonus_points: NotRequired[int | None]
    places: NotRequired[int | None]
    times_per_member: NotRequired[int]
    grace_hours: NotRequired[int]


async def create_challenge(session: AsyncSession, *, key: UUID, **offered: Unpack[Offered]) -> Done[Challenge]:
    """Offer a challenge; `key` becomes its id. The same key again returns it as it now stands.

    Raises KeyReused, InvalidInput.
    """
    asked: dict[str, Any] = {**offered}
    said = {name: plain(value) for name, value in asked.items() if value is not None}
    challenge = Challenge(id=key, **asked, created_at=clock.now(), request_hash=chain.digest(said))
    _check(challenge)
    if not await _first_time(session, challenge):
        return Done(await _earlier(session, challenge), replayed=True)
    return Done(challenge)


async def cancel_challenge(session: AsyncSession, *, challenge_id: UUID, reason: str) -> Done[Challenge]:
    """Take a challenge back: nobody takes it up any more, and every running stake is given back soon after.

    Who had reached the goal by then has won. A second call changes nothing. Raises NotFound, InvalidInput.
    """
    challenge = await locked(session, challenge_id)
    if challenge.cancelled_at is not None:
        return Done(challenge, replayed=True)
    challenge.reason, challenge.cancelled_at = reasons.checked(reason), clock.now()
    return Done(challenge)


async def locked(session: AsyncSession, challenge_id: UUID) -> Challenge:
    """The challenge, nobody else's until this verb ends. Raises NotFound."""
    found = await session.get(Challenge, challenge_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


async def find(session: AsyncSession, challenge_id: UUID) -> Challenge | None:
    """The challenge, whatever has become of it."""
    return await session.get(Challenge, challenge_id)


async def shown(session: AsyncSession, also: Sequence[UUID]) -> Sequence[Challenge]:
    """What can be taken up now, the first to close first, and those named; at most SHOWN_MAX."""
    moment = clock.now()
    open_now = and_(CHALLENGE.c.opens_at <= moment, CHALLENGE.c.closes_at > moment, CHALLENGE.c.cancelled_at.is_(None))
    query = select(Challenge).where(or_(open_now, CHALLENGE.c.id.in_(also)))
    return (await session.exec(query.order_by(col(Challenge.closes_at), col(Challenge.id)).limit(SHOWN_MAX))).all()


async def newest(session: AsyncSession, count: int) -> Sequence[Challenge]:
    """All of them, the newest first, for operators."""
    order = col(Challenge.created_at).desc(), col(Challenge.id).desc()
    return (await session.exec(select(Challenge).order_by(*order).limit(count))).all()


async def _first_time(session: AsyncSession, challenge: Challenge) -> bool:
    dialect: Any = sqlite if db.dialect() == "sqlite" else postgresql
    inserted = dialect.insert(CHALLENGE).values(challenge.model_dump()).on_conflict_do_nothing()
    return (await (await session.connection()).execute(inserted.returning(CHALLENGE.c.id))).first() is not None


async def _earlier(session: AsyncSession, challenge: Challenge) -> Challenge:
    earlier = await session.get_one(Challenge, challenge.id)
    if earlier.request_hash != challenge.request_hash:
        raise KeyReused
    return earlier


def _check(challenge: Challenge) -> None:
    shared = challenge.bonus_bp is not None
    for field, sound, message in (
        ("title", _both(challenge.title), "Words in both languages, up to 2000 characters."),
        ("story", _both(challenge.story), "Words in both languages, up to 2000 characters."),
        ("goal", 0 < challenge.goal <= GOAL_MAX, f"Between 1 and {GOAL_MAX}."),
        ("days", 0 < challenge.days <= DAYS_MAX, f"Between 1 and {DAYS_MAX}."),
        ("goal", not _beyond_its_days(challenge), "There are not so many days to check in."),
        ("stakeMinimum", 0 < challenge.stake_minimum <= POINTS_MAX, f"Between 1 and {POINTS_MAX}."),
        ("stakeMaximum", challenge.stake_minimum <= challenge.stake_maximum <= POINTS_MAX, "Not below the minimum."),
        ("bonusPoints", shared != (challenge.bonus_points is not None), "Either basis points or a fixed bonus."),
        ("bonusBp", not shared or 0 < (challenge.bonus_bp or 0) <= BONUS_BP_MAX, f"Between 1 and {BONUS_BP_MAX}."),
        ("bonusCap", shared == (challenge.bonus_cap is not None), "Basis points have a cap, a fixed bonus none."),
        ("bonusBudget", 0 < challenge.bonus_budget <= POINTS_MAX, f"Between 1 and {POINTS_MAX}."),
        ("places", challenge.places is None or 0 < challenge.places <= PLACES_MAX, "At least 1."),
        ("timesPerMember", 0 < challenge.times_per_member <= DAYS_MAX, f"Between 1 and {DAYS_MAX}."),
        ("graceHours", 0 <= challenge.grace_hours <= GRACE_HOURS_MAX, f"Between 0 and {GRACE_HOURS_MAX}."),
        ("closesAt", challenge.opens_at < challenge.closes_at, "It must close after it opens."),
    ):
        if not sound:
            raise InvalidInput(field, message)
    if not 0 < bonus_of(challenge, challenge.stake_minimum) <= challenge.bonus_budget:
        raise InvalidInput("bonusBudget", "The least stake must win something, and the budget must cover it.")


def _beyond_its_days(challenge: Challenge) -> bool:
    return challenge.kind == ChallengeKind.CHECK_INS and challenge.goal > challenge.days + 1


def _both(words: Mapping[str, str]) -> bool:
    try:
        return bool(Text.model_validate(dict(words)))
    except ValidationError:
        return False
