"""One example of every mutation for operators: each entry makes what the act needs and gives the act's input."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import select

from backend.console import merging
from backend.games.rounds import Promised
from backend.kit import clock, db
from backend.kit.graphql import Context, global_id
from backend.ledger import adjusting
from backend.ledger.models import Lot
from backend.members.roles import Identity
from backend.rewards.models import RewardKind
from backend.schema import schema
from tests.auctions.builders import an_auction
from tests.builders import a_gift, a_hold, a_member, an_order, the_terms_become
from tests.charity.operating import EXAMPLES as OF_CHARITIES
from tests.games.builders import a_challenge
from tests.games.drawing import THANKS, a_pool, a_round, free_play
from tests.rewards.builders import a_reward, redeems

Input = dict[str, Any]
Example = Callable[[], Awaitable[Input]]
WORDS = {"zhCn": "话", "en": "words"}


async def _new_reward() -> Input:
    more = {"kind": "PHYSICAL", "category": "home", "points": 5, "stock": 3}
    return {"idempotencyKey": str(uuid4()), "sku": "AUDITED", "name": WORDS, "description": WORDS, **more}


async def _changed_reward() -> Input:
    return {"id": global_id("Reward", (await a_reward()).id), "points": 7}


async def _stock() -> Input:
    reward = await a_reward(stock=1)
    return {"idempotencyKey": str(uuid4()), "rewardId": global_id("Reward", reward.id), "quantity": 2}


async def _codes() -> Input:
    coupon = await a_reward(kind=RewardKind.COUPON)
    return {"rewardId": global_id("Reward", coupon.id), "codes": ["SECRET-ONE", "SECRET-TWO"]}


async def _redemption() -> str:
    member_id = await a_member(f"M{uuid4().hex[:6]}", points=100)
    redemption = await redeems(member_id, await a_reward(points=10))
    return global_id("Redemption", redemption.value.id)


async def _new_challenge() -> Input:
    window = {"opensAt": clock.now().isoformat(), "closesAt": (clock.now() + timedelta(days=7)).isoformat()}
    stake = {"stakeMinimum": 100, "stakeMaximum": 500, "bonusPoints": 20, "bonusBudget": 100}
    given = {"idempotencyKey": str(uuid4()), "kind": "ORDERS", "title": WORDS, "story": WORDS, "goal": 3, "days": 7}
    return {**given, **stake, **window}


async def _wrong_challenge() -> Input:
    return {"id": global_id("Challenge", (await a_challenge()).id), "reason": "a wrong goal"}


async def _handed_over() -> Input:
    return {"id": await _redemption(), "note": "parcel 7"}


async def _cancelled() -> Input:
    return {"idempotencyKey": str(uuid4()), "id": await _redemption(), "reason": "she asked on 13800000001"}


async def _account() -> Input:
    member_id = await a_member(f"M{uuid4().hex[:6]}", points=10)
    return {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", member_id), "reason": "a stolen phone"}


async def _adjusted() -> Input:
    return {**await _account(), "points": -7}


async def _proposed() -> str:
    adjusted: dict[str, Any] = {"key": uuid4(), "member_id": await a_member(f"M{uuid4().hex[:6]}"), "points": 5000}
    done = await db.transact(adjusting.adjust_points, **adjusted, reason="a lost order", actor="operator:paula")
    return global_id("Adjustment", done.value.id)


async def _approved() -> Input:
    return {"id": await _proposed()}


async def _rejected() -> Input:
    return {"id": await _proposed(), "reason": "not lost at all"}


async def _clawed_back() -> Input:
    member_id = await a_member(f"M{uuid4().hex[:6]}")
    entry_id = global_id("Entry", await a_gift(member_id, 30))
    given = {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", member_id), "entryId": entry_id}
    return {**given, "reason": "given twice"}


async def _pending() -> Input:
    await the_terms_become(return_days=7)
    name = f"M{uuid4().hex[:6]}"
    member_id = await a_member(name)
    await an_order(name, 100)
    async with db.read() as session:
        entry_id = (await session.exec(select(Lot.lot_id).where(Lot.member_id == member_id))).one()
    given = {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", member_id)}
    return {**given, "entryId": global_id("Entry", entry_id), "reason": "she cannot wait"}


async def _held() -> Input:
    member_id = await a_member(f"M{uuid4().hex[:6]}", points=50)
    hold_id = await a_hold(member_id, 20)
    given = {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", member_id)}
    return {**given, "holdId": global_id("Hold", hold_id), "reason": "the review is over"}


async def _paid() -> Input:
    member_id = await a_member(f"M{uuid4().hex[:6]}")
    given = {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", member_id)}
    return {**given, "amountMinor": 5000, "reference": f"pay-{uuid4()}"}


async def _surplus() -> Input:
    await the_terms_become(settle_beyond_spend=2)
    member_id = await a_member(f"M{uuid4().hex[:6]}", points=300)
    given = {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", member_id)}
    return {**given, "reference": f"wallet-{uuid4()}"}


async def _rule() -> Input:
    words = {"title": WORDS, "explanation": WORDS, "condition": "true", "factors": []}
    return {"idempotencyKey": str(uuid4()), "code": "BASE", "base": "order.total_minor / 100", **words}


async def _terms() -> Input:
    return {"basedOn": 1, "changes": {"check_in_repairs_per_month": 2}}


async def _leaving() -> Input:
    member_id = await a_member(f"M{uuid4().hex[:6]}", points=10)
    return {"memberId": global_id("Member", member_id), "reason": "she wrote to us from 13800000001"}


async def _two_accounts() -> Input:
    member_id, into_id = [await a_member(f"M{uuid4().hex[:6]}", points=10) for _ in range(2)]
    named = {"memberId": global_id("Member", member_id), "intoId": global_id("Member", into_id)}
    return {"idempotencyKey": str(uuid4()), **named, "reason": "she wrote from both"}


async def _merged() -> Input:
    member_id, into_id = [await a_member(f"M{uuid4().hex[:6]}", points=10) for _ in range(2)]
    both: dict[str, Any] = {"key": uuid4(), "member_id": member_id, "into_id": into_id}
    await db.transact(merging.merge_members, **both, reason="she wrote from both", actor="operator:paula")
    return {"idempotencyKey": str(uuid4()), "memberId": global_id("Member", member_id), "reason": "two sisters"}


async def _put_up() -> Input:
    reward = await a_reward(f"SKU-{uuid4().hex[:6].upper()}", stock=1)
    ends_at = (clock.now() + timedelta(hours=1)).isoformat()
    asked = {"rewardId": global_id("Reward", reward.id), "title": WORDS, "story": WORDS, "endsAt": ends_at}
    return {"idempotencyKey": str(uuid4()), **asked}


async def _auction() -> Input:
    return {"idempotencyKey": str(uuid4()), "id": global_id("Auction", await an_auction()), "reason": "it broke"}


async def _new_pool() -> Input:
    more = {"kind": "LOTTERY", "points": 50, "budgetMinor": 90_000}
    return {"idempotencyKey": str(uuid4()), "code": "AUDITED", "title": WORDS, **more}


async def _budget() -> Input:
    return {"poolId": global_id("DrawPool", (await a_pool()).id), "budgetMinor": 70_000}


async def _new_round() -> Input:
    opens_at = clock.now() + timedelta(hours=1)
    times = {"opensAt": opens_at.isoformat(), "closesAt": (opens_at + timedelta(days=1)).isoformat()}
    prizes = [{"weight": 1, "pieces": 2, "points": 60}, {"weight": 9}]
    pool_id = global_id("DrawPool", (await a_pool()).id)
    return {"idempotencyKey": str(uuid4()), "poolId": pool_id, **times, "rule": "NEXT_DOWN", "prizes": prizes}


async def _closed_round() -> Input:
    await free_play()
    drawn_round = await a_round(await a_pool(), Promised(weight=1, pieces=2, points=60), THANKS)
    return {"id": global_id("DrawRound", drawn_round.id)}


EXAMPLES: dict[str, Example] = {
    "createAuction": _put_up,
    "cancelAuction": _auction,
    "createReward": _new_reward,
    "updateReward": _changed_reward,
    "addStock": _stock,
    "addCouponCodes": _codes,
    "fulfilRedemption": _handed_over,
    "cancelRedemption": _cancelled,
    "createDrawPool": _new_pool,
    "changeDrawBudget": _budget,
    "openDrawRound": _new_round,
    "closeDrawRound": _closed_round,
    "freezeAccount": _account,
    "unfreezeAccount": _account,
    "saveRuleVersion": _rule,
    "publishTerms": _terms,
    "eraseMember": _leaving,
    "adjustPoints": _adjusted,
    "approveAdjustment": _approved,
    "rejectAdjustment": _rejected,
    "clawBackEarning": _clawed_back,
    "releasePending": _pending,
    "letGoHold": _held,
    "topUpPoints": _paid,
    "settleSurplus": _surplus,
    "mergeMembers": _two_accounts,
    "unmergeMembers": _merged,
    "createChallenge": _new_challenge,
    "cancelChallenge": _wrong_challenge,
    **OF_CHARITIES,
}
"""A new mutation for operators joins here, or `test_every_act_of_an_operator_is_on_record` fails."""


def operator_mutations() -> set[str]:
    """The names of the mutations whose description begins with "For operators."."""
    kind = schema._schema.mutation_type
    assert kind is not None
    return {name for name, field in kind.fields.items() if (field.description or "").startswith("For operators.")}


async def asks(who: UUID | str | None, query: str, **variables: Any) -> dict[str, Any]:
    """What a member (by id), an operator (by name) or nobody gets."""
    identity = Identity(
        member_id=who if isinstance(who, UUID) else None, operator=who if isinstance(who, str) else None
    )
    context = Context(identity=identity, request_id="request-7")
    result = await schema.execute(query, variable_values=variables, context_value=context)
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data


async def acts(name: str, asked: Input, who: UUID | str = "olga") -> dict[str, Any] | None:
    """The refusal of an operator's mutation; None when it was done."""
    mutations = schema._schema.mutation_type
    assert mutations is not None
    kind = mutations.fields[name].args["input"].type
    document = f"mutation($input: {kind}) {{ {name}(input: $input) {{ refusal {{ code message }} }} }}"
    refusal: dict[str, Any] | None = (await asks(who, document, input=asked))[name]["refusal"]
    return refusal


async def log(**conditions: Any) -> list[dict[str, Any]]:
    """The records that `operator.auditLog` shows, newest first."""
    named = {"actor": "String", "act": "String", "subject": "String", "from": "DateTime", "until": "DateTime"}
    declared = ", ".join(f"${name}: {named[name]}" for name in conditions)
    given = "".join(f", {name}: ${name}" for name in conditions)
    document = f"""query{f"({declared})" if declared else ""} {{ operator {{ auditLog(first: 100{given}) {{ edges {{
        node {{ id at actor act subjectKind subject before after reason requestId }} }} }} }} }}"""
    found = await asks("reader", document, **conditions)
    return [edge["node"] for edge in found["operator"]["auditLog"]["edges"]]
