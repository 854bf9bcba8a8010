"""Draws to look at: a blind box and two lotteries with a round open, and a round that anyone can check."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.demo.keys import key_of, the_clock_back
from backend.games import closing_draws, drawing, pooling, rounds
from backend.games.fair_draw import SoldOutRule
from backend.games.models_draws import DrawRound, PoolKind
from backend.games.rounds import Promised
from backend.kit import clock, db

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_name("draws.json").read_text("utf-8"))
OPENS_AFTER = timedelta(hours=1)
BETWEEN_DRAWS = timedelta(minutes=40)


async def seed(members: Mapping[str, UUID], rewards: Mapping[str, UUID]) -> None:
    """Make the pools, publish their rounds and draw from them, each at its own time; again, nothing happens."""
    for pool in DATA["pools"]:
        asked: dict[str, Any] = {**pool, "kind": PoolKind(pool["kind"])}
        await db.transact(pooling.create_draw_pool, key=key_of("draw-pool", pool["code"]), **asked)
    for one in DATA["rounds"]:
        round_id = round_id_of(one)
        async with db.read() as session:
            known = await session.get(DrawRound, round_id)
        published_at = known.created_at if known else clock.now() - timedelta(hours=one["published_hours_ago"])
        if known is None:
            with the_clock_back(clock.now() - published_at):
                await _publish(round_id, one, rewards)
        await _draw(one, members, clock.now() - published_at - OPENS_AFTER)
        if one["closes_in_hours"] < one["published_hours_ago"]:
            with the_clock_back(timedelta(hours=one["published_hours_ago"] - one["closes_in_hours"] - 2)):
                await db.transact(closing_draws.reveal_seed, round_id=round_id)


def round_id_of(one: Mapping[str, Any]) -> UUID:
    """The id of a round of DATA, on every installation."""
    return key_of("draw-round", f"{one['pool']}:{one['number']}")


async def _publish(round_id: UUID, one: Mapping[str, Any], rewards: Mapping[str, UUID]) -> None:
    opens_at = clock.now() + OPENS_AFTER
    promised = [
        Promised(
            weight=prize["weight"],
            pieces=prize.get("pieces"),
            reward_id=rewards[prize["sku"]] if "sku" in prize else None,
            points=prize.get("points", 0),
        )
        for prize in one["prizes"]
    ]
    await db.transact(
        rounds.open_draw_round,
        key=round_id,
        pool_id=key_of("draw-pool", one["pool"]),
        opens_at=opens_at,
        closes_at=opens_at + timedelta(hours=one["closes_in_hours"]),
        rule=SoldOutRule(one["rule"]),
        promised=promised,
    )


async def _draw(one: Mapping[str, Any], members: Mapping[str, UUID], opened_ago: timedelta) -> None:
    pool_id = key_of("draw-pool", one["pool"])
    for number, reference in enumerate(one["draws"]):
        draw_id = key_of("draw", f"{one['pool']}:{one['number']}:{number}")
        # The seed is chance: once in a hundred a short round's last piece goes before its last draw.
        with the_clock_back(opened_ago - BETWEEN_DRAWS * (number + 1)), suppress(drawing.DrawRoundClosed):
            await db.transact(drawing.draw, draw_id=draw_id, member_id=members[reference], pool_id=pool_id)
