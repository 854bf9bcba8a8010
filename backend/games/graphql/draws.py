"""Pools, rounds and draws as they may be shown: the odds to everyone, a draw to whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry
from sqlmodel import col, select

from backend.games import closing_draws, drawing, draws_made, fair_draw, playing, pooling, published_terms, rounds
from backend.games.fair_draw import SoldOutRule
from backend.games.models_draws import Draw as DrawRow, DrawPool as PoolRow, DrawPrize, DrawRound as RoundRow, PoolKind
from backend.kit import clock, db, ids
from backend.kit.errors import NotFound
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Connection,
    Info,
    Locale,
    Moment,
    Node,
    Points,
    from_global_id,
    global_id,
    node_from,
    page,
    say,
)
from backend.members.graphql import MemberEdge
from backend.programme import terms
from backend.programme.text import Text
from backend.rewards import redemptions
from backend.rewards.graphql import Redemption, Reward, redemption_view
from backend.rewards.graphql.reward import reward_by_id

RULES = {
    SoldOutRule.NEXT_DOWN: Text(
        zh_cn="奖品抽完后，由清单上下一件还有的奖品代替；最后一件永远不会抽完。",
        en="A prize that has run out is replaced by the next on the list that is left; the last never runs out.",
    ),
    SoldOutRule.CONSOLATION: Text(
        zh_cn="奖品抽完后，由清单上的最后一件代替；它永远不会抽完。",
        en="A prize that has run out is replaced by the last one on the list, which never runs out.",
    ),
}
strawberry.enum(PoolKind, name="DrawPoolKind", description="How a pool is shown; both kinds are drawn alike.")


@strawberry.enum(
    description="SCHEDULED: published, not open yet. OPEN. CLOSED: nothing more is drawn, the seed follows within 24 "
    "hours. REVEALED: anyone can compute every draw again."
)
class DrawRoundState(Enum):
    """Where a round is in its life."""

    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    REVEALED = "REVEALED"


@strawberry.type(description="One prize of a round: how likely now, and how many are left. In the published order.")
class DrawOdds:
    row: strawberry.Private[DrawPrize]
    prize_id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    points: Points = strawberry.field(description="What a prize of points gives; 0 for the others.")
    weight: int = strawberry.field(description="Its published weight among the weights of the list.")
    weight_now: int = strawberry.field(
        description="The weight with which it is given now: what has run out hands its own to what comes instead."
    )
    chance_bp: int = strawberry.field(description="The chance of it now in basis points, rounded to the nearest.")
    pieces: int | None = strawberry.field(description="How many there were; null for the last one, which stays.")
    left: int | None = strawberry.field(description="How many are left; null for the last one.")

    @strawberry.field(description="What it is called.")
    def name(self, locale: Locale) -> str:
        return self.row.name[locale.value.lower()]

    @strawberry.field(description="The reward it is; null for points and for a thank-you.")
    async def reward(self, info: Info) -> Reward | None:
        return await reward_by_id(self.row.reward_id) if self.row.reward_id else None


@strawberry.type(description="A pool for a time, under terms that were published before and never change.")
class DrawRound(Node):
    row: strawberry.Private[RoundRow]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    number: int = strawberry.field(description="From 1, in each pool.")
    state: DrawRoundState = strawberry.field(description="How it stands.")
    points: Points = strawberry.field(description="What one draw costs.")
    commitment: str = strawberry.field(description="SHA-256 of the seed, 64 hexadecimal digits, before anyone drew.")
    terms: str = strawberry.field(description="The published terms, as JSON text; they cover the commitment.")
    terms_hash: str = strawberry.field(description="SHA-256 of that text in UTF-8: the same for ever.")
    opens_at: Moment = strawberry.field(description="From when one may draw.")
    closes_at: Moment = strawberry.field(
        description="Until when at the latest; the round ends before when the last piece is drawn or it is closed."
    )
    closed_at: Moment | None = strawberry.field(description="When it ended; null while it has not.")
    revealed_at: Moment | None = strawberry.field(description="When the seed was revealed; null until then.")
    seed: str | None = strawberry.field(description="The seed, 64 hexadecimal digits; null until it is revealed.")
    drawn: int = strawberry.field(description="How many draws were made: the number of the last one.")
    record: str = strawberry.field(
        description="Where the terms, the seed and every draw of it stand for anyone to read, once it is revealed."
    )

    @strawberry.field(description="Every prize, in the published order.")
    async def odds(self, info: Info) -> list[DrawOdds]:
        listed = await info.context.load(_prizes, self.row.id)
        return odds_view(self.row, listed)

    @strawberry.field(description="What comes instead of a prize that has run out.")
    def rule(self, locale: Locale) -> str:
        return say(RULES[SoldOutRule(self.row.rule)], locale)

    @strawberry.field(description="The pool it belongs to.")
    async def pool(self, info: Info) -> "DrawPool":
        return await info.context.load(_pools, self.row.pool_id)


@strawberry.type(description="How much whoever is signed in has drawn, and may still.")
class DrawMeasure:
    draws_this_week: int = strawberry.field(description="From this pool, in the programme's week.")
    left_this_week: int = strawberry.field(description="How many more this week.")
    resets_at: Moment = strawberry.field(description="When the next week begins.")
    cool_down_until: Moment | None = strawberry.field(
        description="After many draws in a short time, from whatever pools: when the next one may be. Null: now."
    )


@strawberry.type(description="What is drawn from: a blind box or a lottery.")
class DrawPool:
    row: strawberry.Private[PoolRow]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    code: str = strawberry.field(description="The operator's own name for it; part of what every draw hashes.")
    kind: PoolKind = strawberry.field(description="How it is shown.")
    points: Points = strawberry.field(description="What one draw costs.")
    weekly_limit: int = strawberry.field(description="Draws of one member in one week of the programme.")

    @strawberry.field(description="What it is called.")
    def title(self, locale: Locale) -> str:
        return self.row.title[locale.value.lower()]

    @strawberry.field(description="The round that is open, else the next one, else the last one; null before any.")
    async def round(self) -> DrawRound | None:
        async with db.read() as session:
            row = await rounds.current(session, self.row.id)
        return None if row is None else round_view(row)

    @strawberry.field(description="The last round whose seed was revealed; null when there is none yet.")
    async def last_revealed(self) -> DrawRound | None:
        async with db.read() as session:
            row = await rounds.last_revealed(session, self.row.id)
        return None if row is None else round_view(row)

    @strawberry.field(description="Her own measure; null unless a member is signed in.")
    async def mine(self, info: Info) -> DrawMeasure | None:
        member_id = info.context.identity.member_id
        return await info.context.load(_measures, (member_id, Pool(self.row))) if member_id else None


@dataclass(frozen=True, eq=False)
class Pool:
    """A pool's row; two of the same are two."""

    row: PoolRow


@strawberry.type(description="One go of a member: what her number came to.")
class Draw(Node):
    row: strawberry.Private[DrawRow]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    draw_id: UUID = strawberry.field(description="As her phone made it: part of what was hashed.")
    number: int = strawberry.field(description="Its place among the draws of its round, from 1 without gaps.")
    at: Moment = strawberry.field(description="When it was made.")
    points: Points = strawberry.field(description="What it cost.")
    hash: str = strawberry.field(
        description="HMAC-SHA-256 under the seed over `<pool code>|<round number>|<draw id>`, 64 hexadecimal digits: "
        "given at once, computable by anyone once the seed is revealed."
    )
    replaced: bool = strawberry.field(description="Whether the prize its number fell on had run out.")

    @strawberry.field(description="The round it was drawn from.")
    async def round(self, info: Info) -> DrawRound:
        return await info.context.load(_rounds, self.row.round_id)

    @strawberry.field(description="What she got, as the odds have it now.")
    async def prize(self, info: Info) -> DrawOdds:
        return await self._odds(info, self.row.given)

    @strawberry.field(description="The prize her number fell on; another one than she got when it had run out.")
    async def fell_on(self, info: Info) -> DrawOdds:
        return await self._odds(info, self.row.fell_on)

    @strawberry.field(description="The reward as a redemption, with its code or way; null for points and thanks.")
    async def redemption(self) -> Redemption | None:
        if self.row.redemption_id is None:
            return None
        async with db.read() as session:
            found = await redemptions.one(session, self.row.member_id, self.row.redemption_id)
            return redemption_view(found, await terms.in_force(session))

    @strawberry.field(description="The entry that paid for it.")
    def entry_id(self) -> strawberry.ID:
        return global_id("Entry", self.row.entry_id)

    async def _odds(self, info: Info, place: int) -> DrawOdds:
        row = (await info.context.load(_rounds, self.row.round_id)).row
        return odds_view(row, await info.context.load(_prizes, self.row.round_id))[place]


@strawberry.type
class DrawsFragment(MemberEdge):
    @strawberry.field(description="Her draws, the newest first. 1 to 50 at a time.")
    async def draws(self, first: int | None = 20, after: str | None = None) -> Connection[Draw]:
        async def fetch(place: tuple[datetime, UUID] | None, count: int) -> list[tuple[tuple[datetime, UUID], Draw]]:
            async with db.read() as session:
                rows = await draws_made.of_member(session, self.member_id, place, count)
            return [((row.drawn_at, row.id), draw_view(row)) for row in rows]

        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(datetime, UUID))

    @strawberry.field(description="One of her draws; null when she has none with this id.")
    async def draw(self, id: strawberry.ID) -> Draw | None:  # noqa: A002  the contract's word
        return await _hers(self.member_id, from_global_id("Draw", id))


@strawberry.type
class DrawsQuery:
    @strawberry.field(description="Every pool, the oldest first, with its odds: for everyone, signed in or not.")
    async def draw_pools(self) -> list[DrawPool]:
        async with db.read() as session:
            return [pool_view(row) for row in await pooling.all_pools(session)]

    @strawberry.field(description="One round, whatever its state; null when there is none.")
    async def draw_round(self, id: strawberry.ID) -> DrawRound | None:  # noqa: A002  the contract's word
        return await _round(from_global_id("DrawRound", id))


def pool_view(row: PoolRow) -> DrawPool:
    """A pool's row as the wire shows it."""
    return DrawPool(
        row=row,
        id=global_id("DrawPool", row.id),
        code=row.code,
        kind=PoolKind(row.kind),
        points=row.points,
        weekly_limit=row.weekly_limit,
    )


def round_view(row: RoundRow) -> DrawRound:
    """A round's row as the wire shows it: never the seed before its time."""
    return DrawRound(
        row=row,
        id=global_id("DrawRound", row.id),
        number=row.number,
        state=DrawRoundState(closing_draws.state_of(row, clock.now())),
        points=row.points,
        commitment=row.commitment,
        terms=row.terms,
        terms_hash=published_terms.terms_hash(row.terms),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        closed_at=row.closed_at,
        revealed_at=row.revealed_at,
        seed=row.seed.hex() if row.seed is not None and row.revealed_at is not None else None,
        drawn=row.drawn,
        record=f"/draws/{row.id}.json",
    )


def odds_view(row: RoundRow, listed: Sequence[DrawPrize]) -> list[DrawOdds]:
    """A round's prizes as the wire shows them."""
    left = [prize.left for prize in listed]
    now = fair_draw.weights_now(published_terms.chances(listed), left, SoldOutRule(row.rule))
    return [
        DrawOdds(
            row=prize,
            prize_id=global_id("DrawPrize", ids.derived(row.id, str(prize.place))),
            points=prize.points,
            weight=prize.weight,
            weight_now=weight,
            chance_bp=round(weight * 10_000 / sum(now)),
            pieces=prize.pieces,
            left=prize.left,
        )
        for prize, weight in zip(listed, now, strict=True)
    ]


def draw_view(row: DrawRow) -> Draw:
    """A draw's row as the wire shows it."""
    return Draw(
        row=row,
        id=global_id("Draw", row.id),
        draw_id=row.id,
        number=row.number,
        at=row.drawn_at,
        points=row.points,
        hash=row.hash.hex(),
        replaced=row.given != row.fell_on,
    )


@node_from("Draw")
async def _draw_node(info: Info, draw_id: UUID) -> Draw | None:
    member_id = info.context.identity.member_id
    return await _hers(member_id, draw_id) if member_id else None


@node_from("DrawRound")
async def _round_node(_info: Info, round_id: UUID) -> DrawRound | None:
    return await _round(round_id)


async def _round(round_id: UUID) -> DrawRound | None:
    async with db.read() as session:
        row = await session.get(RoundRow, round_id)
    return None if row is None else round_view(row)


async def _hers(member_id: UUID, draw_id: UUID) -> Draw | None:
    async with db.read() as session:
        try:
            return draw_view(await draws_made.one(session, member_id, draw_id))
        except NotFound:
            return None


async def _prizes(round_ids: list[UUID]) -> Sequence[list[DrawPrize]]:
    async with db.read() as session:
        return [await drawing.prizes_of(session, round_id) for round_id in round_ids]


async def _rounds(round_ids: list[UUID]) -> Sequence[DrawRound]:
    async with db.read() as session:
        rows = await session.exec(select(RoundRow).where(col(RoundRow.id).in_(round_ids)))
    found = {row.id: round_view(row) for row in rows}
    return [found[round_id] for round_id in round_ids]


async def _pools(pool_ids: list[UUID]) -> Sequence[DrawPool]:
    async with db.read() as session:
        found = {row.id: pool_view(row) for row in await pooling.all_pools(session)}
    return [found[pool_id] for pool_id in pool_ids]


async def _measures(asked: list[tuple[UUID, Pool]]) -> Sequence[DrawMeasure]:
    member_id, pools = asked[0][0], [pool.row for _, pool in asked]
    async with db.read() as session:
        found = await playing.played(session, member_id, pools, await terms.in_force(session))
    return [
        DrawMeasure(
            draws_this_week=found[pool.id].this_week,
            left_this_week=found[pool.id].left,
            resets_at=found[pool.id].resets_at,
            cool_down_until=found[pool.id].cool_down_until,
        )
        for pool in pools
    ]
