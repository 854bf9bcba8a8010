"""Redeeming, and what operators do about rewards and redemptions."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from backend.kit import db
from backend.kit.done import Done
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    Info,
    LocalizedTextInput,
    MinorUnits,
    Moment,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    member_of,
    operator_of,
    perform_audited,
    perform_together,
    refusal,
    refusal_of,
)
from backend.members.graphql import MemberRef
from backend.programme import terms
from backend.rewards import catalogue, fulfilment, kept, looking, models, redeeming, stocking
from backend.rewards.graphql.redemption import Redemption, redemption_view
from backend.rewards.graphql.reward import Reward, reward_by_id, reward_view
from backend.rewards.models import RewardKind
from backend.rewards.redeeming import Wish
from backend.rewards.redeeming_together import redeem_together

WHY_NOT = "Why nothing happened; null when it did."
REPLAYED = "True: this had been done before and nothing happened now."
FIELD = "rewardId"
KEY = "Made by whoever acts; the same one again is the same act. A refusal does not use it up."


@refusal(redeeming.DeliveryNeeded)
class DeliveryNeeded(Refusal):
    pass


@refusal(redeeming.PriceChanged)
class PriceChanged(Refusal):
    points: Points = strawberry.field(description="What one piece costs now.")


@refusal(fulfilment.NotCancellable)
class NotCancellable(Refusal):
    pass


@strawberry.input(description="One piece of a reward for the member who is signed in, to her default delivery.")
class RedeemRewardInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    reward_id: strawberry.ID = strawberry.field(description="The reward.")
    expected_points: Points | None = strawberry.field(
        default=None, description="The price she was shown: at any other one nothing happens. Null: whatever it costs."
    )


@strawberry.type(description="The redemption, or why not; reward and member as they now stand, either way.")
class RedeemRewardPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    redemption: Redemption | None = strawberry.field(description="Null when refused.")
    reward: Reward | None = strawberry.field(description="Null when there is none with this id.")
    member: MemberRef | None = strawberry.field(description="She who redeemed.")


@strawberry.input(description="A new reward.")
class CreateRewardInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    sku: str = strawberry.field(description="1 to 40 of A-Z, 0-9 and hyphens; unique, for ever.")
    kind: RewardKind = strawberry.field(description="How it reaches the member; for ever.")
    name: LocalizedTextInput = strawberry.field(description="What it is called.")
    description: LocalizedTextInput = strawberry.field(description="What it is.")
    category: str = strawberry.field(description="1 to 40 characters; rewards alike share one.")
    points: Points = strawberry.field(description="What one piece costs, 1 to 1,000,000,000.")
    value_minor: MinorUnits | None = strawberry.field(default=None, description="Worth in a shop, in minor units.")
    stock: int | None = strawberry.field(
        default=None, description="Pieces to begin with; null: unlimited. Not for coupons: their codes are their stock."
    )
    available_from: Moment | None = strawberry.field(default=None, description="From when; null: at once.")
    available_until: Moment | None = strawberry.field(default=None, description="Until when; null: for ever.")
    limit_per_member: int | None = strawberry.field(default=None, description="At least 1; null: no limit.")
    minimum_tier: str | None = strawberry.field(default=None, description="A tier's code; null: for everyone.")


@strawberry.input(description="What is left out stays. Null takes a time, limit, tier or value away.")
class UpdateRewardInput:
    id: strawberry.ID = strawberry.field(description="The reward.")
    name: LocalizedTextInput | None = strawberry.field(default=strawberry.UNSET, description="What it is called.")
    description: LocalizedTextInput | None = strawberry.field(default=strawberry.UNSET, description="What it is.")
    category: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 40 characters.")
    points: Points | None = strawberry.field(default=strawberry.UNSET, description="What one piece costs from now on.")
    value_minor: MinorUnits | None = strawberry.field(
        default=strawberry.UNSET, description="Worth in a shop, minor units."
    )
    available_from: Moment | None = strawberry.field(default=strawberry.UNSET, description="From when.")
    available_until: Moment | None = strawberry.field(default=strawberry.UNSET, description="Until when.")
    limit_per_member: int | None = strawberry.field(default=strawberry.UNSET, description="At least 1.")
    minimum_tier: str | None = strawberry.field(default=strawberry.UNSET, description="A tier's code.")
    withdrawn: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True takes it off the shelves, false puts it back."
    )


@strawberry.input(description="More or fewer pieces.")
class AddStockInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    reward_id: strawberry.ID = strawberry.field(description="The reward; neither a coupon nor unlimited.")
    quantity: int = strawberry.field(description="Pieces to add; negative takes away, never more than are left.")


@strawberry.input(description="Codes for a coupon's pool; they are also its stock.")
class AddCouponCodesInput:
    reward_id: strawberry.ID = strawberry.field(description="The coupon.")
    codes: list[str] = strawberry.field(
        description="1 to 10,000 codes of 1 to 200 characters; one given before, to a member too, counts once."
    )


@strawberry.input(description="A redemption that was handed over.")
class FulfilRedemptionInput:
    id: strawberry.ID = strawberry.field(description="The redemption.")
    note: str | None = strawberry.field(default=None, description="A parcel's number, for example; up to 500.")


@strawberry.input(description="A redemption to undo.")
class CancelRedemptionInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    id: strawberry.ID = strawberry.field(description="The redemption.")
    reason: str = strawberry.field(description="1 to 500 characters, kept with it.")


@strawberry.type(description="The reward as it now stands, or why nothing changed.")
class RewardPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    reward: Reward | None = strawberry.field(description="Null when refused.")


@strawberry.type(description="The redemption as it now stands, or why nothing changed.")
class RedemptionPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    redemption: Redemption | None = strawberry.field(description="Null when refused.")


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Burn the reward's points for one piece of it. The same key returns the first redemption. Refused "
        "as `Reward.whyNot` says, and as PRICE_CHANGED, NOT_ENROLLED, DELIVERY_NEEDED, KEY_REUSED, NOT_FOUND."
    )
    async def redeem_reward(self, info: Info, input: RedeemRewardInput) -> RedeemRewardPayload:  # noqa: A002
        member_id = member_of(info)
        outcome = await _redeem(
            input.reward_id,
            key=input.idempotency_key,
            member_id=member_id,
            expected_points=input.expected_points,
        )
        return RedeemRewardPayload(
            refusal=outcome.refusal,
            replayed=outcome.replayed,
            redemption=await _redemption(outcome),
            reward=await _as_it_stands(input.reward_id),
            member=assembled("Member")(member_id=member_id),
        )

    @strawberry.mutation(description="For operators. Offer a reward; the same key returns it as it now stands.")
    async def create_reward(self, info: Info, input: CreateRewardInput) -> RewardPayload:  # noqa: A002
        asked = vars(input) | {"name": input.name.words(), "description": input.description.words()}
        key = asked.pop("idempotency_key")
        outcome = await perform_audited(info, looking.at_reward(key), catalogue.create_reward, key=key, **asked)
        return await _reward_payload(outcome)

    @strawberry.mutation(description="For operators. Change or withdraw a reward; the same again changes nothing.")
    async def update_reward(self, info: Info, input: UpdateRewardInput) -> RewardPayload:  # noqa: A002
        changes = {name: value for name, value in vars(input).items() if _says_something(name, value)}
        for name in changes.keys() & {"name", "description"}:
            changes[name] = changes[name].words()
        outcome = await _on_reward(info, catalogue.update_reward, changes.pop("id"), field="id", changes=changes)
        return await _reward_payload(outcome)

    @strawberry.mutation(description="For operators. Add pieces or take some away, once per key.")
    async def add_stock(self, info: Info, input: AddStockInput) -> RewardPayload:  # noqa: A002
        operator = operator_of(info)
        outcome = await _on_reward(
            info,
            stocking.add_stock,
            input.reward_id,
            key=input.idempotency_key,
            operator=operator,
            quantity=input.quantity,
        )
        return await _reward_payload(outcome)

    @strawberry.mutation(description="For operators. Fill a coupon's pool; the same codes again change nothing.")
    async def add_coupon_codes(self, info: Info, input: AddCouponCodesInput) -> RewardPayload:  # noqa: A002
        outcome = await _on_reward(info, stocking.add_coupon_codes, input.reward_id, given=input.codes)
        return await _reward_payload(outcome)

    @strawberry.mutation(description="For operators. Mark a redemption as handed over; again changes nothing.")
    async def fulfil_redemption(self, info: Info, input: FulfilRedemptionInput) -> RedemptionPayload:  # noqa: A002
        outcome = await _on_redemption(info, fulfilment.fulfil_redemption, input.id, note=input.note)
        return await _redemption_payload(outcome)

    @strawberry.mutation(
        description="For operators. Give points and piece back; again changes nothing. Refused as NOT_CANCELLABLE "
        "once it was handed over or its code was given out, and as ACCOUNT_FROZEN."
    )
    async def cancel_redemption(self, info: Info, input: CancelRedemptionInput) -> RedemptionPayload:  # noqa: A002
        actor = f"operator:{operator_of(info)}"
        outcome = await _on_redemption(
            info,
            fulfilment.cancel_redemption,
            input.id,
            key=input.idempotency_key,
            reason=input.reason,
            actor=actor,
        )
        return await _redemption_payload(outcome)


CLEARABLE = {"value_minor", "available_from", "available_until", "limit_per_member", "minimum_tier"}


def _says_something(name: str, value: Any) -> bool:
    return value is not strawberry.UNSET and (value is not None or name in CLEARABLE)


async def _redeem(wire_id: str, **asked: Any) -> Outcome[models.Redemption]:
    try:
        wish = Wish(reward_id=from_global_id("Reward", wire_id, field=FIELD), **asked)
    except InvalidInput as nonsense:
        return Outcome(refusal=refusal_of(nonsense))
    return await perform_together(redeem_together, redeeming.redeem_reward, wish)


async def _on_reward(
    info: Info, verb: Callable[..., Awaitable[Done[Any]]], wire_id: str, *, field: str = FIELD, **asked: Any
) -> Outcome[Any]:
    operator_of(info)
    try:
        reward_id = from_global_id("Reward", wire_id, field=field)
    except InvalidInput as nonsense:
        return Outcome(refusal=refusal_of(nonsense))
    return await perform_audited(info, looking.at_reward(reward_id), verb, reward_id=reward_id, **asked)


async def _on_redemption(
    info: Info, verb: Callable[..., Awaitable[Done[Any]]], wire_id: str, **asked: Any
) -> Outcome[Any]:
    operator_of(info)
    try:
        redemption_id = from_global_id("Redemption", wire_id)
    except InvalidInput as nonsense:
        return Outcome(refusal=refusal_of(nonsense))
    subject = looking.at_redemption(redemption_id)
    return await perform_audited(info, subject, verb, redemption_id=redemption_id, **asked)


async def _reward_payload(outcome: Outcome[models.Reward]) -> RewardPayload:
    reward = None
    if outcome.value is not None:
        found = await kept.with_rewards([outcome.value.id])
        reward = reward_view(outcome.value, found, await terms.now())
    return RewardPayload(refusal=outcome.refusal, replayed=outcome.replayed, reward=reward)


async def _redemption_payload(outcome: Outcome[models.Redemption]) -> RedemptionPayload:
    return RedemptionPayload(refusal=outcome.refusal, replayed=outcome.replayed, redemption=await _redemption(outcome))


async def _redemption(outcome: Outcome[models.Redemption]) -> Redemption | None:
    if outcome.value is None:
        return None
    async with db.read() as session:
        return redemption_view(outcome.value, await terms.in_force(session))


async def _as_it_stands(given: str) -> Reward | None:
    try:
        return await reward_by_id(from_global_id("Reward", given))
    except InvalidInput:
        return None
