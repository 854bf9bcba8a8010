"""What happened to two accounts while they were one, told again to each of them alone."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console import sorting_out
from backend.console.alone import Alone, Redeemed, a_book, replace_row
from backend.console.models import AccountMerge
from backend.earning import crediting, placing, rules, timeline
from backend.earning.given import Given
from backend.earning.placing import ACCRUAL, PURCHASE, REFUND
from backend.earning.timeline import Order, OrderKey
from backend.kit import clock, ids
from backend.ledger import as_of, posting
from backend.ledger.merging import Standing
from backend.members import families
from backend.orders.refunding import Refunded, given_back
from backend.programme import terms
from backend.rewards.redemptions import REDEMPTION
from backend.tasks import joining

Happening = tuple[datetime, Callable[[], None]]


@dataclass
class Told:
    """Both sides as they would stand alone."""

    survivor: Alone
    other: Alone
    rows: dict[tuple[OrderKey, str], Given]
    """What was posted for the orders of both."""


async def tell(session: AsyncSession, merged: AccountMerge, *, spared: Collection[UUID]) -> Told:
    """Both sides of a merge as they would stand now without it. Reads only.

    What is past its last day expires in both, except the lots `spared` because nobody was told.
    """
    others = {merged.member_id, *map(UUID, merged.brought)}
    own = set(await families.part_ids(session, merged.into_id)) - others
    rows = await _accruals(session, own | others)
    survivor = await _before(session, merged.into_id, merged.into_seq - 1, merged, own)
    other = await _before(session, merged.member_id, merged.seq - 1, merged, others)
    movements = await sorting_out.movements(session, merged, survivor, other)
    for side, members, of in ((survivor, own, movements[0]), (other, others, movements[1])):
        side.book.spared = set(spared)
        _decide(side, rows)
        happened = [*of, *await _arrivals(session, merged, side, members)]
        happened += await _check_ins(session, merged, side)
        _live(side, happened)
        side.rename({given.entry_id: rows[place].entry_id for place, given in side.accruals.items() if place in rows})
    return Told(survivor, other, rows)


async def _before(
    session: AsyncSession, member_id: UUID, seq: int, merged: AccountMerge, members: Collection[UUID]
) -> Alone:
    replay = await as_of.replayed(session, member_id, seq)
    book = a_book(member_id, Standing(replay.lots, replay.debt))
    side = Alone(book, await terms.timeline(session), await rules.rulebook(session))
    side.refunds = await _refunds(session, members, until=merged.merged_at)
    for order in await placing.orders(
        session, PURCHASE.c.member_id.in_(members) & (PURCHASE.c.recorded_at <= merged.merged_at)
    ):
        side.orders[order.key] = _with(order, side.refunds.get(order.key, ()))
    days, awards = await joining.check_ins(session, member_id), await joining.awards_of(session, member_id)
    mine = [row for row in days.values() if row.told_of != merged.member_id and row.made_at <= merged.merged_at]
    side.days = {row.day: replace_row(row) for row in mine}
    joining.recount(side.days)
    side.awarded = {
        place
        for place, row in awards.items()
        if row.told_of != merged.member_id and (row.told_of or row.awarded_at <= merged.merged_at)
    }
    query = select(REDEMPTION.c.redeemed_at, REDEMPTION.c.cancelled_at).where(REDEMPTION.c.member_id.in_(members))
    side.redeemed = [Redeemed(*row) for row in await (await session.connection()).execute(query)]
    return side


def _decide(side: Alone, rows: dict[tuple[OrderKey, str], Given]) -> None:
    orders = timeline.sort(side.orders.values())
    if not orders:
        return
    decided = timeline.decide(orders, orders[0], side.known, side.rulebook)
    for key, rule in dict.fromkeys([*decided.awards, *(place for place in rows if place[0] in side.orders)]):
        award, row = decided.awards.get((key, rule)), rows.get((key, rule))
        order = side.orders[key]
        side.accruals[key, rule] = Given(
            member_id=order.named,
            source=order.source,
            order_ref=order.order_ref,
            rule=rule,
            version=award.version if award else row.version if row else 0,
            points=award.points if award else 0,
            factors=dict(award.factors) if award else {},
            entry_id=row.entry_id if row else ids.derived(side.book.member_id, crediting.key_of(order, rule)),
        )


async def _arrivals(
    session: AsyncSession, merged: AccountMerge, side: Alone, members: Collection[UUID]
) -> list[Happening]:
    connection = await session.connection()
    news: list[tuple[datetime, Any]] = []
    for table, read in ((PURCHASE, _order_of), (REFUND, _refund_of)):
        since = select(table).where(table.c.member_id.in_(members), table.c.recorded_at > merged.merged_at)
        news += [(row.recorded_at, read(row)) for row in await connection.execute(since)]
    batches = groupby(sorted(news, key=lambda one: one[0]), key=lambda one: one[0])
    return [(at, _arrival(side, [told for _, told in batch])) for at, batch in batches]


def _arrival(side: Alone, told: Sequence[Any]) -> Callable[[], None]:
    orders = [one for one in told if isinstance(one, Order)]
    refunds = [one for one in told if not isinstance(one, Order)]
    return lambda: side.arrive(orders, refunds)


def _order_of(row: Any) -> Order:
    return Order(row.paid_at, row.source, row.order_ref, row.total_minor, row.currency, row.member_id)


def _refund_of(row: Any) -> tuple[OrderKey, Refunded]:
    return (row.source, row.order_ref), Refunded(row.refunded_at, row.refund_ref, row.amount_minor)


async def _check_ins(session: AsyncSession, merged: AccountMerge, side: Alone) -> list[Happening]:
    days = await joining.check_ins(session, side.book.member_id)
    own = [row for row in days.values() if row.told_of is None and row.made_at > merged.merged_at]
    return [(row.made_at, partial(side.check_in, replace_row(row))) for row in own]


async def _refunds(
    session: AsyncSession, members: Collection[UUID], *, until: datetime
) -> dict[OrderKey, list[Refunded]]:
    query = select(REFUND).where(REFUND.c.member_id.in_(members), REFUND.c.recorded_at <= until)
    found: dict[OrderKey, list[Refunded]] = {}
    for row in await (await session.connection()).execute(query):
        key, refund = _refund_of(row)
        found.setdefault(key, []).append(refund)
    return found


async def _accruals(session: AsyncSession, members: Collection[UUID]) -> dict[tuple[OrderKey, str], Given]:
    query = select(ACCRUAL).where(ACCRUAL.c.member_id.in_(members))
    rows = [Given(**row._mapping) for row in await (await session.connection()).execute(query)]
    return {((row.source, row.order_ref), row.rule): row for row in rows}


def _with(order: Order, refunds: Sequence[Refunded]) -> Order:
    minor, undone = given_back(order.total_minor, refunds)
    return Order(
        order.paid_at, order.source, order.order_ref, order.total_minor, order.currency, order.named, minor, undone
    )


def _live(side: Alone, happened: list[Happening]) -> None:
    for at, act in sorted(happened, key=lambda one: one[0]):
        with clock.then(at):
            posting.release_due(side.book, moment=at)
            act()
            side.look_at_tasks()
    posting.release_due(side.book, moment=clock.now())
    posting.expire(side.book, moment=clock.now(), tell=False)
