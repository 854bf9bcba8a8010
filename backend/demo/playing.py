"""Challenges to take up and one half done; plants half grown, watered and helped."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.demo.keys import key_of, the_clock_back
from backend.games import challenges, helping, plants, staking, tending
from backend.games.models_challenges import ChallengeKind
from backend.kit import clock, db

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_name("playing.json").read_text("utf-8"))
EVENING = timedelta(hours=1)
"""So long before this time of day things were done on the days before."""


async def seed(members: Mapping[str, UUID]) -> None:
    """Offer the challenges, take some up, plant and help the plants, each at its own time; again, nothing happens."""
    for challenge in DATA["challenges"]:
        async with db.read() as session:
            known = await challenges.find(session, key_of("challenge", challenge["code"])) is not None
        if not known:
            await _offer(challenge)
    for reference, code, stake, days_ago in DATA["stakes"]:
        key, challenge_id = key_of("stake", f"{reference}:{code}"), key_of("challenge", code)
        asked: dict[str, Any] = {"member_id": members[reference], "challenge_id": challenge_id, "stake": stake}
        with the_clock_back(timedelta(days=days_ago) + EVENING):
            await db.transact(staking.accept_challenge, key=key, agreed=True, **asked)
    for plant in DATA["plants"]:
        await _grow(plant, members)


async def _offer(challenge: Mapping[str, Any]) -> None:
    said, now = dict(challenge), clock.now()
    key, kind = key_of("challenge", said.pop("code")), ChallengeKind(said.pop("kind"))
    said["opens_at"] = now - timedelta(days=said.pop("opened_days_ago"))
    said["closes_at"] = now + timedelta(days=said.pop("open_days"))
    await db.transact(challenges.create_challenge, key=key, kind=kind, **said)


async def _grow(plant: Mapping[str, Any], members: Mapping[str, UUID]) -> None:
    owner = members[plant["of"]]
    for days_ago in plant["watered_days_ago"]:
        with the_clock_back(timedelta(days=days_ago) + EVENING):
            await db.transact(tending.water_plant, key=key_of("water", f"{owner}:{days_ago}"), member_id=owner)
    async with db.read() as session:
        present = await plants.present(session, owner)
    assert present is not None, "it was planted by its first watering"
    for friend, days_ago in plant["helped"]:
        with the_clock_back(timedelta(days=days_ago)):
            key = key_of("help", f"{owner}:{friend}:{days_ago}")
            await db.transact(helping.help_plant, key=key, member_id=members[friend], code=present.code)
