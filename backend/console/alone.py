"""One side of a merge as it would have been alone: what it did and what was told of it, in a book of its own.

The book is never written. It begins as the account stood before the merge, and every happening since is posted to it
by the same functions as then, with the clock at its moment, so that nothing is decided here in another way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from backend.earning.crediting import credit
from backend.earning.given import Given
from backend.earning.rules import Rulebook
from backend.earning.shelf import Shelf
from backend.earning.timeline import Order, OrderKey
from backend.kit import clock
from backend.ledger import lots, posting
from backend.ledger.book import Book, Movement
from backend.ledger.lots import Line, LotState
from backend.ledger.merging import Standing
from backend.ledger.models import GENESIS, EntryKind, Side
from backend.ledger.states import AccountState, EntryState
from backend.orders.refunding import Refunded
from backend.programme.terms import Timeline
from backend.tasks import awarding, counting, joining
from backend.tasks.models import CheckIn, TaskAward
from backend.tasks.week import points_for, streak_before


@dataclass
class Spent:
    """A burn told again: what it took, and what it could not cover."""

    lines: Sequence[Line]
    debt: int


@dataclass
class Redeemed:
    """A redemption, as tasks count it."""

    at: datetime
    cancelled_at: datetime | None

    def counts(self, moment: datetime) -> bool:
        """Whether it had happened by `moment` and was not cancelled."""
        return self.at <= moment and (self.cancelled_at is None or self.cancelled_at > moment)


@dataclass
class Alone:
    """The account, its orders, check-ins and awards as they would be without the other one."""

    book: Book
    known: Timeline
    rulebook: Rulebook
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    refunds: dict[OrderKey, list[Refunded]] = field(default_factory=dict)
    accruals: dict[tuple[OrderKey, str], Given] = field(default_factory=dict)
    days: dict[date, CheckIn] = field(default_factory=dict)
    redeemed: Sequence[Redeemed] = ()
    awarded: set[tuple[str, str]] = field(default_factory=set)
    awards: list[TaskAward] = field(default_factory=list)
    spent: dict[UUID, Spent] = field(default_factory=dict)

    def standing(self) -> Standing:
        """The account as it would stand now."""
        return Standing.of(self.book)

    def arrive(self, orders: Iterable[Order], refunds: Iterable[tuple[OrderKey, Refunded]]) -> None:
        """Orders and refunds come in together."""
        shelf = Shelf(self.book, self.orders, self.refunds, accruals=self.accruals)
        for order in orders:
            shelf.add(order)
        for key, refund in refunds:
            shelf.give_back(key, refund)
        credit(shelf, shelf.changes(self.known, self.rulebook), self.known, self.rulebook, tell=False)
        self.orders = {order.key: order for order in shelf.stands()}

    def check_in(self, row: CheckIn) -> None:
        """A day is checked in, or made up for; its points follow the streak there would have been."""
        programme = self.known.at(row.made_at)
        made = self.days[row.day] = replace_row(row, points=0)
        joining.recount(self.days)
        if row.repaired or row.entry_id is None:
            return
        made.points = points_for(programme, streak_before(self.days, row.day) + 1)
        if made.points:
            expires_at = programme.expires_at(row.made_at, "CHECK_IN")
            self.issue(row.entry_id, made.points, expires_at)

    def issue(self, lot_id: UUID, points: int, expires_at: datetime | None) -> None:
        """Points come in as a lot of their own; a debt is repaid from them first."""
        repaid = min(self.book.account.debt, points)
        lines = lots.issue([(lot_id, points, expires_at)], repaid, Side.AVAILABLE)
        self._post(EntryKind.EARN, lines, -repaid)

    def bring(self, entry: EntryState, lines: Sequence[Line]) -> None:
        """Points come in as they did then: pending what was pending, the rest less a debt."""
        issued: dict[UUID, int] = {}
        for line in lines:
            if line.from_side is Side.SOURCE:
                issued[line.lot_id] = issued.get(line.lot_id, 0) + line.points
        dates = {line.lot_id: line.expires_at for line in lines}
        pending = any(line.to_side is Side.PENDING for line in lines)
        repaid = 0 if pending else min(self.book.account.debt, sum(issued.values()))
        side = Side.PENDING if pending else Side.AVAILABLE
        told = lots.issue([(lot_id, points, dates[lot_id]) for lot_id, points in issued.items()], repaid, side)
        self._post(EntryKind.EARN, told, -repaid, why=entry.why)

    def spend(self, entry_id: UUID, wanted: Iterable[tuple[Side, int]]) -> None:
        """Spend from her own lots, the earliest to expire first; what they cannot cover becomes a debt."""
        lines: list[Line] = []
        missing = 0
        for side, points in wanted:
            taken = lots.take(self.book.lots.values(), points, clock.now(), side)
            debt = points - sum(line.points for line in taken)
            self._post(EntryKind.BURN, taken, debt)
            lines, missing = [*lines, *taken], missing + debt
        self.spent[entry_id] = Spent(lines, missing)

    def undo(self, entry_id: UUID, burned: Sequence[Line] = ()) -> None:
        """A burn is undone: one told again here, or else `burned`, from before."""
        spent = self.spent.get(entry_id, Spent(burned, 0))
        posting.expire(self.book, moment=clock.now(), tell=False)
        points = sum(line.points for line in spent.lines) + spent.debt
        repaid = min(self.book.account.debt, points)
        back = lots.give_back(spent.lines, self.book.lots, min(points - repaid, points - spent.debt), clock.now())
        self._post(EntryKind.REVERSE, back, -repaid)
        # What had been a debt and was repaid since comes back to lots that something was burned of.
        rest = points - repaid - sum(line.points for line in back if line.to_side is Side.AVAILABLE)
        self._post(EntryKind.REVERSE, _from_burned(self.book.lots.values(), rest), 0)

    def extend(self, lines: Iterable[Line]) -> None:
        """Her lots among these got another last day."""
        for line in lines:
            if line.lot_id in self.book.lots and line.expires_at is not None:
                self.book.lots[line.lot_id].expires_at = line.expires_at

    def move(self, lines: Iterable[Line]) -> None:
        """What is pending leaves as it did then."""
        own = [line for line in lines if (lot := self.book.lots.get(line.lot_id)) and lot.pending >= line.points]
        self._post(EntryKind.TAKE_BACK, own, 0)

    def look_at_tasks(self) -> None:
        """Award what is due by now."""
        moment = clock.now()
        programme = self.known.at(moment)
        done = counting.Done(
            [(order.paid_at, order.remaining_minor) for order in self.orders.values() if not order.undone],
            self.days,
            [one.at for one in self.redeemed if one.counts(moment)],
        )
        for place, (task, period) in awarding.periods_at(self.known, moment).items():
            if place not in self.awarded and counting.reached(task, period, done, programme):
                self.awarded.add(place)
                self.awards.append(awarding.award(self.book, programme, task, period.name))

    def rename(self, names: Mapping[UUID, UUID]) -> None:
        """Call lots what they are called in the books."""
        self.book.lots = {
            names.get(lot_id, lot_id): replace(lot, lot_id=names.get(lot_id, lot_id))
            for lot_id, lot in self.book.lots.items()
        }

    def _post(self, kind: EntryKind, lines: Sequence[Line], debt: int, why: Mapping[str, object] | None = None) -> None:
        if not lines and not debt:
            return
        key = f"again:{self.book.account.seq + 1}"
        movement = Movement(
            key=key, kind=kind, lines=lines, debt=debt, occurred_at=clock.now(), actor="again", why=why or {}
        )
        self.book.post(movement, tell=False)


def a_book(member_id: UUID, standing: Standing) -> Book:
    """A book that stands like this and is never written."""
    own = {lot_id: replace(lot) for lot_id, lot in standing.lots.items()}
    total = {side: sum(getattr(lot, side) for lot in own.values()) for side in ("available", "held", "pending")}
    account = AccountState(
        member_id=member_id,
        **total,
        debt=standing.debt,
        seq=0,
        head=GENESIS,
        told=0,
        frozen_at=None,
        merged_into=None,
    )
    return Book(account, own)


def replace_row(row: CheckIn, **changed: object) -> CheckIn:
    """A copy of a check-in that no session knows."""
    return CheckIn(**{**row.model_dump(), **changed})


def _from_burned(of: Iterable[LotState], points: int) -> list[Line]:
    lines = []
    for lot in sorted(of, key=lambda lot: (lot.expires_at or lots.NEVER, lot.lot_id), reverse=True):
        part = min(points, lot.burned)
        if part:
            lines.append(Line(lot.lot_id, Side.BURNED, Side.AVAILABLE, part))
            points -= part
    return lines
