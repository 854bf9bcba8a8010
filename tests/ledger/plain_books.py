"""The books told a second time, as plainly as possible: what the ledger must agree with after every step.

Days are whole numbers and lots expire at noon, so that the milliseconds a test takes never decide anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

GRACE_DAYS = 7
COOLING_OFF_DAYS = 3
"""Long enough for a lot to die before its transfer is final."""
FEE_BP = 500
NEVER: "Time" = (10**6, 0)
Time = tuple[float, int]
"""A day (.5: its noon) and the step that came to it: it has come once the day has."""


@dataclass(frozen=True)
class Step:
    """Something somebody does. `of` picks an earlier earning, burn, hold or transfer; unused fields say nothing."""

    act: str
    key: int = 0
    points: int = 0
    days: int = 0
    later: int = 0
    of: int = 0
    who: int = 0
    to: int = 0

    def name(self) -> str:
        return f"{self.act}:{self.key}"


@dataclass
class PlainClock:
    """One for everybody."""

    day: int = 0
    steps: int = 0


@dataclass
class PlainLot:
    """One earning. `value`: what it is worth after its corrections, wherever its points are now."""

    lot_id: UUID
    expires: Time
    value: int = 0
    release: Time | None = None
    pending: int = 0
    available: int = 0
    held: int = 0
    burned: int = 0
    expired: int = 0
    moved: int = 0

    def figures(self) -> tuple[int, ...]:
        return self.pending, self.available, self.held, self.burned, self.expired, self.moved

    def move(self, points: int, origin: str, to: str) -> None:
        setattr(self, origin, getattr(self, origin) - points)
        setattr(self, to, getattr(self, to) + points)


Parts = list[tuple[PlainLot, int]]


@dataclass
class PlainHold:
    """Points reserved, by the lots they are of."""

    hold_id: UUID
    lapses: float
    parts: Parts
    state: str = "OPEN"

    @property
    def points(self) -> int:
        return sum(part for _, part in self.parts)


@dataclass
class PlainBooks:
    """One member's points by the words of the promise: earliest to expire first, back to where they came from."""

    member_id: UUID
    clock: PlainClock = field(default_factory=PlainClock)
    debt: int = 0
    frozen: bool = False
    lots: list[PlainLot] = field(default_factory=list)
    earnings: list[PlainLot] = field(default_factory=list)
    burns: list[tuple[str, Parts]] = field(default_factory=list)
    holds: list[PlainHold] = field(default_factory=list)
    done: dict[str, Any] = field(default_factory=dict)

    def total(self, side: str) -> int:
        return sum(getattr(lot, side) for lot in self.lots)

    def seen(self, name: str, request: Any) -> str | None:
        if name not in self.done:
            return None
        return "replayed" if self.done[name] == request else "KEY_REUSED"

    def earn(self, step: Step) -> str:
        request = (step.points, step.days, step.later)
        if said := self.seen(step.name(), request):
            return said
        self.done[step.name()] = request
        release = (self.clock.day + step.later + 0.5, 0) if step.later else None
        self.credit(step.name(), step.points, self.noon(step.days), release)
        return "done"

    def credit(self, name: str, points: int, expires: Time, release: Time | None = None) -> None:
        lot = PlainLot(uuid5(self.member_id, name), expires, points, release)
        self.lots.append(lot)
        self.earnings.append(lot)
        if release:
            lot.pending = points
        else:
            lot.burned = self.repay(points)
            lot.available = points - lot.burned

    def release(self, step: Step) -> str:
        due = [lot for lot in self.lots if lot.pending and lot.release and lot.release[0] <= self.clock.day]
        for moment in sorted({lot.release for lot in due if lot.release}):
            self.let_in([lot for lot in due if lot.release == moment])
        return "done"

    def release_early(self, step: Step) -> str:
        self.let_in([self.earnings[step.of % len(self.earnings)]])
        return "done"

    def let_in(self, lots: list[PlainLot]) -> None:
        repaid = self.repay(sum(lot.pending for lot in lots))
        for lot in sorted(lots, key=lambda lot: (lot.expires, lot.lot_id)):
            burned = min(repaid, lot.pending)
            repaid -= burned
            lot.move(burned, "pending", "burned")
            lot.move(lot.pending, "pending", "available")

    def correct(self, step: Step) -> str:
        lot = self.earnings[step.of % len(self.earnings)]
        points = max(step.points, -lot.value)
        if points > 0:
            lot.value += points
            if lot.release and lot.release[0] > self.clock.day:
                lot.pending += points
            else:
                repaid = self.repay(points)
                lot.burned, lot.available = lot.burned + repaid, lot.available + points - repaid
        elif points:
            self.take_from(lot, -points)
        return "done"

    def claw_back(self, step: Step) -> str:
        lot = self.earnings[step.of % len(self.earnings)]
        if points := min(step.points, lot.value):
            self.take_from(lot, points)
        return "done"

    def take_from(self, lot: PlainLot, points: int) -> None:
        lot.value -= points
        for side in ("pending", "available", "expired"):
            part = min(points, getattr(lot, side))
            setattr(lot, side, getattr(lot, side) - part)
            points -= part
        for other, part in self.first(points, besides=lot):
            other.move(part, "available", "burned")
            points -= part
        self.debt += points

    def adjust(self, step: Step) -> str:
        if self.frozen:
            return "ACCOUNT_FROZEN"
        if step.points > 0:
            self.credit(step.name(), step.points, NEVER)
            return "done"
        missing = -step.points
        for lot, part in list(self.first(missing)):
            lot.move(part, "available", "burned")
            missing -= part
        self.debt += missing
        return "done"

    def extend(self, step: Step) -> str:
        lot = self.lots[step.of % len(self.lots)]
        if not lot.available:
            return "done"
        if self.frozen:
            return "ACCOUNT_FROZEN"
        lot.expires = self.noon(step.days)
        return "done"

    def burn(self, step: Step) -> str:
        return self.spend(step, step.points, "burned")

    def hold(self, step: Step) -> str:
        return self.spend(step, (step.points, step.days), "held")

    def spend(self, step: Step, request: Any, to: str) -> str:
        if said := self.seen(step.name(), request):
            return said
        if self.frozen:
            return "ACCOUNT_FROZEN"
        parts = list(self.first(step.points))
        if sum(part for _, part in parts) < step.points:
            return "INSUFFICIENT_POINTS"
        for lot, part in parts:
            lot.move(part, "available", to)
        self.done[step.name()] = request
        if to == "held":
            lapses = self.clock.day + step.days + 0.5
            self.holds.append(PlainHold(uuid5(self.member_id, step.name()), lapses, parts))
        else:
            self.burns.append((step.name(), parts))
        return "done"

    def capture(self, step: Step) -> str:
        hold = self.holds[step.of % len(self.holds)]
        if hold.lapses <= self.clock.day:
            return "HOLD_CLOSED"
        return self.close(hold, "CAPTURED", min(step.points, hold.points))

    def let_go(self, step: Step) -> str:
        return self.close(self.holds[step.of % len(self.holds)], "LET_GO", 0)

    def lapse(self, step: Step) -> str:
        for hold in sorted(self.holds, key=lambda hold: (hold.lapses, hold.hold_id)):
            if hold.lapses <= self.clock.day:
                self.close(hold, "LAPSED", 0)
        return "done"

    def close(self, hold: PlainHold, state: str, captured: int) -> str:
        if hold.state != "OPEN":
            return "HOLD_CLOSED"
        if self.frozen:
            return "ACCOUNT_FROZEN"
        hold.state = state
        self.let_die()
        self.give_back([(lot, part, "held") for lot, part in hold.parts], hold.points - captured, grace=True)
        return "done"

    def reverse(self, step: Step) -> str:
        burned, parts = self.burns[step.of % len(self.burns)]
        if said := self.seen(f"reverse:{burned}", burned):
            return said
        if self.frozen:
            return "ACCOUNT_FROZEN"
        self.done[f"reverse:{burned}"] = burned
        self.let_die()
        self.give_back([(lot, part, "burned") for lot, part in parts], sum(part for _, part in parts), grace=True)
        return "done"

    def give_back(self, parts: list[tuple[PlainLot, int, str]], points: int, *, grace: bool) -> None:
        left = points - self.repay(points)
        for lot, part, side in sorted(parts, key=lambda part: (part[0].expires, part[0].lot_id), reverse=True):
            back = min(part, left)
            left -= back
            lot.move(back, side, "available")
            lot.move(part - back, side, "burned")
            if back and grace and lot.expires[0] <= self.clock.day:
                lot.expires = (self.clock.day + GRACE_DAYS, self.clock.steps)

    def expire(self, step: Step) -> str:
        if not self.frozen:
            self.let_die()
        return "done"

    def freeze(self, step: Step) -> str:
        self.frozen = not self.frozen
        return "done"

    def let_die(self) -> None:
        for lot in self.lots:
            if lot.expires[0] <= self.clock.day:
                lot.move(lot.available, "available", "expired")

    def repay(self, points: int) -> int:
        repaid = min(self.debt, points)
        self.debt -= repaid
        return repaid

    def first(self, points: int, besides: PlainLot | None = None) -> Iterator[tuple[PlainLot, int]]:
        for lot in sorted(self.lots, key=lambda lot: (lot.expires, lot.lot_id)):
            if lot is not besides and lot.expires[0] > self.clock.day and (part := min(points, lot.available)):
                points -= part
                yield lot, part

    def noon(self, days: int) -> Time:
        return (self.clock.day + days + 0.5, 0) if days else NEVER
