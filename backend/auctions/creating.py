"""Putting a reward up for auction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import standing
from backend.auctions.facts import StandingChanged
from backend.auctions.finding import AUCTION
from backend.auctions.models import Auction, AuctionState
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput
from backend.kit.outbox import announce
from backend.ledger import chain
from backend.ledger.book import KeyReused
from backend.programme import auctions, terms
from backend.programme.auctions import POINTS_MAX, AuctionTerms, Step
from backend.programme.text import Text
from backend.rewards import catalogue, prizes

RUNS_MAX = timedelta(days=60)
AHEAD_MAX = timedelta(days=365)
SOFT_CLOSE_SECONDS_MAX = 3_600
EXTENSIONS_MAX = 100


class PutUp(TypedDict):
    """What an operator says of a new auction; what is left out is the terms', or there is none."""

    title: Mapping[str, str]
    story: Mapping[str, str]
    ends_at: datetime
    opens_at: NotRequired[datetime | None]
    opening_points: NotRequired[int]
    steps: NotRequired[Sequence[Mapping[str, Any]] | None]
    reserve_points: NotRequired[int | None]
    buy_now_points: NotRequired[int | None]
    maximum_per_member: NotRequired[int | None]
    soft_close_seconds: NotRequired[int | None]
    extensions_max: NotRequired[int | None]


async def create_auction(
    session: AsyncSession, *, key: UUID, reward_id: UUID, **put_up: Unpack[PutUp]
) -> Done[Auction]:
    """Put one piece of a reward up for auction and take it off the shelf; `key` becomes its id.

    It opens at `opens_at`, or at once. The same key again returns the auction as it now stands. Raises KeyReused,
    NotFound, InvalidInput, OutOfStock.
    """
    given = {name: value for name, value in put_up.items() if value is not None}
    request_hash = chain.digest({**given, "reward": str(reward_id)})
    if (earlier := await session.get(Auction, key)) is not None:
        if earlier.request_hash != request_hash:
            raise KeyReused
        return Done(earlier, replayed=True)
    reward = await catalogue.find(session, reward_id)
    drawn_up = _drawn_up(given, (await terms.in_force(session)).auctions)
    named: dict[str, Any] = {
        "id": key,
        "number": await _next_number(session),
        "reward_id": reward.id,
        "sku": reward.sku,
    }
    auction = Auction(**drawn_up, **named, request_hash=request_hash)
    _check(auction)
    session.add(auction)
    await session.flush()
    announce(session, StandingChanged(standing=standing.of(auction)))
    await prizes.set_aside(session, reward.sku, 1)
    return Done(auction)


def _drawn_up(given: Mapping[str, Any], usual: AuctionTerms) -> dict[str, Any]:
    moment, steps = clock.now(), given.get("steps", usual.steps)
    opens_at, ends_at = _times(max(given.get("opens_at", moment), moment), given["ends_at"])
    soft_close_seconds = _within("soft_close_seconds", SOFT_CLOSE_SECONDS_MAX, given, usual)
    extensions_max = _within("extensions_max", EXTENSIONS_MAX, given, usual)
    opening_points, reserve_points = given.get("opening_points", 0), given.get("reserve_points")
    return {
        "title": dict(given["title"]),
        "story": dict(given["story"]),
        "state": (AuctionState.SCHEDULED if opens_at > moment else AuctionState.OPEN).value,
        "opens_at": opens_at,
        "ends_at": ends_at,
        "latest_end_at": ends_at + timedelta(seconds=soft_close_seconds * extensions_max),
        "opening_points": opening_points,
        "steps": _steps(steps),
        "reserve_points": reserve_points,
        "buy_now_points": given.get("buy_now_points"),
        "maximum_per_member": given.get("maximum_per_member"),
        "soft_close_seconds": soft_close_seconds,
        "extensions_max": extensions_max,
        "price": opening_points,
        "reserve_met": reserve_points is None,
        "created_at": moment,
    }


def _times(opens_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    if opens_at - clock.now() > AHEAD_MAX:
        raise InvalidInput("opensAt", f"At most {AHEAD_MAX.days} days from now.")
    if not timedelta(0) < ends_at - opens_at <= RUNS_MAX:
        raise InvalidInput("endsAt", f"After it opens, within {RUNS_MAX.days} days.")
    return opens_at, ends_at


def _within(name: str, most: int, given: Mapping[str, Any], usual: AuctionTerms) -> int:
    number: int = given.get(name, getattr(usual, name))
    if not 0 <= number <= most:
        head, *rest = name.split("_")
        raise InvalidInput(head + "".join(word.capitalize() for word in rest), f"0 to {most}.")
    return number


def _steps(given: Sequence[Any]) -> list[dict[str, Any]]:
    try:
        steps = [Step.model_validate(step) for step in given]
    except ValidationError as wrong:
        raise InvalidInput("steps", "Each step has whole points above 0, and so has its bound.") from wrong
    if (problem := auctions.what_is_wrong(steps)) is not None:
        raise InvalidInput("steps", f"Steps: {problem}.")
    return [step.model_dump() for step in steps]


def _check(auction: Auction) -> None:
    first, buy = standing.rules_of(auction).first(), auction.buy_now_points
    reserve, cap = auction.reserve_points, auction.maximum_per_member
    dearest = max(first, reserve or 0, buy or 0)
    for field, sound, message in (
        ("title", _both(auction.title), "Words in both languages, up to 2000 characters."),
        ("story", _both(auction.story), "Words in both languages, up to 2000 characters."),
        ("openingPoints", 0 <= auction.opening_points <= POINTS_MAX, f"Between 0 and {POINTS_MAX}."),
        ("reservePoints", reserve is None or first < reserve <= POINTS_MAX, "More than the first bid must be."),
        ("buyNowPoints", buy is None or max(first, reserve or 0) < buy <= POINTS_MAX, "More than bids need to reach."),
        ("maximumPerMember", cap is None or dearest <= cap <= POINTS_MAX, "Enough for the first bid and every price."),
    ):
        if not sound:
            raise InvalidInput(field, message)


def _both(words: Mapping[str, str]) -> bool:
    try:
        return bool(Text.model_validate(dict(words)))
    except ValidationError:
        return False


async def _next_number(session: AsyncSession) -> int:
    # Two at once take the same number; the second is told so by the database, and `transact` runs it again.
    newest = (await (await session.connection()).execute(select(func.max(AUCTION.c.number)))).scalar()
    return int(newest or 0) + 1
