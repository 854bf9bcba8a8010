"""Members, orders, rewards, check-ins, redemptions; each domain adds its own file beside this one."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.demo import auctions, draws, giving, playing
from backend.demo.keys import DEMO, key_of, the_clock_back
from backend.earning import sources, taking_in
from backend.earning.events import from_line
from backend.earning.models import EventSource
from backend.kit import audit, clock, db
from backend.kit.opening import opened
from backend.ledger import notices
from backend.members import delivery, enrolment
from backend.members.models import Member
from backend.programme import terms
from backend.programme.terms import Terms
from backend.rewards import catalogue, redeeming, shelves, stocking
from backend.rewards.models import Redemption, Reward, RewardKind
from backend.tasks import awarding, checking_in

SHOP = "demo-shop"
DATA: Mapping[str, Any] = json.loads(Path(__file__).with_name("programme.json").read_text("utf-8"))
OPERATOR = "demo"
CODES_PER_CALL = 100


async def seed() -> bool:
    """Fill an empty installation, or finish one that was interrupted; False when there was nothing to do."""
    async with db.read() as session:
        if not await _wanted(session):
            return False
        programme = await terms.in_force(session)
    await db.transact(sources.open_source, name=SHOP)
    rewards = {reward["sku"]: await _reward(reward) for reward in DATA["rewards"]}
    members = {member["reference"]: await _member(member, programme) for member in DATA["members"]}
    await auctions.seed(members)
    await playing.seed(members)
    await giving.seed(SHOP)
    await draws.seed(members, rewards)
    for number, (reference, sku) in enumerate(DATA["redemptions"]):
        key = key_of("redemption", str(number))
        await db.transact(redeeming.redeem_reward, key=key, member_id=members[reference], reward_id=rewards[sku])
    await db.transact(shelves.refresh_hot)
    for member_id in members.values():
        await db.transact(awarding.award_due, member_id=member_id)
    await db.transact(notices.warn, member_ids=list(members.values()))
    what = {"members": len(members), "rewards": len(rewards)}
    await db.transact(audit.record, act=audit.Act(audit.COMMAND, "demo"), subject=("Demo", SHOP), after=what)
    return True


def seed_command() -> None:
    """Seed the demo programme from the command line and say so."""
    asyncio.run(_seed_alone())


async def _wanted(session: AsyncSession) -> bool:
    # The shop's source comes first and the redemptions last: between the two, seeding was interrupted.
    begun = await session.get(EventSource, SHOP) is not None
    last = DATA["redemptions"][-1][1]
    finished = (await session.exec(select(Redemption.id).where(Redemption.sku == last))).first() is not None
    empty = (await session.exec(select(Member.id).limit(1))).first() is None
    return not finished and (begun or empty)


async def _seed_alone() -> None:
    async with opened():
        fresh = await seed()
    print("The demo programme is there." if fresh else "There are members already: nothing was changed.")


async def _member(member: Mapping[str, Any], programme: Terms) -> UUID:
    named = {name: member[name] for name in ("reference", "nickname", "phone")}
    member_id = (await db.transact(enrolment.register, **named)).id
    await db.transact(
        enrolment.enrol, member_id=member_id, terms_version=programme.terms_version, nickname=member["nickname"]
    )
    point = programme.pick_up_points[0].id
    await db.transact(delivery.save_pick_up, member_id=member_id, pick_up_point_id=point)
    await _orders(member, programme)
    await _check_ins(member_id, member["streak"])
    return member_id


async def _orders(member: Mapping[str, Any], programme: Terms) -> None:
    moment, events = clock.now(), []
    for number, (days, total_minor) in enumerate(member["orders"]):
        order = f"demo-{member['reference']}-{number + 1}"
        line = {
            "type": "order.paid",
            "at": _paid_at(moment, days, programme).isoformat(),
            "member": member["reference"],
            "total_minor": total_minor,
        }
        events.append(from_line(line, SHOP, order, programme.tz, programme.currency))
    if events:
        await db.transact(taking_in.take_in, events=events, news_from=moment)


def _paid_at(moment: datetime, days: int, programme: Terms) -> datetime:
    # The oldest orders belong to this month last year, so that some points expire at this month's end.
    if days > -350:
        return moment + timedelta(days=days, hours=-2)
    day = programme.month_after(programme.today(), -programme.expiry.months)
    return programme.start_of(day) + timedelta(days=-350 - days, hours=11)


async def _check_ins(member_id: UUID, streak: int) -> None:
    for days_ago in range(streak, 0, -1):
        with the_clock_back(timedelta(days=days_ago)):
            key = key_of("check-in", f"{member_id}:{days_ago}")
            await db.transact(checking_in.check_in, key=key, member_id=member_id)


async def _reward(reward: Mapping[str, Any]) -> UUID:
    fields, key = dict(reward), key_of("reward", reward["sku"])
    codes, opens, ends = (fields.pop(name, None) for name in ("codes", "from_days", "until_days"))
    fields |= {"kind": RewardKind(reward["kind"]), "available_from": _in(opens), "available_until": _in(ends)}
    async with db.read() as session:
        known = await session.get(Reward, key) is not None
    if not known:
        await db.transact(catalogue.create_reward, key=key, **fields)
    if codes:
        await db.transact(_add_codes, reward_id=key, sku=reward["sku"], number=codes)
    return key


async def _add_codes(session: AsyncSession, *, reward_id: UUID, sku: str, number: int) -> None:
    codes = [str(uuid5(DEMO, f"code:{sku}:{n}"))[:13].upper() for n in range(number)]
    for start in range(0, number, CODES_PER_CALL):
        await stocking.add_coupon_codes(session, reward_id=reward_id, given=codes[start : start + CODES_PER_CALL])


def _in(days: int | None) -> datetime | None:
    return None if days is None else clock.now() + timedelta(days=days)
