"""Challenges and the plant as the phone asks for them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.games import helping
from backend.kit import clock
from backend.kit.graphql import Context, global_id
from backend.members.roles import Identity
from backend.schema import schema
from tests.builders import a_member, the_terms_become
from tests.console.operating import WORDS
from tests.games.builders import a_challenge, helps, look, orders, takes_up, waters

pytestmark = pytest.mark.usefixtures("database")
PARTS = """id title(locale: EN) kind goal state acceptable stakeMinimum stakeMaximum bonusBp bonusCap placesLeft
  endsAtIfAccepted mine { id stake bonus state progress endsAt settleAt bonusTakenBack }"""
CHALLENGES = f"{{ viewer {{ stakeRoom points {{ available held }} challenges {{ {PARTS} }} }} }}"
CHALLENGE = f"query($id: ID!) {{ challenge(id: $id) {{ {PARTS} story(locale: ZH_CN) }} }}"
ACCEPT = f"""mutation($input: AcceptChallengeInput!) {{ acceptChallenge(input: $input) {{
  replayed challenge {{ {PARTS} }} member {{ points {{ available held }} }}
  refusal {{ __typename code ... on StakeOutOfRange {{ minimum maximum }} ... on StakeOverCap {{ left }} }} }} }}"""
CREATE = """mutation($input: CreateChallengeInput!) { createChallenge(input: $input) { replayed
  refusal { code ... on InvalidInput { field } } figures { joined promised bonusBudget challenge { id } } } }"""
STANDING = "standing { number version growth goal stage stages harvested helpsLeftToday }"
PLANT = f"""{STANDING} code wateredToday checkedInToday orderedToday harvested helpers {{ alias growth }}
  rules {{ water checkIn order help helpersADay harvestPoints }}"""
MINE = f"{{ viewer {{ plant {{ {PLANT} }} }} }}"
WATER = f"""mutation($input: WaterPlantInput!) {{ waterPlant(input: $input) {{
  replayed refusal {{ code }} plant {{ {PLANT} }} }} }}"""
SHARED = f"query($code: String!) {{ plantByCode(code: $code) {{ alias mine helpedToday helpGrowth {STANDING} }} }}"
HELP = """mutation($input: HelpPlantInput!) { helpPlant(input: $input) { replayed refusal { code }
  plant { alias helpedToday standing { growth version } } } }"""


async def ask(who: UUID | str | None, query: str, *, ip: str = "127.0.0.1", **variables: Any) -> Any:
    identity = Identity(
        member_id=who if isinstance(who, UUID) else None, operator=who if isinstance(who, str) else None
    )
    context = Context(identity=identity, ip=ip, request_id="r-1")
    result = await schema.execute(query, variable_values=variables, context_value=context)
    assert result.errors is None, result.errors
    return result.data


async def accept(who: UUID, challenge: Any, stake: int, *, agreed: bool = True, key: UUID | None = None) -> Any:
    asked = {"idempotencyKey": str(key or uuid4()), "challengeId": global_id("Challenge", challenge.id)}
    return (await ask(who, ACCEPT, input={**asked, "stake": stake, "agreed": agreed}))["acceptChallenge"]


async def test_what_is_held_won_and_lost_is_known_before_and_shown_after() -> None:
    ann, challenge = await a_member("ann", points=1000), await a_challenge(places=3)
    viewer = (await ask(ann, CHALLENGES))["viewer"]
    [shown] = viewer["challenges"]
    assert (viewer["stakeRoom"], shown["state"], shown["acceptable"], shown["mine"]) == (5000, "OPEN", True, None)
    assert (shown["stakeMinimum"], shown["stakeMaximum"], shown["bonusBp"], shown["bonusCap"]) == (100, 500, 2000, 80)
    key = uuid4()
    done = await accept(ann, challenge, 300, key=key)
    assert (done["refusal"], done["member"]) == (None, {"points": {"available": 700, "held": 300}})
    mine = done["challenge"]["mine"]
    assert (mine["stake"], mine["bonus"], mine["state"], mine["progress"]) == (300, 60, "RUNNING", 0)
    assert mine["endsAt"] == shown["endsAtIfAccepted"]
    assert (done["challenge"]["placesLeft"], done["challenge"]["acceptable"]) == (2, False)
    assert (await accept(ann, challenge, 300, key=key))["replayed"]
    await orders("ann", 1)
    again = (await ask(ann, CHALLENGES))["viewer"]
    assert (again["stakeRoom"], again["challenges"][0]["mine"]["progress"]) == (4700, 1)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (
            {"stake": 99},
            {"__typename": "StakeOutOfRange", "code": "STAKE_OUT_OF_RANGE", "minimum": 100, "maximum": 500},
        ),
        ({"stake": 400}, {"__typename": "StakeOverCap", "code": "STAKE_OVER_CAP", "left": 350}),
        ({"stake": 100, "agreed": False}, {"__typename": "AgreementNeeded", "code": "AGREEMENT_NEEDED"}),
        ({"stake": 300}, {"__typename": "InsufficientPoints", "code": "INSUFFICIENT_POINTS"}),
    ],
)
async def test_a_refusal_says_what_the_screen_needs(asked: dict[str, Any], refusal: dict[str, Any]) -> None:
    await the_terms_become(stakes_at_once_max=350)
    ann, challenge = await a_member("ann", points=200), await a_challenge()
    done = await accept(ann, challenge, **asked)
    assert (done["refusal"], done["challenge"]["mine"]) == (refusal, None)
    assert done["member"]["points"] == {"available": 200, "held": 0}


async def test_a_stranger_sees_the_challenge_and_nobody_s_stake() -> None:
    ann, challenge = await a_member("ann", points=1000), await a_challenge()
    stake = (await takes_up(ann, challenge)).value
    seen = (await ask(None, CHALLENGE, id=global_id("Challenge", challenge.id)))["challenge"]
    assert (seen["title"], seen["story"], seen["mine"], seen["acceptable"]) == (
        "Three orders in a week",
        "七天三单",
        None,
        False,
    )
    query, stake_id = "query($id: ID!) { node(id: $id) { __typename id } }", global_id("ChallengeStake", stake.id)
    assert (await ask(ann, query, id=stake_id))["node"] == {"__typename": "ChallengeStake", "id": stake_id}
    for other in (None, await a_member("ben")):
        assert (await ask(other, query, id=stake_id))["node"] is None


async def test_what_she_won_stays_on_her_list_after_it_has_closed() -> None:
    ann, challenge = await a_member("ann", points=1000), await a_challenge(closes_at=clock.now() + timedelta(hours=1))
    await takes_up(ann, challenge)
    await orders("ann")
    await look(ann)
    clock.turn(timedelta(hours=2))
    [shown] = (await ask(ann, CHALLENGES))["viewer"]["challenges"]
    assert (shown["state"], shown["mine"]["state"], shown["mine"]["progress"]) == ("CLOSED", "WON", 3)
    assert (await ask(await a_member("ben"), CHALLENGES))["viewer"]["challenges"] == []


async def test_an_operator_offers_watches_and_is_told_what_makes_no_sense() -> None:
    ann = await a_member("ann", points=500)
    window = {"opensAt": clock.now().isoformat(), "closesAt": (clock.now() + timedelta(days=7)).isoformat()}
    offered = {"kind": "CHECK_INS", "title": WORDS, "story": WORDS, "goal": 3, "days": 7, "bonusPoints": 25}
    asked = {**offered, **window, "stakeMinimum": 100, "stakeMaximum": 500, "bonusBudget": 100}
    wrong = (await ask("olga", CREATE, input={**asked, "idempotencyKey": str(uuid4()), "goal": 9}))["createChallenge"]
    assert wrong["refusal"] == {"code": "INVALID_INPUT", "field": "goal"}
    made = (await ask("olga", CREATE, input={**asked, "idempotencyKey": (key := str(uuid4()))}))["createChallenge"]
    assert made["figures"]["challenge"]["id"] == global_id("Challenge", UUID(key))
    taken = {"idempotencyKey": str(uuid4()), "challengeId": made["figures"]["challenge"]["id"], "stake": 100}
    await ask(ann, ACCEPT, input={**taken, "agreed": True})
    watched = (
        "{ operator { challenges { joined promised bonusBudget reason challenge { title(locale: EN) mine { id } } } } }"
    )
    assert (await ask("olga", watched))["operator"]["challenges"] == [
        {
            "joined": 1,
            "promised": 25,
            "bonusBudget": 100,
            "reason": None,
            "challenge": {"title": "words", "mine": None},
        }
    ]


async def test_a_plant_is_planted_watered_shared_and_helped() -> None:
    ann, ben = await a_member("Ann"), await a_member("ben")
    before = (await ask(ann, MINE))["viewer"]["plant"]
    assert (before["standing"], before["code"], before["wateredToday"]) == (None, None, False)
    watered = (await ask(ann, WATER, input={"idempotencyKey": str(uuid4())}))["waterPlant"]["plant"]
    assert (watered["standing"]["growth"], watered["standing"]["stage"], watered["wateredToday"]) == (10, 0, True)
    again = (await ask(ann, WATER, input={"idempotencyKey": str(uuid4())}))["waterPlant"]
    assert again["refusal"] == {"code": "ALREADY_WATERED"}
    code = watered["code"]
    seen = (await ask(None, SHARED, code=code))["plantByCode"]
    assert (seen["alias"], seen["mine"], seen["helpedToday"], seen["helpGrowth"]) == ("A**", False, False, 5)
    assert (await ask(ann, SHARED, code=code))["plantByCode"]["mine"]
    helped = (await ask(ben, HELP, input={"idempotencyKey": str(uuid4()), "code": code}))["helpPlant"]
    assert (helped["refusal"], helped["plant"]["helpedToday"]) == (None, True)
    assert helped["plant"]["standing"] == {"growth": 15, "version": 2}
    for who, refusal in ((ben, "ALREADY_HELPED"), (ann, "OWN_PLANT")):
        told = (await ask(who, HELP, input={"idempotencyKey": str(uuid4()), "code": code}))["helpPlant"]
        assert told["refusal"]["code"] == refusal
    mine = (await ask(ann, MINE))["viewer"]["plant"]
    assert (mine["helpers"], mine["standing"]["helpsLeftToday"]) == ([{"alias": "b**", "growth": 5}], 9)


async def test_a_link_that_is_none_shows_nothing() -> None:
    for code in ("", "x" * 16, "\0" * 16, "x" * 5000):
        assert (await ask(None, SHARED, code=code))["plantByCode"] is None


async def test_links_cannot_be_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helping, "LOOKS_PER_ADDRESS", "3 per hour")
    monkeypatch.setattr(helping, "TRIES_PER_MEMBER", "1 per hour")
    plant, ben, ip = (await waters(await a_member("ann"))).value, await a_member("ben"), f"10.0.0.{uuid4().int % 250}"
    seen = [(await ask(None, SHARED, ip=ip, code=plant.code))["plantByCode"] is not None for _ in range(4)]
    assert seen == [True, True, True, False]
    await ask(ben, HELP, input={"idempotencyKey": str(uuid4()), "code": "nobodyhasthisc23"})
    told = (await ask(ben, HELP, input={"idempotencyKey": str(uuid4()), "code": plant.code}))["helpPlant"]
    assert told["refusal"]["code"] == "TOO_MANY_REQUESTS"
    await helps(ben, plant)
