"""The phone's first question answered by hand: what the product's answer would cost without GraphQL.

Starlette and the driver, one statement for what is the member's, what everybody shares kept in the process, and the
domains' pure rules, for an answer must be the same whoever writes it. No types, resolvers, loaders or ORM. It answers
this one question and nothing else; `./mall bench home` checks that its bytes are the product's.
"""

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.kit import clock
from backend.kit.graphql import global_id
from backend.kit.settings import settings
from backend.ledger.posting import InsufficientPoints
from backend.programme.terms import Terms, days_left
from backend.programme.text import Text
from backend.recommendations.affinity import Redeemed, Suggestion, Taste, best_of_every_kind
from backend.recommendations.for_member import PAST_MAX
from backend.recommendations.saying import reason_text
from backend.recommendations.shortlist import shortlist
from backend.rewards.kept import Catalogue, Goods, KeptReward, Stocked
from backend.rewards.why_not import Means, why_not
from backend.tasks.graphql import task_id
from backend.tasks.hints import hint_for
from backend.tasks.periods import period_of
from backend.tasks.progress import TaskProgress, longest_run, present_run
from backend.tasks.week import oldest_needed, week_of
from backend.tiers.qualification import stand, window_start

HERS = Path(__file__).with_name("home_limit.sql").read_text("utf-8")
SHOWN = 6
HEADERS = {"cache-control": "no-store", "vary": "Accept", "x-content-type-options": "nosniff"}


class Day(NamedTuple):
    """A check-in, as far as the calendar looks at it."""

    streak: int
    points: int
    repaired: bool
    made_at: datetime


@dataclass
class Shared:
    """What everybody shares, read once: nothing changes it while this is measured."""

    pool: Any
    terms: Terms
    catalogue: Catalogue
    cards: dict[tuple[UUID, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def rewards(self) -> Mapping[UUID, KeptReward]:
        """By id."""
        return self.catalogue.goods.by_id


_shared: list[Shared] = []


def app() -> Starlette:
    """One door."""
    return Starlette(routes=[Route("/graphql", home)], lifespan=_lifespan)


async def home(request: Request) -> Response:
    """The answer."""
    shared, moment = _shared[0], clock.now()
    raw = base64.urlsafe_b64decode(request.cookies["mall_session"] + "==")
    locale = orjson.loads(request.query_params["variables"])["locale"]
    today = shared.terms.day_of(moment)
    since, first = window_start(shared.terms, moment), oldest_needed(today)
    hers = await shared.pool.fetchrow(HERS, UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), since, first, moment)
    if not _holds(hers, raw[32:], moment):
        return Response(status_code=401)
    viewer = _viewer(shared, hers, locale, moment, today)
    programme = {
        "name": shared.terms.name.say(locale),
        "zone": shared.terms.zone,
        "currency": shared.terms.currency,
    }
    body = orjson.dumps({"data": {"viewer": viewer, "programme": programme}})
    return Response(body, headers=HEADERS, media_type="application/json")


def _holds(hers: Any, secret: bytes, moment: datetime) -> bool:
    if hers is None or hers["secret_hash"] is None:
        return False
    same = hmac.compare_digest(hers["secret_hash"], hashlib.sha256(secret).digest())
    return same and hers["revoked_at"] is None and hers["expires_at"] > moment


def _viewer(shared: Shared, hers: Any, locale: str, moment: datetime, today: date) -> dict[str, Any]:
    terms = shared.terms
    days: dict[date, Any] = {
        day: Day(streak, points, repaired, made_at) for day, streak, points, repaired, made_at in hers["check_ins"]
    }
    return {
        "id": global_id("Member", hers["id"]),
        "enrolled": hers["enrolled_at"] is not None,
        "nickname": hers["nickname"],
        "lastEventSeq": hers["told"] or 0,
        "points": _points(terms, hers, moment),
        "checkIn": _check_in(terms, days, today),
        "tasks": [_task(terms, one, locale) for one in _progress(terms, hers, days, today)],
        "tier": _tier(terms, hers["orders"], locale, moment),
        "recommendedRewards": _recommended(shared, hers, locale, moment),
    }


def _points(terms: Terms, hers: Any, moment: datetime) -> dict[str, Any]:
    available = sum(points for points, _ in hers["lots"])
    return {
        "available": available,
        "held": hers["held"] or 0,
        "pending": hers["pending"] or 0,
        "debt": hers["debt"] or 0,
        "frozen": hers["frozen_at"] is not None,
        "valueMinor": available * 100 // terms.points_per_yuan,
        "expiring": _expiring(terms, hers, moment),
    }


def _expiring(terms: Terms, hers: Any, moment: datetime) -> dict[str, Any] | None:
    soonest, points = _next_to_expire(terms, hers, moment)
    if soonest is None:
        return None
    notices = sorted(seq for seq, expires_at in hers["notices"] if expires_at == soonest)
    left = days_left(soonest, moment)
    return {"points": points, "expiresAt": _z(soonest), "daysLeft": left, "notices": notices}


def _next_to_expire(terms: Terms, hers: Any, moment: datetime) -> tuple[datetime | None, int]:
    dated = [lot for lot in hers["lots"] if lot[0] and lot[1] is not None]
    soonest = min((expires_at for _, expires_at in dated), default=None)
    if soonest is None or soonest > moment + timedelta(days=max(terms.warning_days, default=0)):
        return None, 0
    return soonest, sum(points for points, expires_at in dated if expires_at == soonest)


def _check_in(terms: Terms, days: Mapping[date, Any], today: date) -> dict[str, Any]:
    week = week_of(days, terms, today)
    return {
        "streak": week.streak,
        "checkedInToday": week.checked_in_today,
        "nextPoints": week.next_points,
        "repairable": week.repairable,
        "repairsLeft": week.repairs_left,
        "days": [{"date": day.day, "state": day.state.value, "points": day.points} for day in week.days],
    }


def _progress(terms: Terms, hers: Any, days: Mapping[date, Any], today: date) -> Iterable[TaskProgress]:
    awards, streaks = {tuple(award) for award in hers["awards"]}, {day: one.streak for day, one in days.items()}
    orders = [(terms.day_of(paid_at), minor) for paid_at, minor, undone in hers["orders"] if not undone]
    for task in terms.tasks:
        period = period_of(task.period, today)
        counted = [minor for day, minor in orders if period.holds(day)]
        assert task.kind != "REDEEM" and period.until is not None, "this programme has no such task"
        longest = longest_run(streaks, period)
        days_in_a_row = longest if longest >= task.goal else present_run(streaks, period, today)
        count = {"ORDERS": len(counted), "SPEND": sum(counted), "CHECK_INS": days_in_a_row}[task.kind]
        yield TaskProgress(task, period, count, (task.code, period.name) in awards)


def _task(terms: Terms, one: TaskProgress, locale: str) -> dict[str, Any]:
    assert one.period.until is not None
    return {
        "id": task_id(one.task.code),
        "code": one.task.code,
        "title": one.task.title.say(locale),
        "hint": hint_for(one).say(locale),
        "progress": one.shown,
        "goal": one.task.goal,
        "rewardPoints": one.task.points,
        "completed": one.reached,
        "endsAt": _z(terms.start_of(one.period.until)),
    }


def _tier(terms: Terms, orders: Sequence[Any], locale: str, moment: datetime) -> dict[str, Any]:
    stands = stand(terms, [(paid_at, minor) for paid_at, minor, _ in orders], moment)
    tier, above = stands.tier, stands.next
    return {
        "tier": {
            "code": tier.code,
            "name": tier.name.say(locale),
            "rank": tier.rank,
            "earnMultiplier": tier.earn_multiplier_bp / 10000,
        },
        "next": {"code": above.code, "name": above.name.say(locale)} if above else None,
        "missing": {"minor": stands.missing_minor, "currency": terms.currency} if above else None,
        "spend": {"minor": stands.spend_minor, "currency": terms.currency},
        "progress": stands.progress_bp / 10000,
        "keepUntil": _z(stands.keep_until),
    }


def _recommended(shared: Shared, hers: Any, locale: str, moment: datetime) -> list[dict[str, Any]]:
    taken, mine = Counter[UUID](), []
    for reward_id, state, origin, whose in hers["redemptions"]:
        if state != "CANCELLED":
            taken[reward_id] += origin == "REDEEMED"
            if whose == hers["id"] and reward_id in shared.rewards:
                mine.append(shared.rewards[reward_id])
    burnable = sum(points for points, _ in hers["lots"])
    means = Means(burnable=burnable, rank=_rank(shared, hers, moment), redeemed=taken)
    taste = Taste(
        available=burnable,
        expiring=_next_to_expire(shared.terms, hers, moment)[1],
        redeemed=[Redeemed(one.sku, one.category, _text(one.name)) for one in mine[:PAST_MAX]],
        leaving_days=shared.terms.leaving_soon_days,
    )
    open_to_her = shortlist(shared.catalogue, shared.terms, moment).open_to(means)
    best = best_of_every_kind(open_to_her, taste, SHOWN)
    frozen = hers["frozen_at"] is not None
    means = Means(burnable=burnable, rank=means.rank, redeemed=taken, frozen=frozen)
    return [_suggestion(shared, one, means, locale, moment) for one in best]


def _rank(shared: Shared, hers: Any, moment: datetime) -> int:
    return stand(shared.terms, [(paid_at, minor) for paid_at, minor, _ in hers["orders"]], moment).tier.rank


def _suggestion(shared: Shared, one: Suggestion, means: Means, locale: str, moment: datetime) -> dict[str, Any]:
    reward, left = shared.rewards[one.reward_id], shared.catalogue.left(one.sku)
    card = dict(shared.cards.get((reward.id, locale)) or _card(shared, reward, locale))
    card["stock"] = left
    against = why_not(reward, left=left, means=means, terms=shared.terms, moment=moment)
    if against is not None:
        card["whyNot"] = {"__typename": type(against).__name__, "code": against.code, "message": str(against)}
        if isinstance(against, InsufficientPoints):
            card["whyNot"]["missing"] = against.missing
    return {"reward": card, "reason": {"code": one.reason.code.value, "text": reason_text(one.reason).say(locale)}}


def _card(shared: Shared, reward: KeptReward, locale: str) -> dict[str, Any]:
    language = locale.lower()
    value = None if reward.value_minor is None else {"minor": reward.value_minor, "currency": shared.terms.currency}
    made = {
        "id": global_id("Reward", reward.id),
        "sku": reward.sku,
        "kind": reward.kind,
        "name": reward.name[language],
        "description": reward.description[language],
        "points": reward.points,
        "value": value,
        "stock": None,
        "hot": reward.hot,
        "availableUntil": _z(reward.available_until),
        "whyNot": None,
    }
    shared.cards[reward.id, locale] = made
    return made


def _text(words: Mapping[str, str]) -> Text:
    return Text.model_construct(zh_cn=words["zh_cn"], en=words["en"])


def _z(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    url = (settings().database_url or "").replace("+asyncpg", "")
    async with asyncpg.create_pool(url, min_size=4, max_size=20, reset=_as_it_is, init=_decoding) as pool:
        _shared[:] = [await _read(pool)]
        yield


async def _as_it_is(_connection: Any) -> None:
    # Nothing is left behind on a connection that only reads; the pool's own reset would be a round trip each time.
    return


async def _decoding(connection: Any) -> None:
    await connection.set_type_codec("json", encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog")


async def _read(pool: Any) -> Shared:
    terms = await pool.fetchval("SELECT body FROM published_terms ORDER BY effective_from DESC, version DESC LIMIT 1")
    names = [one.name for one in fields(KeptReward)]
    rewards = [KeptReward(**{name: row[name] for name in names}) for row in await pool.fetch("SELECT * FROM reward")]
    stock = await pool.fetch('SELECT sku, "left", redeemed, version FROM stock')
    stocked = {sku: Stocked(*counted) for sku, *counted in stock}
    catalogue = Catalogue(Goods({one.id: one for one in rewards}), stocked, (0, 0, 0))
    return Shared(pool, Terms.model_validate(terms), catalogue)
