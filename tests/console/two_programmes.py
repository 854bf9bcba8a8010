"""The same acts in two programmes: in one, two members' accounts are made one and taken apart; in the other, never."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console import merging, unmerging
from backend.kit import clock, db
from backend.kit.errors import Refused
from backend.ledger import expiry, posting
from backend.ledger.models import Account, Lot
from backend.programme import terms
from backend.tasks import awarding, checking_in
from backend.tasks.models import TaskAward
from backend.tasks.progress import progress_of
from backend.tiers import standing
from tests.builders import a_member, a_refund, an_event, take_in, told_of_expiry

ANN, BEN = 0, 1
"""Ann's account survives."""


class Programme:
    """Two members of one of the two programmes, and what they do there."""

    def __init__(self, name: str, *, merges: bool) -> None:
        self.name, self.merges, self.joined = name, merges, False
        self.ids: list[UUID] = []
        self.orders: dict[int, tuple[int, int]] = {}

    async def open(self) -> None:
        self.ids = [await a_member(self.reference(who)) for who in (ANN, BEN)]

    def reference(self, who: int) -> str:
        return f"{self.name}-{who}"

    async def order(self, who: int, number: int, paid_at: datetime, fen: int) -> None:
        self.orders[number] = (who, fen)
        event = await an_event(self.reference(who), fen / 100, ref=f"o{number}", source=self.name, at=paid_at)
        await take_in([event])

    async def refund(self, number: int, fen: int) -> None:
        who, _ = self.orders[number]
        event = await a_refund(
            self.reference(who), f"o{number}", fen / 100 if fen else None, source=self.name, ref=f"r{uuid4()}"
        )
        await take_in([event])

    async def check_in(self, who: int) -> bool:
        try:
            await db.transact(checking_in.check_in, key=uuid4(), member_id=self.account(who))
        except Refused:
            return False
        return True

    async def can_burn(self, who: int) -> int:
        async with db.read() as session:
            return int(await _burnable(session, self.account(who)))

    async def spend(self, who: int, points: int) -> None:
        if points:
            await db.transact(_spend, member_id=self.account(who), points=points)

    async def gift(self, who: int, points: int) -> None:
        await db.transact(_gift, member_id=self.account(who), points=points)

    async def merge(self) -> None:
        self.joined = True
        if self.merges:
            both = {"member_id": self.ids[BEN], "into_id": self.ids[ANN]}
            await db.transact(merging.merge_members, key=uuid4(), **both, reason="one person", actor="operator:olga")

    async def unmerge(self) -> None:
        self.joined = False
        if self.merges:
            await db.transact(
                unmerging.unmerge_members,
                key=uuid4(),
                member_id=self.ids[BEN],
                reason="two after all",
                actor="operator:olga",
            )

    def account(self, who: int) -> UUID:
        return self.ids[ANN] if self.merges and self.joined else self.ids[who]

    async def tell_of_expiry(self) -> None:
        await told_of_expiry(*({self.account(who) for who in (ANN, BEN)} if self.merges else set(self.ids)))

    async def settle(self) -> None:
        """What the worker and the schedule do."""
        for member_id in self.ids:
            await db.transact(awarding.award_due, member_id=member_id)
        await db.transact(_sweep, member_ids=[self.ids[ANN], *([] if self.merges and self.joined else [self.ids[BEN]])])


async def stands(member_id: UUID) -> dict[str, Any]:
    """All that must be the same: debt, what lots have by their last day, tier, tasks, streaks."""
    async with db.read() as session:
        account = await session.get_one(Account, member_id)
        tier = (await standing.of(session, [member_id]))[member_id]
        awards = await session.exec(select(TaskAward).where(TaskAward.member_id == member_id))
        programme = await terms.in_force(session)
        days = await checking_in.recent_days(session, member_id, programme.today())
        tasks = await progress_of(session, member_id, programme, clock.now())
        return {
            "debt": account.debt,
            "lots": _by_day((await session.exec(select(Lot).where(Lot.member_id == member_id))).all()),
            "tier": (tier.tier.code, tier.spend_minor),
            "awards": sorted((award.task_code, award.period, award.points) for award in awards),
            "days": [(day, row.streak, row.points) for day, row in sorted(days.items())],
            "tasks": [(one.task.code, one.count, one.awarded) for one in tasks],
        }


async def wealth(member_ids: Iterable[UUID]) -> int:
    async with db.read() as session:
        accounts = [await session.get_one(Account, member_id) for member_id in member_ids]
    return sum(one.available + one.held + one.pending - one.debt for one in accounts)


def _by_day(lots: Iterable[Lot]) -> dict[datetime, tuple[int, int, int]]:
    # Lots of one last day are taken in the order of their ids, which no two programmes share.
    found: dict[datetime, tuple[int, int, int]] = {}
    for lot in lots:
        if lot.open:
            day = lot.expires_at or datetime.max.replace(tzinfo=UTC)
            before = found.get(day, (0, 0, 0))
            found[day] = (before[0] + lot.available, before[1] + lot.pending, before[2] + lot.held)
    return found


async def _burnable(session: AsyncSession, member_id: UUID) -> int:
    lots = (await session.exec(select(Lot).where(Lot.member_id == member_id))).all()
    return sum(lot.available for lot in lots if lot.expires_at is None or lot.expires_at > clock.now())


async def _spend(session: AsyncSession, *, member_id: UUID, points: int) -> None:
    book = await posting.open_book(session, member_id)
    said = {"key": f"spend:{uuid4()}", "actor": "test", "why": {"code": "TEST"}}
    if points <= book.burnable():
        posting.burn(book, points=points, request={}, **said)  # type: ignore[arg-type]
    else:
        # Alone she could not have: the programme without a merge takes what is there and notes the rest as a debt.
        posting.adjust(book, points=-points, **said)  # type: ignore[arg-type]
    await posting.write(session, [book])


async def _gift(session: AsyncSession, *, member_id: UUID, points: int) -> None:
    book = await posting.open_book(session, member_id)
    # Midnight, so that both programmes' gifts have the same last moment.
    day = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    posting.earn(
        book,
        key=f"gift:{uuid4()}",
        points=points,
        expires_at=day + timedelta(days=40),
        occurred_at=clock.now(),
        actor="test",
        why={"code": "GIFT"},
    )
    await posting.write(session, [book])


async def _sweep(session: AsyncSession, *, member_ids: list[UUID]) -> None:
    await expiry.expire_due(session, member_ids=member_ids, quiet=True)
