"""A redemption over HTTP written by hand: what the product's answer would cost without GraphQL, verbs or ORM.

Starlette and the driver; one PostgreSQL function does all the writes in one transaction and one round trip, and two
small statements say who asks and what she has left. Rewards are kept in the process.
"""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.kit import clock, ids
from backend.kit.graphql import from_global_id, global_id
from backend.kit.settings import settings
from backend.programme.terms import Terms, days_left
from backend.rewards import codes

SESSION = """SELECT secret_hash, coalesce(merged_into, member.id) AS member_id FROM member_session
    JOIN member ON member.id = member_session.member_id WHERE member_session.member_id = $1 AND member_session.id = $2
    AND revoked_at IS NULL AND expires_at > now()"""
REDEEM = "SELECT * FROM bench_redeem($1, $2, $3)"
EXPIRING = """SELECT expires_at, sum(available)::bigint AS points FROM lot WHERE member_id = $1 AND open
    AND available > 0 AND expires_at > now() AND expires_at <= now() + make_interval(days => $2)
    GROUP BY expires_at ORDER BY expires_at LIMIT 1"""
HEADERS = {"cache-control": "no-store", "vary": "Accept", "x-content-type-options": "nosniff"}


@dataclass
class Shared:
    """What everybody shares, read once: nothing changes it while this is measured."""

    pool: Any
    terms: Terms
    rewards: Mapping[UUID, Any]


_shared: list[Shared] = []


def app() -> Starlette:
    """One door, which says by GET that it is open."""
    routes = [Route("/graphql", redeem, methods=["POST"]), Route("/graphql", is_open, methods=["GET"])]
    return Starlette(routes=routes, lifespan=_lifespan)


async def is_open(_request: Request) -> Response:
    """It answers, so it is."""
    return Response(b"open")


async def redeem(request: Request) -> Response:
    """Redeem, and say how all of it stands. A key used before fails: the entry is there."""
    shared = _shared[0]
    asked = orjson.loads(await request.body())["variables"]
    member_id = await _who(shared, request.cookies["mall_session"])
    if member_id is None:
        return Response(status_code=401)
    wanted = from_global_id("Reward", asked["input"]["rewardId"])
    made = ids.derived(member_id, f"redeem:{UUID(asked['input']['idempotencyKey'])}")
    done = await shared.pool.fetchrow(REDEEM, member_id, wanted, made)
    ahead = max(shared.terms.warning_days, default=0)
    expiring = await shared.pool.fetchrow(EXPIRING, member_id, ahead)
    language = asked["locale"].lower()
    payload = _payload(shared, member_id, made, shared.rewards[wanted], done=done, expiring=expiring, language=language)
    return Response(orjson.dumps({"data": {"redeemReward": payload}}), headers=HEADERS, media_type="application/json")


async def _who(shared: Shared, cookie: str) -> UUID | None:
    raw = base64.urlsafe_b64decode(cookie + "==")
    found = await shared.pool.fetchrow(SESSION, UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]))
    if found is None or not hmac.compare_digest(found["secret_hash"], hashlib.sha256(raw[32:]).digest()):
        return None
    member_id: UUID = found["member_id"]
    return member_id


def _payload(
    shared: Shared, member_id: UUID, made: UUID, reward: Any, *, done: Any, expiring: Any, language: str
) -> dict[str, Any]:
    card = _card(shared, reward, language)
    redemption = {
        "id": global_id("Redemption", made),
        "reward": {name: card[name] for name in ("id", "sku", "kind", "name")},
        "points": reward["points"],
        "state": "CONFIRMED",
        "redeemedAt": _z(done["moment"]),
        "fulfilledAt": None,
        "cancelledAt": None,
        "code": codes.pick_up_code(),
        "delivery": None,
        "entry": {"id": global_id("Entry", made), "hash": done["h"].hex()},
        "balanceAfter": done["balance"],
    }
    missing = reward["points"] - done["balance"]
    short = {"__typename": "InsufficientPoints", "code": "INSUFFICIENT_POINTS", "message": WORDS, "missing": missing}
    return {
        "replayed": False,
        "refusal": None,
        "redemption": redemption,
        "reward": card | {"stock": done["remaining"], "whyNot": short if missing > 0 else None},
        "member": _member(shared, member_id, done, expiring),
    }


def _card(shared: Shared, reward: Any, language: str) -> dict[str, Any]:
    minor, currency = reward["value_minor"], shared.terms.currency
    return {
        "id": global_id("Reward", reward["id"]),
        "sku": reward["sku"],
        "kind": reward["kind"],
        "name": reward["name"][language],
        "description": reward["description"][language],
        "points": reward["points"],
        "value": None if minor is None else {"minor": minor, "currency": currency},
        "stock": None,
        "hot": reward["hot"],
        "availableUntil": _z(reward["available_until"]),
        "whyNot": None,
    }


def _member(shared: Shared, member_id: UUID, done: Any, expiring: Any) -> dict[str, Any]:
    before, soon = done["a"], None
    if expiring is not None:
        at = expiring["expires_at"]
        left = days_left(at, clock.now())
        soon = {"points": expiring["points"], "expiresAt": _z(at), "daysLeft": left, "notices": []}
    points = {
        "available": done["balance"],
        "held": before["held"],
        "pending": before["pending"],
        "debt": before["debt"],
        "frozen": before["frozen_at"] is not None,
        "valueMinor": done["balance"] * 100 // shared.terms.points_per_yuan,
        "expiring": soon,
    }
    return {"id": global_id("Member", member_id), "lastEventSeq": before["told"] + 2, "points": points}


WORDS = "You do not have enough points for this."


def _z(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    url = (settings().database_url or "").replace("+asyncpg", "")
    async with asyncpg.create_pool(url, min_size=4, max_size=20, reset=_as_it_is, init=_decoding) as pool:
        terms = await pool.fetchval(
            "SELECT body FROM published_terms ORDER BY effective_from DESC, version DESC LIMIT 1"
        )
        rewards = {row["id"]: row for row in await pool.fetch("SELECT * FROM reward")}
        _shared[:] = [Shared(pool, Terms.model_validate(terms), rewards)]
        yield


async def _as_it_is(_connection: Any) -> None:
    # Each statement is a transaction of its own: nothing is left behind, and a reset would be a round trip each time.
    return


async def _decoding(connection: Any) -> None:
    await connection.set_type_codec("json", encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog")
