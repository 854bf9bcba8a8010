"""The books recomputed from entries alone: what every account and lot must be if nobody touched them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from backend.ledger import chain, holds, lots
from backend.ledger.book import OWNED
from backend.ledger.holds import HeldPoints
from backend.ledger.lots import Line, LotState
from backend.ledger.models import GENESIS, EntryKind, Side
from backend.ledger.states import AccountState, EntryState

FREEZING = frozenset((EntryKind.FREEZE, EntryKind.UNFREEZE))
JOINING = frozenset((EntryKind.MERGE_OUT, EntryKind.UNMERGE_IN))


@dataclass
class Replay:
    """One member's account as her entries tell it, entry by entry."""

    member_id: UUID
    seq: int = 0
    head: bytes = GENESIS
    debt: int = 0
    frozen_at: datetime | None = None
    merged_into: UUID | None = None
    lots: dict[UUID, LotState] = field(default_factory=dict)
    sums: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    """Points of all lots by side: summed as they move, for a member may have very many lots."""
    holds: dict[UUID, HeldPoints] = field(default_factory=dict)

    def follow(self, entry: EntryState, lines: Iterable[Line]) -> Iterator[str]:
        """Do what the entry says; yields what is wrong with it."""
        lines = tuple(lines)
        if entry.seq != self.seq + 1:
            yield f"{self.where(entry)}: comes after seq {self.seq}"
        if entry.prev_hash != self.head:
            yield f"{self.where(entry)}: does not name the entry before it"
        if entry.hash != chain.link(entry.prev_hash, entry, lines):
            yield f"{self.where(entry)}: its contents do not match its hash"
        before = self.wealth()
        yield from self.move(entry, lines)
        if self.wealth() - before != entry.points:
            yield f"{self.where(entry)}: says {entry.points} points, its lines say {self.wealth() - before}"
        if (available := self.total(Side.AVAILABLE)) != entry.available_after:
            yield f"{self.where(entry)}: says {entry.available_after} available after it, the lots say {available}"
        self.seq, self.head = entry.seq, entry.hash

    def move(self, entry: EntryState, lines: tuple[Line, ...]) -> Iterator[str]:
        """Do what the entry says without asking whether its link holds; yields what cannot be done."""
        self.debt += entry.debt
        if entry.kind in FREEZING:
            self.frozen_at = entry.occurred_at if entry.kind == EntryKind.FREEZE else None
        if entry.kind in JOINING:
            self.merged_into = UUID(entry.why["into"]) if entry.kind == EntryKind.MERGE_OUT else None
        for line in lines:
            if line.lot_id not in self.lots and line.from_side is not Side.SOURCE:
                yield f"{self.where(entry)}: moves lot {line.lot_id}, which no entry opened"
                continue
            try:
                if line.lot_id not in self.lots:
                    self.lots[line.lot_id] = lots.opened(line, entry.occurred_at, entry.why)
                self.lots[line.lot_id].apply(line)
                self.sums[line.from_side] -= line.points
                self.sums[line.to_side] += line.points
            except (AssertionError, ValueError) as broken:
                yield f"{self.where(entry)}: {broken}"
        try:
            holds.follow(self.holds, entry, lines)
        except (AssertionError, KeyError, ValueError) as broken:
            yield f"{self.where(entry)}: {broken}"

    def where(self, entry: EntryState) -> str:
        """How an entry is named where something is said of it."""
        return f"entry {entry.entry_id} (member {self.member_id}, seq {entry.seq})"

    @property
    def frozen(self) -> bool:
        """Whether the account moves nothing."""
        return self.frozen_at is not None

    def wealth(self) -> int:
        """What the member owns less what she owes."""
        return sum([self.sums[side] for side in OWNED]) - self.debt

    def total(self, side: Side) -> int:
        """Points of all lots on one side."""
        return self.sums[side]

    def compare(
        self,
        account: AccountState | None,
        stored: Mapping[UUID, LotState],
        held: Mapping[UUID, HeldPoints] = MappingProxyType({}),
    ) -> Iterator[str]:
        """What the account row, the lot rows and the rows of holds say otherwise."""
        where = f"account {self.member_id}"
        if account is None:
            yield f"{where}: has entries but no row"
            return
        told = {side.value: getattr(account, side.value) for side in OWNED}
        told |= {
            "debt": account.debt,
            "seq": account.seq,
            "head": account.head,
            "frozen_at": account.frozen_at,
            "merged_into": account.merged_into,
        }
        replayed: dict[str, object] = {side.value: self.total(side) for side in OWNED}
        replayed |= {"debt": self.debt, "seq": self.seq, "head": self.head, "frozen_at": self.frozen_at}
        replayed["merged_into"] = self.merged_into
        for name, value in replayed.items():
            if told[name] != value:
                yield f"{where}: {name} is {told[name]!r}, its entries say {value!r}"
        for lot_id in self.lots.keys() | stored.keys():
            if self.lots.get(lot_id) != stored.get(lot_id):
                yield f"lot {lot_id} (member {self.member_id}): is not what its entries say"
        for hold_id in self.holds.keys() | held.keys():
            if self.holds.get(hold_id) != held.get(hold_id):
                yield f"hold {hold_id} (member {self.member_id}): is not what its entries say"
