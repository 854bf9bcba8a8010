"""Several members' plain books, and what they send each other."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from tests.ledger.plain_books import COOLING_OFF_DAYS, FEE_BP, Parts, PlainBooks, PlainClock, PlainLot, Step, Time

NEEDS = {
    "correct": "earnings",
    "claw_back": "earnings",
    "release_early": "earnings",
    "extend": "lots",
    "reverse": "burns",
    "capture": "holds",
    "let_go": "holds",
}
"""What must be there already for a step to mean anything."""
KEYED = ("earn", "burn", "hold", "transfer")
BETWEEN = ("wait", "transfer", "take_back")


@dataclass
class PlainTransfer:
    """Points one member sent another."""

    name: str
    sender: PlainBooks
    receiver: PlainBooks
    moved: Parts
    fee: Parts
    final: Time
    arrived: list[PlainLot]
    taken_back: bool = False


@dataclass
class PlainWorld:
    """Members by number, one clock, and every step that could be sent again."""

    books: list[PlainBooks]
    clock: PlainClock = field(default_factory=PlainClock)
    told: list[Step] = field(default_factory=list)
    transfers: list[PlainTransfer] = field(default_factory=list)

    def __post_init__(self) -> None:
        for books in self.books:
            books.clock = self.clock

    def meant(self, step: Step) -> Step | None:
        """The step with a key of its own, or an earlier one once more; None when there is nothing it could mean."""
        if step.act == "again":
            earlier = self.told[step.of % len(self.told)] if self.told else None
            return replace(earlier, points=earlier.points + step.points) if earlier else None
        if step.act == "take_back":
            return replace(step, key=self.clock.steps) if self.transfers else None
        mine = self.books[step.who]
        if step.act in NEEDS and not getattr(mine, NEEDS[step.act]):
            return None
        if step.act == "release_early" and not mine.earnings[step.of % len(mine.earnings)].pending:
            return None
        return replace(step, key=self.clock.steps)

    def do(self, step: Step) -> str:
        """What the step must come to: done, replayed, or the code of a refusal."""
        self.clock.steps += 1
        if step.act in KEYED:
            self.told.append(step)
        outcome: str = getattr(self if step.act in BETWEEN else self.books[step.who], step.act)(step)
        return outcome

    def wait(self, step: Step) -> str:
        self.clock.day += step.days
        return "done"

    def transfer(self, step: Step) -> str:
        mine, other = self.books[step.who], self.books[step.to]
        if said := mine.seen(step.name(), (step.points, step.to)):
            return said
        if mine.frozen:
            return "ACCOUNT_FROZEN"
        if other.frozen:
            return "CANNOT_RECEIVE"
        mine.let_die()
        fee = step.points * FEE_BP // 10_000
        parts = list(mine.first(step.points + fee))
        if sum(part for _, part in parts) < step.points + fee:
            return "INSUFFICIENT_POINTS"
        mine.done[step.name()] = (step.points, step.to)
        moved, fees = self.split(parts, step.points)
        arrived = self.arrive(mine, other, step.name(), moved)
        final = (self.clock.day + COOLING_OFF_DAYS, self.clock.steps)
        for lot in arrived:
            lot.release = final
        self.transfers.append(PlainTransfer(step.name(), mine, other, moved, fees, final, arrived))
        return "done"

    def take_back(self, step: Step) -> str:
        transfer = self.transfers[step.of % len(self.transfers)]
        if transfer.taken_back:
            return "replayed"
        if transfer.final[0] <= self.clock.day:
            return "TRANSFER_FINAL"
        if transfer.sender.frozen:
            return "ACCOUNT_FROZEN"
        transfer.taken_back = True
        parts = [(lot, part, "moved") for lot, part in transfer.moved]
        parts += [(lot, part, "burned") for lot, part in transfer.fee]
        transfer.sender.give_back(parts, sum(part for _, part, _ in parts), grace=False)
        for lot in transfer.arrived:
            lot.move(lot.pending, "pending", "moved")
        return "done"

    def split(self, parts: Parts, points: int) -> tuple[Parts, Parts]:
        moved, fees = [], []
        for lot, part in parts:
            kept = min(points, part)
            points -= kept
            moved += [(lot, kept)] if kept else []
            fees += [(lot, part - kept)] if part > kept else []
            lot.move(kept, "available", "moved")
            lot.move(part - kept, "available", "burned")
        return moved, fees

    def arrive(self, mine: PlainBooks, other: PlainBooks, name: str, moved: Parts) -> list[PlainLot]:
        transfer_id = uuid5(mine.member_id, name)
        entry_id: UUID = uuid5(other.member_id, f"receive:{transfer_id}")
        arrived = [
            PlainLot(uuid5(entry_id, str(number)), lot.expires, pending=part)
            for number, (lot, part) in enumerate(moved)
        ]
        other.lots += arrived
        return arrived
