"""A rush is served in few statements: what each gets, and what is written, is what it would have been alone."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db, hearing, ids, live, rush
from backend.kit.columns import table_of
from backend.kit.outbox import OutboxFact
from backend.ledger.facts import member_stream
from backend.ledger.models import Account, Entry, EntryLine, Lot
from backend.rewards import sealed, stocking
from backend.rewards.models import Redemption, RewardKind, Stock
from tests.builders import a_gift
from tests.kit.test_transact import kill
from tests.rewards.builders import a_member, a_reward, left_of, points_of, redeems, redeems_alone

pytestmark = pytest.mark.usefixtures("database")
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
RUSH = 40
OWN = {
    "id",
    "entry_id",
    "lot_id",
    "code_index",
    "code_sealed",
    "delivery_sealed",
    "hash",
    "prev_hash",
    "head",
    "reference",
}
"""What must differ from one member to the next."""


async def rows_of(member_id: UUID) -> dict[str, Any]:
    """All that is written of her, without what is hers alone."""
    found = {}
    async with db.read() as session:
        connection = await session.connection()
        for table in [table_of(model) for model in (Account, Lot, Entry, EntryLine, Redemption)]:
            rows = await connection.execute(select(table).where(table.c.member_id == member_id))
            found[table.name] = sorted(str(_without(row._mapping, {"member_id"})) for row in rows)
        facts = table_of(OutboxFact)
        told = await connection.execute(select(facts).where(facts.c.stream == member_stream(member_id)).order_by("seq"))
        hidden = {"member_id", "redemption_id"}
        found["told"] = [
            str({**_without(row._mapping, {"stream", "body"}), **_without(row.body, hidden)}) for row in told
        ]
    return found


def _without(row: Any, hidden: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OWN | hidden}


async def in_transactions(members: list[UUID]) -> int:
    """In how many transactions their redemptions were written."""
    async with db.read() as session:
        query = text("SELECT count(DISTINCT xmin::text) FROM redemption WHERE member_id = ANY(:members)")
        return int((await (await session.connection()).execute(query, {"members": members})).scalar_one())


@pytest.mark.parametrize("kind", list(RewardKind))
async def test_what_is_written_is_the_same_alone_and_together(kind: RewardKind) -> None:
    moment = clock.now()
    with clock.then(moment):
        ann, ben = [await a_member(name, points=100) for name in ("ann", "ben")]
        for member in (ann, ben):
            await a_gift(member, 60, expires_in=timedelta(days=9), key="nine")
        reward = await a_reward(kind=kind, points=130, limit_per_member=2, **_many(kind))
        alone, together = await redeems_alone(ann, reward), await redeems(ben, reward)
    assert await rows_of(ann) == await rows_of(ben)
    assert [bool(sealed.open_code(done.value)) for done in (alone, together)] == [kind != RewardKind.PHYSICAL] * 2
    async with db.read() as session:
        connection = await session.connection()
        facts = table_of(OutboxFact)
        told = await connection.execute(select(facts.c.body).where(facts.c.name == "StockChanged"))
        standing = sorted((body for (body,) in told), key=lambda body: body["version"])[-2:]
        stock = (await connection.execute(select(table_of(Stock)))).one()
    assert [one["left"] for one in standing] == [8, 7]
    assert standing[-1] == {name: getattr(stock, name) for name in ("sku", "left", "redeemed", "version")}


def _many(kind: RewardKind) -> dict[str, Any]:
    return {"codes": 9} if kind == RewardKind.COUPON else {"stock": 9}


@ON_POSTGRESQL
async def test_those_who_come_meanwhile_share_a_commit() -> None:
    cup, tea = await a_reward("CUP", stock=RUSH), await a_reward("TEA")
    members = [await a_member(f"m{n}", points=100) for n in range(RUSH)]
    async with live.listen(hearing.STREAM) as news:
        await asyncio.gather(*(redeems(member, (cup, tea)[n % 2]) for n, member in enumerate(members)))
        assert news.get_nowait()["body"]["left"] == RUSH // 2, "told once, as it stands after all of them"
    assert await in_transactions(members) <= 2
    assert (await left_of(cup), Counter([await points_of(member) for member in members])) == (RUSH // 2, {0: RUSH})


@ON_POSTGRESQL
async def test_nobody_waits_for_a_member_whose_account_is_busy() -> None:
    cup, ann = await a_reward(), await a_member("ann", points=100)
    others = [await a_member(f"m{n}", points=100) for n in range(RUSH)]
    is_locked, may_go = asyncio.Event(), asyncio.Event()

    async def keep(session: AsyncSession) -> None:
        account = table_of(Account)
        await (await session.connection()).execute(select(account).where(account.c.member_id == ann).with_for_update())
        is_locked.set()
        await may_go.wait()

    busy = asyncio.create_task(db.transact(keep))
    await is_locked.wait()
    hers, *theirs = [asyncio.create_task(redeems(member, cup)) for member in (ann, *others)]
    await asyncio.gather(*theirs)
    assert not hers.done()
    may_go.set()
    await asyncio.gather(busy, hers)
    assert (await points_of(ann), await in_transactions(others)) == (0, 1)


@ON_POSTGRESQL
async def test_who_is_too_late_for_the_last_pieces_is_told_so_although_they_were_there_when_she_looked() -> None:
    cup, members = await a_reward(stock=5), [await a_member(f"m{n}", points=100) for n in range(4)]
    is_taken, may_go = asyncio.Event(), asyncio.Event()

    async def take_most(session: AsyncSession) -> None:
        await stocking.set_aside(session, cup.sku, 3)
        is_taken.set()
        await may_go.wait()

    taking = asyncio.create_task(db.transact(take_most))
    await is_taken.wait()
    rush = [asyncio.create_task(redeems(member, cup)) for member in members]
    while not await _rushing():
        await asyncio.sleep(0.01)
    may_go.set()
    await taking
    answers = await asyncio.gather(*rush, return_exceptions=True)
    assert Counter(type(answer).__name__ for answer in answers) == {"Done": 2, "OutOfStock": 2}


async def test_many_small_batches_never_oversell_nor_overdraw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rush, "BATCH_MAX", 4)
    cup, tea = await a_reward("CUP", stock=11), await a_reward("TEA", stock=100, limit_per_member=2)
    members = [await a_member(f"m{n}", points=500) for n in range(5)]
    wishes = [(member, reward) for _ in range(5) for reward in (cup, tea) for member in members]
    gifts = [a_gift(member, 1) for member in members]
    tries = [redeems(member, reward) for member, reward in wishes]
    answers = await asyncio.gather(*tries, *gifts, return_exceptions=True)
    told = Counter(type(answer).__name__ for answer in answers)
    assert told["UUID"] == 5 and sum(told.values()) == 55
    assert told.keys() <= {"Done", "UUID", "OutOfStock", "LimitReached", "InsufficientPoints"}, told
    assert await left_of(cup) == 0
    spent = sum([501 - await points_of(member) for member in members])
    assert spent == 100 * told["Done"]


async def test_one_key_sent_many_times_at_once_is_one_redemption_whoever_else_is_there() -> None:
    cup, ann, key = await a_reward(stock=50), await a_member("ann", points=5000), ids.new()
    others = [await a_member(f"m{n}", points=100) for n in range(10)]
    answers = await asyncio.gather(
        *(redeems(ann, cup, key=key) for _ in range(9)), *(redeems(one, cup) for one in others)
    )
    assert Counter(answer.replayed for answer in answers) == {False: 11, True: 8}
    assert (await points_of(ann), await left_of(cup)) == (4900, 39)


@ON_POSTGRESQL
async def test_a_rush_whose_connections_die_is_done_again_and_once(database: str) -> None:
    cup = await a_reward(stock=RUSH + 1)
    members, keys = [await a_member(f"m{n}", points=100) for n in range(RUSH)], [ids.new() for _ in range(RUSH)]
    await redeems(await a_member("first", points=100), cup)
    rush = asyncio.gather(*(redeems(who, cup, key=key) for who, key in zip(members, keys, strict=True)))
    for pid in await _rushing():
        await kill(database, pid)
    await rush
    assert (await left_of(cup), sum([await points_of(member) for member in members])) == (0, 0)


async def _rushing() -> list[int]:
    async with db.read() as session:
        query = text(
            "SELECT array_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE 'WITH unmoved%'"
        )
        return list((await (await session.connection()).execute(query)).scalar_one() or [])
