"""Challenges on the wire: what is offered, what is at stake, and how far she is."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

import strawberry
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import bonuses, challenges, models_challenges, stakes, staking
from backend.games.looking import at_challenge
from backend.games.models_challenges import ChallengeKind, StakeState
from backend.kit import clock, db
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    OPERATOR_PAGE_MAX,
    Info,
    Locale,
    LocalizedTextInput,
    MinorUnits,
    Moment,
    Node,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    global_id,
    how_many,
    member_of,
    node_from,
    operator_of,
    perform,
    perform_audited,
    refusal,
    refusal_of,
    say,
)
from backend.members.graphql import MemberEdge, MemberRef
from backend.programme import terms
from backend.programme.text import Text

KEY = "Made by whoever acts; the same one again is the same act. A refusal does not use it up."
strawberry.enum(
    ChallengeKind,
    description="What is counted: paid orders, money in minor units, days checked in, or points given to projects.",
)
strawberry.enum(
    StakeState,
    name="ChallengeStakeState",
    description="RUNNING holds the stake, WON gave it back with the bonus, LOST took it, CANCELLED gave it back.",
)


@strawberry.enum(description="Whether a challenge can be taken up: only an OPEN one.")
class ChallengeState(StrEnum):
    """How a challenge stands for everyone."""

    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    FULL = "FULL"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


@refusal(staking.AgreementNeeded)
class AgreementNeeded(Refusal):
    pass


@refusal(staking.ChallengeNotOpen)
class ChallengeNotOpen(Refusal):
    pass


@refusal(staking.ChallengeFull)
class ChallengeFull(Refusal):
    pass


@refusal(staking.AlreadyTakenUp)
class AlreadyTakenUp(Refusal):
    pass


@refusal(staking.StakeOutOfRange)
class StakeOutOfRange(Refusal):
    minimum: Points = strawberry.field(description="The least this challenge takes.")
    maximum: Points = strawberry.field(description="The most.")


@refusal(staking.StakeOverCap)
class StakeOverCap(Refusal):
    left: Points = strawberry.field(description="What she may stake now besides what she has at stake.")


@strawberry.type(description="What a member staked on a challenge: held until it is settled, exactly once.")
class ChallengeStake(Node):
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    stake: Points = strawberry.field(description="What is held, or was.")
    bonus: Points = strawberry.field(description="What winning earns on top, promised when she agreed.")
    state: StakeState = strawberry.field(description="How it stands.")
    started_at: Moment = strawberry.field(description="From when on what she does counts.")
    ends_at: Moment = strawberry.field(description="Until when.")
    settle_at: Moment = strawberry.field(description="Missed by then, the stake is lost: news may come late.")
    settled_at: Moment | None = strawberry.field(description="When it was won, lost or cancelled; null: running.")
    progress: MinorUnits = strawberry.field(description="How far she is in the goal's unit; may be beyond it.")
    bonus_taken_back: bool = strawberry.field(
        description="What had won it was given back since: orders refunded, donations reversed."
    )


@strawberry.type(description="Something to reach in time, with points at stake. Nothing of it ever changes.")
class Challenge(Node):
    row: strawberry.Private[models_challenges.Challenge]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    kind: ChallengeKind = strawberry.field(description="What is counted.")
    goal: MinorUnits = strawberry.field(description="Orders, minor units of money, days, or points, by kind.")
    days: int = strawberry.field(description="Whole days after the one it is taken up on, which counts too.")
    stake_minimum: Points = strawberry.field(description="The least that can be staked.")
    stake_maximum: Points = strawberry.field(description="The most.")
    bonus_bp: int | None = strawberry.field(description="The bonus in basis points of the stake; null: it is fixed.")
    bonus_cap: Points | None = strawberry.field(description="The most that basis points come to.")
    bonus_points: Points | None = strawberry.field(description="The fixed bonus; null: it follows the stake.")
    opens_at: Moment = strawberry.field(description="From when it can be taken up.")
    closes_at: Moment = strawberry.field(description="Until when.")
    grace_hours: int = strawberry.field(description="So long after its end late news of orders is waited for.")
    places_left: int | None = strawberry.field(description="How many may still take it up; null: any number.")
    state: ChallengeState = strawberry.field(description="Whether it can be taken up.")
    ends_at_if_accepted: Moment = strawberry.field(description="When it would end, taken up now.")
    mine: ChallengeStake | None = strawberry.field(description="What she staked on it last; null: nothing, or nobody.")
    acceptable: bool = strawberry.field(description="Whether the signed-in member may take it up now, points aside.")

    @strawberry.field(description="What to do.")
    def title(self, locale: Locale) -> str:
        return say(Text(**self.row.title), locale)

    @strawberry.field(description="What it is about.")
    def story(self, locale: Locale) -> str:
        return say(Text(**self.row.story), locale)


@strawberry.type(description="A challenge with what operators watch.")
class ChallengeFigures:
    challenge: Challenge = strawberry.field(description="The challenge.")
    joined: int = strawberry.field(description="How often it was taken up.")
    promised: Points = strawberry.field(description="Bonuses of running and won stakes: never more than the budget.")
    bonus_budget: Points = strawberry.field(description="The most that bonuses may come to.")
    reason: str | None = strawberry.field(description="Why it was cancelled; null: it was not.")


@strawberry.input(description="Taking up a challenge.")
class AcceptChallengeInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    challenge_id: strawberry.ID = strawberry.field(description="The challenge.")
    stake: Points = strawberry.field(description="What she stakes: held at once, gone if she misses the goal.")
    agreed: bool = strawberry.field(description="That she was shown what is held, until when, and what she may lose.")


@strawberry.type(description="The stake, or why not; the challenge and the member as they now stand, either way.")
class AcceptChallengePayload:
    member_id: strawberry.Private[UUID]
    refusal: Refusal | None = strawberry.field(description="Why not; null when the stake is held.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")
    challenge: Challenge | None = strawberry.field(description="As it now stands; null when there is none.")

    @strawberry.field(description="She who took it up.")
    def member(self) -> MemberRef:
        return assembled("Member")(member_id=self.member_id)


@strawberry.input(description="A new challenge. Either `bonusBp` with `bonusCap`, or `bonusPoints`.")
class CreateChallengeInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    kind: ChallengeKind = strawberry.field(description="What is counted.")
    title: LocalizedTextInput = strawberry.field(description="What to do.")
    story: LocalizedTextInput = strawberry.field(description="What it is about.")
    goal: MinorUnits = strawberry.field(description="Orders, minor units, days, or points.")
    days: int = strawberry.field(description="1 to 90 whole days after the one it is taken up on.")
    stake_minimum: Points = strawberry.field(description="At least 1.")
    stake_maximum: Points = strawberry.field(description="Not below the minimum.")
    bonus_budget: Points = strawberry.field(description="The most that all bonuses may come to.")
    opens_at: Moment = strawberry.field(description="From when it can be taken up.")
    closes_at: Moment = strawberry.field(description="Until when.")
    bonus_bp: int | None = strawberry.field(default=None, description="Basis points of the stake.")
    bonus_cap: Points | None = strawberry.field(default=None, description="The most that basis points come to.")
    bonus_points: Points | None = strawberry.field(default=None, description="A fixed bonus.")
    places: int | None = strawberry.field(default=None, description="How many may take it up; null: any number.")
    times_per_member: int = strawberry.field(default=1, description="How often one member may, one at a time.")
    grace_hours: int = strawberry.field(default=24, description="0 to 720: so long late news is waited for.")


@strawberry.input(description="A challenge to take back.")
class CancelChallengeInput:
    id: strawberry.ID = strawberry.field(description="The challenge.")
    reason: str = strawberry.field(description="Why, in 1 to 500 characters.")


@strawberry.type(description="The challenge as it now stands, or why nothing happened.")
class ChallengePayload:
    refusal: Refusal | None = strawberry.field(description="Why not; null when it is done.")
    replayed: bool = strawberry.field(description="It had been done before: nothing happened now.")
    figures: ChallengeFigures | None = strawberry.field(description="Null when refused.")


@strawberry.type
class ChallengesFragment(MemberEdge):
    @strawberry.field(description="What can be taken up now, the first to close first, and what she staked on.")
    async def challenges(self) -> list[Challenge]:
        async with db.read() as session:
            mine = {one.challenge_id: one for one in reversed(await stakes.of_member(session, self.member_id))}
            rows = await challenges.shown(session, list(mine))
            return await views(session, rows, self.member_id)

    @strawberry.field(description="What she may stake now besides what she has at stake.")
    async def stake_room(self) -> Points:
        async with db.read() as session:
            most = (await terms.in_force(session)).stakes_at_once_max
            return max(0, most - await staking.at_stake(session, self.member_id))


@strawberry.type
class ChallengesQuery:
    @strawberry.field(description="One challenge, for everyone; null when there is none with this id.")
    async def challenge(self, info: Info, id: strawberry.ID) -> Challenge | None:  # noqa: A002  the contract's word
        return await _one(from_global_id("Challenge", id), info.context.identity.member_id)


@strawberry.type
class ChallengesOperatorFragment:
    @strawberry.field(description="All challenges, the newest first; 1 to 100.")
    async def challenges(self, first: int | None = 20) -> list[ChallengeFigures]:
        async with db.read() as session:
            rows = await challenges.newest(session, how_many(first, OPERATOR_PAGE_MAX))
            return [_figures(row, view) for row, view in zip(rows, await views(session, rows, None), strict=True)]


@strawberry.type
class ChallengesMutation:
    @strawberry.mutation(
        description="Take up a challenge: the stake is held at once, once per key. Refused as AGREEMENT_NEEDED, "
        "CHALLENGE_NOT_OPEN, CHALLENGE_FULL, ALREADY_TAKEN_UP, STAKE_OUT_OF_RANGE, STAKE_OVER_CAP, "
        "INSUFFICIENT_POINTS, ACCOUNT_FROZEN, NOT_ENROLLED, KEY_REUSED or NOT_FOUND."
    )
    async def accept_challenge(self, info: Info, input: AcceptChallengeInput) -> AcceptChallengePayload:  # noqa: A002
        member_id = member_of(info)
        try:
            challenge_id = from_global_id("Challenge", input.challenge_id, field="challengeId")
        except InvalidInput as nonsense:
            return AcceptChallengePayload(
                member_id=member_id, refusal=refusal_of(nonsense), replayed=False, challenge=None
            )
        given = {"key": input.idempotency_key, "stake": input.stake, "agreed": input.agreed}
        verb = staking.accept_challenge
        outcome = await perform(verb, member_id=member_id, challenge_id=challenge_id, **given)
        challenge = await _one(challenge_id, member_id)
        return AcceptChallengePayload(
            member_id=member_id, refusal=outcome.refusal, replayed=outcome.replayed, challenge=challenge
        )

    @strawberry.mutation(description="For operators. Offer a challenge; the same key again changes nothing.")
    async def create_challenge(self, info: Info, input: CreateChallengeInput) -> ChallengePayload:  # noqa: A002
        operator_of(info)
        asked = vars(input) | {"title": input.title.words(), "story": input.story.words()}
        key = asked.pop("idempotency_key")
        outcome = await perform_audited(info, at_challenge(key), challenges.create_challenge, key=key, **asked)
        return await _payload(outcome)

    @strawberry.mutation(
        description="For operators. Take a challenge back: running stakes are given back within seconds, frozen "
        "accounts' once they thaw. A second call changes nothing."
    )
    async def cancel_challenge(self, info: Info, input: CancelChallengeInput) -> ChallengePayload:  # noqa: A002
        operator_of(info)
        try:
            which = from_global_id("Challenge", input.id)
        except InvalidInput as nonsense:
            return ChallengePayload(refusal=refusal_of(nonsense), replayed=False, figures=None)
        verb = challenges.cancel_challenge
        return await _payload(
            await perform_audited(info, at_challenge(which), verb, challenge_id=which, reason=input.reason)
        )


async def views(
    session: AsyncSession, rows: Sequence[models_challenges.Challenge], member_id: UUID | None
) -> list[Challenge]:
    """Challenges as this member, or nobody, sees them."""
    own: dict[UUID, list[models_challenges.ChallengeStake]] = {}
    if member_id is not None:
        for stake in await stakes.of_challenges(session, member_id, [row.id for row in rows]):
            own.setdefault(stake.challenge_id, []).append(stake)
    return [await _view(session, row, own.get(row.id, []), member_id) for row in rows]


async def _view(
    session: AsyncSession,
    row: models_challenges.Challenge,
    own: Sequence[models_challenges.ChallengeStake],
    member_id: UUID | None,
) -> Challenge:
    state, programme = _state(row), await terms.in_force(session)
    again = len(own) < row.times_per_member and all(one.state != StakeState.RUNNING for one in own)
    return Challenge(
        row=row,
        id=global_id("Challenge", row.id),
        kind=ChallengeKind(row.kind),
        goal=row.goal,
        days=row.days,
        stake_minimum=row.stake_minimum,
        stake_maximum=row.stake_maximum,
        bonus_bp=row.bonus_bp,
        bonus_cap=row.bonus_cap,
        bonus_points=row.bonus_points,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        grace_hours=row.grace_hours,
        places_left=None if row.places is None else row.places - row.joined,
        state=state,
        ends_at_if_accepted=bonuses.ends_at(programme, clock.now(), row.days),
        mine=await _stake_view(session, row.kind, own[0]) if own else None,
        acceptable=member_id is not None and state == ChallengeState.OPEN and again,
    )


async def _stake_view(session: AsyncSession, kind: str, row: models_challenges.ChallengeStake) -> ChallengeStake:
    progress = row.counted
    if progress is None:
        progress = await stakes.progress(session, kind, row, await terms.in_force(session))
    return ChallengeStake(
        id=global_id("ChallengeStake", row.id),
        stake=row.stake,
        bonus=row.bonus,
        state=StakeState(row.state),
        started_at=row.started_at,
        ends_at=row.ends_at,
        settle_at=row.settle_at,
        settled_at=row.settled_at,
        progress=progress,
        bonus_taken_back=row.taken_back_at is not None,
    )


def _state(row: models_challenges.Challenge) -> ChallengeState:
    moment = clock.now()
    if row.cancelled_at is not None:
        return ChallengeState.CANCELLED
    if moment < row.opens_at:
        return ChallengeState.SCHEDULED
    if moment >= row.closes_at:
        return ChallengeState.CLOSED
    return ChallengeState.FULL if staking.is_full(row, row.stake_minimum) else ChallengeState.OPEN


def _figures(row: models_challenges.Challenge, view: Challenge) -> ChallengeFigures:
    return ChallengeFigures(
        challenge=view, joined=row.joined, promised=row.promised, bonus_budget=row.bonus_budget, reason=row.reason
    )


async def _one(challenge_id: UUID, member_id: UUID | None) -> Challenge | None:
    async with db.read() as session:
        row = await challenges.find(session, challenge_id)
        return None if row is None else (await views(session, [row], member_id))[0]


async def _payload(outcome: Outcome[models_challenges.Challenge]) -> ChallengePayload:
    figures = None
    if (row := outcome.value) is not None:
        async with db.read() as session:
            figures = _figures(row, (await views(session, [row], None))[0])
    return ChallengePayload(refusal=outcome.refusal, replayed=outcome.replayed, figures=figures)


@node_from("Challenge")
async def _node(info: Info, challenge_id: UUID) -> Challenge | None:
    return await _one(challenge_id, info.context.identity.member_id)


@node_from("ChallengeStake")
async def _stake_node(info: Info, stake_id: UUID) -> ChallengeStake | None:
    member_id = info.context.identity.member_id
    if member_id is None:
        return None
    async with db.read() as session:
        own = {one.id: one for one in await stakes.of_member(session, member_id)}
        if (found := own.get(stake_id)) is None:
            return None
        challenge = await challenges.find(session, found.challenge_id)
        assert challenge is not None, "a challenge is cancelled, never removed"
        return await _stake_view(session, challenge.kind, found)
