"""The books told a second time, as plainly as possible: what the ledger must agree with after every step.

Days are whole numbers and lots expire at noon, so that the milliseconds a test takes never decide anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid5

GRACE_DAYS = 7
NEVER = (10**6, 0)


@dataclass(frozen=True)
class Step:
    """Something somebody does. `of` picks an earlier earning or burn; unused fields say nothing."""

    act: str
    key: int = 0
    points: int = 0
    days: int = 0
    of: int = 0

    def name(self) -> str:
        return f"{self.act}:{self.key}"


@dataclass
class PlainLot:
    """One earning. `value`: what it is worth after its corrections, wherever its points are now."""

    lot_id: UUID
    expires: tuple[float, int]
    value: int
    available: int = 0
    burned: int = 0
    expired: int = 0

    def figures(self) -> tuple[int, ...]:
        return self.available, self.burned, self.expired


@dataclass
class PlainBooks:
    """One member's points by the words of the promise: earliest to expire first, back to where they came from."""

    member_id: UUID
    day: int = 0
    steps: int = 0
    debt: int = 0
    frozen: bool = False
    lots: list[PlainLot] = field(default_factory=list)
    burns: list[tuple[str, list[tuple[PlainLot, int]]]] = field(default_factory=list)
    told: list[Step] = field(default_factory=list)
    done: dict[str, Any] = field(default_factory=dict)

    @property
    def available(self) -> int:
        return sum(lot.available for lot in self.lots)

    def meant(self, step: Step) -> Step | None:
        """The step with a key of its own, or an earlier one once more; None when there is nothing it could mean."""
        if step.act == "again":
            earlier = self.told[step.of % len(self.told)] if self.told else None
            return replace(earlier, points=earlier.points + step.points) if earlier else None
        if (step.act == "correct" and not self.lots) or (step.act == "reverse" and not self.burns):
            return None
        return replace(step, key=self.steps)

    def do(self, step: Step) -> str:
        """What the step must come to: done, replayed, or the code of a refusal."""
        self.steps += 1
        if step.act in ("earn", "burn"):
            self.told.append(step)
        outcome: str = getattr(self, step.act)(step)
        return outcome

    def seen(self, name: str, request: Any) -> str | None:
        if name not in self.done:
            return None
        return "replayed" if self.done[name] == request else "KEY_REUSED"

    def wait(self, step: Step) -> str:
        self.day += step.days
        return "done"

    def earn(self, step: Step) -> str:
        request = (step.points, step.days)
        if said := self.seen(step.name(), request):
            return said
        self.done[step.name()] = request
        expires = (self.day + step.days + 0.5, 0) if step.days else NEVER
        lot = PlainLot(uuid5(self.member_id, step.name()), expires, step.points)
        self.lots.append(lot)
        lot.burned = self.repay(step.points)
        lot.available = step.points - lot.burned
        return "done"

    def correct(self, step: Step) -> str:
        lot = self.lots[step.of % len(self.lots)]
        points = max(step.points, -lot.value)
        if not points:
            return "done"
        lot.value += points
        if points > 0:
            repaid = self.repay(points)
            lot.burned, lot.available = lot.burned + repaid, lot.available + points - repaid
        else:
            self.claw_back(lot, -points)
        return "done"

    def claw_back(self, lot: PlainLot, points: int) -> None:
        for side in ("available", "expired"):
            part = min(points, getattr(lot, side))
            setattr(lot, side, getattr(lot, side) - part)
            points -= part
        for other, part in self.first(points, besides=lot):
            other.available, other.burned, points = other.available - part, other.burned + part, points - part
        self.debt += points

    def burn(self, step: Step) -> str:
        if said := self.seen(step.name(), step.points):
            return said
        if self.frozen:
            return "ACCOUNT_FROZEN"
        parts = list(self.first(step.points))
        if sum(part for _, part in parts) < step.points:
            return "INSUFFICIENT_POINTS"
        for lot, part in parts:
            lot.available, lot.burned = lot.available - part, lot.burned + part
        self.burns.append((step.name(), parts))
        self.done[step.name()] = step.points
        return "done"

    def reverse(self, step: Step) -> str:
        burned, parts = self.burns[step.of % len(self.burns)]
        if said := self.seen(f"reverse:{burned}", burned):
            return said
        if self.frozen:
            return "ACCOUNT_FROZEN"
        self.done[f"reverse:{burned}"] = burned
        self.let_go()
        left = sum(part for _, part in parts)
        left -= self.repay(left)
        for lot, part in sorted(parts, key=lambda part: (part[0].expires, part[0].lot_id), reverse=True):
            back = min(part, left)
            lot.burned, lot.available, left = lot.burned - back, lot.available + back, left - back
            if back and lot.expires[0] <= self.day:
                lot.expires = (self.day + GRACE_DAYS, self.steps)
        return "done"

    def expire(self, step: Step) -> str:
        if not self.frozen:
            self.let_go()
        return "done"

    def freeze(self, step: Step) -> str:
        self.frozen = not self.frozen
        return "done"

    def let_go(self) -> None:
        for lot in self.lots:
            if lot.expires[0] <= self.day:
                lot.available, lot.expired = 0, lot.expired + lot.available

    def repay(self, points: int) -> int:
        repaid = min(self.debt, points)
        self.debt -= repaid
        return repaid

    def first(self, points: int, besides: PlainLot | None = None) -> Iterator[tuple[PlainLot, int]]:
        for lot in sorted(self.lots, key=lambda lot: (lot.expires, lot.lot_id)):
            if lot is not besides and lot.expires[0] > self.day and (part := min(points, lot.available)):
                points -= part
                yield lot, part
