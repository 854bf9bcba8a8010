"""Draws as a phone asks for them, and the record anyone may read."""

import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from backend.app import create_app
from backend.games import fair_draw
from backend.games.fair_draw import Chance, SoldOutRule
from backend.games.models_draws import DrawPool
from backend.games.rounds import Promised
from backend.kit.graphql import Context, global_id
from backend.members.roles import Identity
from backend.schema import schema
from tests.games.drawing import (
    THANKS,
    a_pool,
    a_prize,
    an_open_round,
    as_it_stands_by_id,
    draws,
    free_play,
    is_over_and_revealed,
)
from tests.rewards.builders import a_member, a_reward

pytestmark = pytest.mark.usefixtures("database")
POOLS = """{ drawPools { id code title(locale: EN) kind points weeklyLimit
  mine { drawsThisWeek leftThisWeek coolDownUntil }
  lastRevealed { number }
  round { id number state commitment terms termsHash seed drawn record rule(locale: EN)
    odds { name(locale: EN) reward { sku } points weight weightNow chanceBp pieces left } } } }"""
DRAW = """mutation ($input: DrawInput!) { draw(input: $input) { replayed
  refusal { __typename code ... on DrawLimitReached { limit resetsAt } ... on PriceChanged { points } }
  draw { id drawId number hash replaced points prize { name(locale: EN) left } fellOn { name(locale: EN) }
    redemption { origin points code reward { sku } } round { number pool { code } } }
  pool { mine { leftThisWeek } } member { points { available } } } }"""
MINE = """{ viewer { draws(first: 2) { edges { node { id drawId prize { name(locale: EN) } } }
  pageInfo { hasNextPage } } } }"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


async def ask(who: UUID | None, query: str, **variables: Any) -> Any:
    context = Context(identity=Identity(member_id=who))
    result = await schema.execute(query, variable_values=variables, context_value=context)
    assert result.errors is None, result.errors
    return result.data


async def read(name: str, method: str = "GET") -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app()), base_url="http://mall") as client:
        return await client.request(method, f"/draws/{name}")


async def a_cup_in_the_box() -> DrawPool:
    await free_play()
    cup, pool = await a_reward("CUP", stock=9), await a_pool(weekly_limit=2)
    await an_open_round(
        pool, a_prize(cup, weight=100_000_000, pieces=1), Promised(weight=1, pieces=7, points=60), THANKS
    )
    return pool


async def test_everyone_sees_the_odds_and_the_commitment_before_any_tap() -> None:
    await a_cup_in_the_box()
    [pool] = (await ask(None, POOLS))["drawPools"]
    shown = pool["round"]
    assert (pool["code"], pool["points"], pool["weeklyLimit"], pool["mine"]) == ("BOX", 50, 2, None)
    assert (shown["state"], shown["seed"], shown["drawn"]) == ("OPEN", None, 0)
    assert shown["termsHash"] == hashlib.sha256(shown["terms"].encode()).hexdigest()
    assert json.loads(shown["terms"])["commitment"] == shown["commitment"]
    assert "never runs out" in shown["rule"]
    cup, points, thanks = shown["odds"]
    assert (cup["reward"], cup["name"], cup["chanceBp"], cup["pieces"], cup["left"]) == (
        {"sku": "CUP"},
        "Cup",
        10000,
        1,
        1,
    )
    assert (points["name"], points["points"], points["reward"]) == ("60 points", 60, None)
    assert (thanks["name"], thanks["pieces"], thanks["left"]) == ("Thank you for playing", None, None)


async def test_a_tap_answers_with_the_prize_the_balance_and_what_is_left_of_the_week() -> None:
    ann, pool, draw_id = await a_member("ann", points=120), await a_cup_in_the_box(), str(uuid4())
    asked = {"poolId": global_id("DrawPool", pool.id), "drawId": draw_id, "expectedPoints": 50}
    first = (await ask(ann, DRAW, input=asked))["draw"]
    assert (first["refusal"], first["replayed"], first["member"]["points"]["available"]) == (None, False, 70)
    won = first["draw"]
    assert (won["drawId"], won["number"], won["replaced"], won["prize"]) == (
        draw_id,
        1,
        False,
        {"name": "Cup", "left": 0},
    )
    assert (won["redemption"]["origin"], won["redemption"]["points"]) == ("DRAW", 0)
    assert won["round"] == {"number": 1, "pool": {"code": "BOX"}}
    again = (await ask(ann, DRAW, input=asked))["draw"]
    assert again == {**first, "replayed": True}
    gone = (await ask(ann, DRAW, input={**asked, "drawId": str(uuid4())}))["draw"]["draw"]
    assert (gone["replaced"], gone["fellOn"]["name"], gone["prize"]["name"]) == (True, "Cup", "60 points")
    [shown] = (await ask(ann, POOLS))["drawPools"]
    assert [one["weightNow"] for one in shown["round"]["odds"]] == [0, 100_000_001, 1]
    assert shown["mine"] == {"drawsThisWeek": 2, "leftThisWeek": 0, "coolDownUntil": None}
    refused = (await ask(ann, DRAW, input={**asked, "drawId": str(uuid4())}))["draw"]
    assert (refused["refusal"]["__typename"], refused["refusal"]["limit"]) == ("DrawLimitReached", 2)
    assert refused["draw"] is None and refused["refusal"]["resetsAt"].endswith("Z")


async def test_a_price_that_changed_and_nonsense_are_refusals() -> None:
    ann, pool = await a_member("ann", points=120), await a_cup_in_the_box()
    asked = {"poolId": global_id("DrawPool", pool.id), "drawId": str(uuid4())}
    refused = (await ask(ann, DRAW, input={**asked, "expectedPoints": 40}))["draw"]["refusal"]
    assert refused == {"__typename": "PriceChanged", "code": "PRICE_CHANGED", "points": 50}
    for wrong in ({"poolId": "nonsense"}, {"poolId": global_id("Reward", pool.id)}, {"roundId": "x"}):
        answer = (await ask(ann, DRAW, input={**asked, **wrong}))["draw"]
        assert answer["refusal"]["code"] == "INVALID_INPUT"


async def test_a_member_finds_her_draws_and_nobody_elses() -> None:
    ann, ben, pool = await a_member("ann", points=500), await a_member("ben", points=500), await a_cup_in_the_box()
    first, second = (await draws(ann, pool)).value, (await draws(ann, pool)).value
    page = (await ask(ann, MINE))["viewer"]["draws"]
    assert [edge["node"]["drawId"] for edge in page["edges"]] == [str(second.id), str(first.id)]
    assert (await ask(ben, MINE))["viewer"]["draws"]["edges"] == []
    its_id = page["edges"][0]["node"]["id"]
    assert (await ask(ann, NODE, id=its_id))["node"] == {"__typename": "Draw", "id": its_id}
    assert (await ask(ben, NODE, id=its_id))["node"] is None
    assert (await ask(None, NODE, id=its_id))["node"] is None


async def test_the_record_of_a_revealed_round_is_enough_to_compute_every_draw_and_names_nobody() -> None:
    ann, pool = await a_member("ann", points=500), await a_cup_in_the_box()
    drawn = [(await draws(ann, pool)).value for _ in range(2)]
    name = f"{drawn[0].round_id}.json"
    before = await read(name)
    assert (before.json()["seed"], before.json()["draws"], before.json()["state"]) == (None, [], "OPEN")
    assert before.headers["cache-control"] == "no-cache"
    [shown] = (await ask(None, POOLS))["drawPools"]
    await is_over_and_revealed(await as_it_stands_by_id(drawn[0].round_id))
    answer = await read(name)
    record = answer.json()
    assert "immutable" in answer.headers["cache-control"] and answer.headers["access-control-allow-origin"] == "*"
    assert (record["commitment"], record["terms_hash"]) == (shown["round"]["commitment"], shown["round"]["termsHash"])
    terms, seed = json.loads(record["terms"]), bytes.fromhex(record["seed"])
    assert hashlib.sha256(seed).hexdigest() == record["commitment"]
    chances = [Chance(one["weight"], one["pieces"]) for one in terms["prizes"]]
    messages = [f"{terms['pool']}|{terms['round']}|{one['id']}" for one in record["draws"]]
    again = list(fair_draw.replay(seed, chances, SoldOutRule(terms["rule"]), messages))
    assert [(one["hash"], one["given"]) for one in record["draws"]] == [(two.digest.hex(), two.given) for two in again]
    assert [one["id"] for one in record["draws"]] == [str(one.id) for one in drawn]
    assert str(ann) not in answer.text and "ann" not in answer.text
    assert record["drawn"] == 2


async def test_there_is_no_record_of_what_is_not_there() -> None:
    for name in ("x.json", f"{uuid4()}.json", f"{uuid4()}.csv", "..%2Fsecret.key"):
        assert (await read(name)).status_code == 404
    assert (await read(f"{uuid4()}.json", "POST")).status_code == 405
