"""Drawing: points become one go at a published row of prizes, whatever comes of it, once per draw id."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import fair_draw, playing, published_terms, sealed_draws
from backend.games.fair_draw import Drawn, SoldOutRule
from backend.games.models_draws import Draw, DrawPool, DrawPrize, DrawRound, PrizeKind
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import NotFound, Refused
from backend.ledger import posting
from backend.ledger.book import Book, KeyReused
from backend.members import enrolment, families
from backend.programme import terms
from backend.programme.terms import Terms
from backend.rewards import catalogue, prizes
from backend.rewards.models import RedemptionOrigin
from backend.rewards.redeeming import PriceChanged


class DrawRoundClosed(Refused):
    """This round is not open. Look at the pool again."""


class DrawLimitReached(Refused):
    """You have drawn as often as you may this week."""

    def __init__(self, limit: int, resets_at: datetime) -> None:
        super().__init__()
        self.limit, self.resets_at = limit, resets_at


class CoolingDown(Refused):
    """You have drawn often in a short time. Take a break first."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


async def draw(
    session: AsyncSession,
    *,
    draw_id: UUID,
    member_id: UUID,
    pool_id: UUID,
    expected_points: int | None = None,
    round_id: UUID | None = None,
) -> Done[Draw]:
    """Burn the price of one draw from the pool's open round, and give what it comes to, in the same commit.

    The same `draw_id` returns the first result, also when the round is over; it is one member's for ever.
    `expected_points`, `round_id`: the price and the round she was shown; with any other nothing happens. All draws of
    a round go through its lock one after the other: their numbers have no gap, so none can be left out of the list
    that is published, and no two of them get the same piece. When the last piece goes, the round closes.
    Raises NotFound, KeyReused, DrawRoundClosed, PriceChanged, NotEnrolled, AccountFrozen, DrawLimitReached,
    CoolingDown, InsufficientPoints.
    """
    pool = await session.get(DrawPool, pool_id)
    if pool is None:
        raise NotFound
    now_open = await _locked(session, pool_id)
    if (first := await _earlier(session, draw_id, member_id, pool_id)) is not None:
        return Done(first, replayed=True)
    if now_open is None or round_id not in (None, now_open.id):
        raise DrawRoundClosed
    if expected_points not in (None, now_open.points):
        raise PriceChanged(now_open.points)
    book = await posting.open_book(session, member_id, name := name_of(draw_id))
    in_force = await terms.in_force(session)
    await enrolment.must_be_enrolled(session, member_id)
    book.must_move()
    await _may_play(session, book, pool, in_force)
    posting.expire(book, moment=clock.now())
    _burn(book, name, pool, now_open)
    listed = await prizes_of(session, now_open.id)
    row = _drawn(book, draw_id, pool, now_open, listed)
    session.add(row)
    await _award(session, book, row, prize=listed[row.given], pool=pool, in_force=in_force)
    return Done(row)


def name_of(draw_id: UUID) -> str:
    """What the books call the act."""
    return f"draw:{draw_id}"


async def prizes_of(session: AsyncSession, round_id: UUID) -> list[DrawPrize]:
    """A round's prizes in their order, as they stand."""
    query = select(DrawPrize).where(DrawPrize.round_id == round_id).order_by(col(DrawPrize.place))
    return list((await session.exec(query, execution_options={"populate_existing": True})).all())


async def _locked(session: AsyncSession, pool_id: UUID) -> DrawRound | None:
    # Only one round of a pool is ever within its time; it is looked at again once it is locked.
    moment = clock.now()
    query = (
        select(DrawRound)
        .where(DrawRound.pool_id == pool_id, col(DrawRound.closed_at).is_(None))
        .where(col(DrawRound.opens_at) <= moment, col(DrawRound.closes_at) > moment)
        .with_for_update()
    )
    return (await session.exec(query, execution_options={"populate_existing": True})).first()


async def _earlier(session: AsyncSession, draw_id: UUID, member_id: UUID, pool_id: UUID) -> Draw | None:
    first = (await session.exec(select(Draw).where(Draw.id == draw_id))).first()
    if first is None:
        return None
    drawn_round = await session.get_one(DrawRound, first.round_id)
    if first.member_id not in await families.part_ids(session, member_id) or drawn_round.pool_id != pool_id:
        raise KeyReused
    return first


async def _may_play(session: AsyncSession, book: Book, pool: DrawPool, in_force: Terms) -> None:
    # Counted under her account's lock, so that two draws at once cannot both be the last one allowed.
    played = (await playing.played(session, book.member_id, [pool], in_force))[pool.id]
    if not played.left:
        raise DrawLimitReached(pool.weekly_limit, played.resets_at)
    if played.cool_down_until is not None:
        raise CoolingDown(played.cool_down_until)


def _burn(book: Book, name: str, pool: DrawPool, now_open: DrawRound) -> None:
    # An id she was using at another pool at this moment: that pool's lock was not waited for. Raises KeyReused.
    book.already(name, _request(pool))
    why = {"code": "DRAW", "pool": str(pool.id), "name": dict(pool.title), "round": now_open.number}
    reference = str(book.entry_id(name))
    posting.burn(
        book, key=name, points=now_open.points, actor="member", why=why, reference=reference, request=_request(pool)
    )


def _request(pool: DrawPool) -> Mapping[str, Any]:
    return {"pool": str(pool.id)}


def _drawn(book: Book, draw_id: UUID, pool: DrawPool, now_open: DrawRound, listed: Sequence[DrawPrize]) -> Draw:
    drawn = _result(draw_id, pool, now_open, listed)
    now_open.drawn += 1
    prize = listed[drawn.given]
    if prize.left is not None:
        prize.left -= 1
        if not any(other.left for other in listed):
            now_open.closed_at = clock.now()
    return Draw(
        member_id=book.member_id,
        id=draw_id,
        round_id=now_open.id,
        number=now_open.drawn,
        fell_on=drawn.fell_on,
        given=drawn.given,
        points=now_open.points,
        hash=drawn.digest,
        entry_id=book.entry_id(name_of(draw_id)),
        drawn_at=clock.now(),
    )


def _result(draw_id: UUID, pool: DrawPool, now_open: DrawRound, listed: Sequence[DrawPrize]) -> Drawn:
    message = fair_draw.message(pool.code, now_open.number, draw_id)
    hashed = fair_draw.digest(sealed_draws.seed_of(now_open), message)
    left = [prize.left for prize in listed]
    return fair_draw.draw(hashed, published_terms.chances(listed), left, SoldOutRule(now_open.rule))


async def _award(
    session: AsyncSession, book: Book, row: Draw, *, prize: DrawPrize, pool: DrawPool, in_force: Terms
) -> None:
    name = f"draw-prize:{row.id}"
    if prize.kind == PrizeKind.POINTS:
        why = {"code": "DRAW_PRIZE", "name": dict(pool.title), "draw": str(row.id)}
        row.earned_id = _earn(book, name, row, prize.points, in_force=in_force, why=why)
    if prize.reward_id is not None:
        row.redemption_id = book.entry_id(name)
    await posting.write(session, [book])
    if prize.reward_id is not None:
        reward = await catalogue.find(session, prize.reward_id)
        won: dict[str, Any] = {"origin": RedemptionOrigin.DRAW, "won_by": row.entry_id}
        await prizes.award(session, book, name=name, reward=reward, **won)


def _earn(book: Book, name: str, row: Draw, points: int, *, in_force: Terms, why: Mapping[str, Any]) -> UUID:
    moment = clock.now()
    entry = posting.earn(
        book,
        key=name,
        points=points,
        expires_at=in_force.expires_at(moment, "PRIZE"),
        occurred_at=moment,
        actor="programme",
        why=why,
        reference=str(row.entry_id),
    )
    return entry.entry_id
