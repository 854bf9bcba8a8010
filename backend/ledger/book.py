"""One member's account in memory, under lock: what a movement does to it, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Required, TypedDict
from uuid import UUID

from backend.kit import clock, ids
from backend.kit.errors import Overtaken, Refused
from backend.ledger import chain, holds, lots
from backend.ledger.facts import MemberFact, PointsCredited, PointsTaken
from backend.ledger.holds import HeldPoints
from backend.ledger.lots import Line, LotState
from backend.ledger.models import EntryKind, Side
from backend.ledger.states import AccountState, EntryState

OWNED = (Side.PENDING, Side.AVAILABLE, Side.HELD)
HERS = tuple(side.value for side in OWNED)
NOTHING_MOVED = dict.fromkeys((side.value for side in Side), 0)


class KeyReused(Refused):
    """This key was used before for something else. Make a new one."""


class AccountFrozen(Refused):
    """This account is frozen: everything can be seen, nothing can be moved."""


class AccountMerged(Overtaken):
    """This account has become part of another one. Please look again."""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What is to be posted. `key` makes it one act for ever; `request` is what the caller asked, as plain values."""

    key: str
    kind: EntryKind
    lines: Sequence[Line] = ()
    debt: int = 0
    occurred_at: datetime
    actor: str
    why: Mapping[str, Any]
    reference: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)


class Said(TypedDict, total=False):
    """What a caller says of any movement; as in Movement."""

    key: Required[str]
    actor: Required[str]
    why: Required[Mapping[str, Any]]
    reference: str | None
    request: Mapping[str, Any]


def noting(said: Said, **more: Any) -> Said:
    """`said`, with more in its `why`: what the entry must know of what it did."""
    return {**said, "why": {**said["why"], **more}}


@dataclass
class Book:
    """The account, the lots that were loaded, and what has been posted since: `posting.write` writes it down."""

    account: AccountState
    lots: dict[UUID, LotState]
    posted: dict[UUID, EntryState] = field(default_factory=dict)
    """Entries asked for by key that were there already."""
    entries: list[tuple[EntryState, tuple[Line, ...]]] = field(default_factory=list)
    touched: set[UUID] = field(default_factory=set)
    opened: set[UUID] = field(default_factory=set)
    holds: dict[UUID, HeldPoints] = field(default_factory=dict)
    """The holds that were asked for, and those made since."""
    holds_made: set[UUID] = field(default_factory=set)
    holds_closed: set[UUID] = field(default_factory=set)
    facts: list[MemberFact] = field(default_factory=list)
    spared: set[UUID] = field(default_factory=set)
    """Lots whose time has come and that may not be let go: nobody told her of it. They wait to be extended."""

    @property
    def member_id(self) -> UUID:
        """Whose account this is."""
        return self.account.member_id

    def written(self) -> None:
        """What was posted is in the tables: from here on only what comes is to be written."""
        self.entries, self.facts = [], []
        self.touched, self.opened = set(), set()
        self.holds_made, self.holds_closed = set(), set()

    def burnable(self) -> int:
        """Points she can burn now: expired lots do not count, swept or not."""
        return lots.burnable(self.lots.values(), clock.now())

    def entry_id(self, key: str) -> UUID:
        """The id that a movement with this key has."""
        return ids.derived(self.member_id, key)

    def already(self, key: str, request: Mapping[str, Any]) -> EntryState | None:
        """The entry this key has posted. Raises KeyReused when it was asked for something else."""
        entry = self.posted.get(self.entry_id(key))
        if entry is not None and entry.request_hash != chain.digest(request):
            raise KeyReused
        return entry

    def lines_of(self, entry: EntryState) -> tuple[Line, ...]:
        """What an entry posted to this book moved."""
        return next(lines for posted, lines in self.entries if posted is entry)

    def must_move(self) -> None:
        """Raises AccountFrozen."""
        if self.account.frozen_at is not None:
            raise AccountFrozen

    def post(self, movement: Movement, *, tell: bool = True) -> EntryState:
        """Append the movement to the chain and move its points; `tell` makes it news for the member."""
        entry_id = self.entry_id(movement.key)
        assert entry_id not in self.posted, f"{movement.key} is posted: ask `already` first"
        points = self._move(entry_id, movement) - movement.debt
        entry = self._append(entry_id, movement, points)
        self.posted[entry_id] = entry
        if (hold_id := holds.follow(self.holds, entry, tuple(movement.lines))) is not None:
            (self.holds_made if hold_id == entry_id else self.holds_closed).add(hold_id)
        if tell and points:
            kind = PointsCredited if points > 0 else PointsTaken
            self.tell(kind(member_id=self.member_id, entry_id=entry_id, points=abs(points), why=movement.why))
        return entry

    def tell(self, fact: MemberFact) -> None:
        """Number `fact` as this member's next news; it leaves with the commit."""
        self.account.told += 1
        self.facts.append(fact.with_available(self.burnable()))

    def _move(self, entry_id: UUID, movement: Movement) -> int:
        sides = NOTHING_MOVED.copy()
        for line in movement.lines:
            if line.lot_id not in self.lots:
                assert line.from_side is Side.SOURCE, "a line moves a lot that was not loaded"
                self.lots[line.lot_id] = lots.opened(line, movement.occurred_at, movement.why)
                self.opened.add(line.lot_id)
            self.lots[line.lot_id].apply(line)
            self.touched.add(line.lot_id)
            sides[line.from_side._value_] -= line.points
            sides[line.to_side._value_] += line.points
        for side in HERS:
            setattr(self.account, side, getattr(self.account, side) + sides[side])
        self.account.debt += movement.debt
        assert self.account.debt >= 0
        return sum([sides[side] for side in HERS])

    def _append(self, entry_id: UUID, movement: Movement, points: int) -> EntryState:
        entry = EntryState(
            member_id=self.member_id,
            entry_id=entry_id,
            seq=self.account.seq + 1,
            request_hash=chain.digest(movement.request),
            kind=movement.kind.value,
            points=points,
            debt=movement.debt,
            available_after=self.account.available,
            reference=movement.reference,
            actor=movement.actor,
            why=movement.why,
            occurred_at=movement.occurred_at,
            created_at=clock.now(),
            prev_hash=self.account.head,
            hash=b"",
        )
        entry.hash = chain.link(entry.prev_hash, entry, movement.lines)
        self.account.seq, self.account.head = entry.seq, entry.hash
        self.entries.append((entry, tuple(movement.lines)))
        return entry
