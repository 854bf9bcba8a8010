"""The tables of the books. member_id leads every key, so that a member's rows can live together."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment

GENESIS = bytes(32)
MOVES_SOMETHING = "points > 0 AND (from_side <> to_side OR expires_at IS NOT NULL)"


class Side(StrEnum):
    """Where points of a lot can be. SOURCE is the programme, which issues them and takes wrong ones back."""

    SOURCE = "source"
    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    BURNED = "burned"
    EXPIRED = "expired"
    MOVED = "moved"


class EntryKind(StrEnum):
    """What a movement is."""

    EARN = "EARN"
    RELEASE = "RELEASE"
    CORRECT = "CORRECT"
    CLAW_BACK = "CLAW_BACK"
    BURN = "BURN"
    REVERSE = "REVERSE"
    HOLD = "HOLD"
    CAPTURE = "CAPTURE"
    LET_GO = "LET_GO"
    LAPSE = "LAPSE"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    TAKE_BACK = "TAKE_BACK"
    ADJUST = "ADJUST"
    EXPIRE = "EXPIRE"
    EXTEND = "EXTEND"
    FREEZE = "FREEZE"
    UNFREEZE = "UNFREEZE"
    TOP_UP = "TOP_UP"
    SETTLE = "SETTLE"
    MERGE_OUT = "MERGE_OUT"
    MERGE_IN = "MERGE_IN"
    UNMERGE_OUT = "UNMERGE_OUT"
    UNMERGE_IN = "UNMERGE_IN"


class HoldState(StrEnum):
    """Where a hold is in its life. Only an OPEN one can change, and only once."""

    OPEN = "OPEN"
    CAPTURED = "CAPTURED"
    LET_GO = "LET_GO"
    LAPSED = "LAPSED"


class AdjustmentState(StrEnum):
    """What became of a proposed adjustment."""

    PROPOSED = "PROPOSED"
    POSTED = "POSTED"
    REJECTED = "REJECTED"


def _points(name: str) -> Any:
    return Field(default=0, sa_column=Column(name, BigInteger, nullable=False))


class Account(SQLModel, table=True):
    """Lock, balance and chain head of one member, in one row."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("available >= 0 AND held >= 0 AND pending >= 0 AND debt >= 0", "not_below_zero"),)
    member_id: UUID = Field(primary_key=True)
    available: int = _points("available")
    held: int = _points("held")
    pending: int = _points("pending")
    debt: int = _points("debt")
    seq: int = _points("seq")
    head: bytes = Field(default=GENESIS, sa_column=Column(LargeBinary, nullable=False))
    told: int = _points("told")
    """How many facts the member has been told; the next one gets this number plus one."""
    frozen_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    merged_into: UUID | None = None
    """The account that has all its lots now: nothing moves here until the two are taken apart."""


class Lot(SQLModel, table=True):
    """One earning. Its id is the id of the entry that earned it, or derived from the entry that brought it in."""

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("earned = pending + available + held + burned + expired + moved", "adds_up"),
        CheckConstraint("pending >= 0 AND available >= 0 AND held >= 0", "not_below_zero"),
        CheckConstraint("burned >= 0 AND expired >= 0 AND moved >= 0", "not_below_zero_gone"),
        Index("lot_open", "member_id", sqlite_where=text("open"), postgresql_where=text("open")),
        Index("lot_due", "expires_at", "member_id", sqlite_where=text("open"), postgresql_where=text("open")),
        Index("lot_pending", "release_at", sqlite_where=text("pending > 0"), postgresql_where=text("pending > 0")),
    )
    member_id: UUID = Field(primary_key=True)
    lot_id: UUID = Field(primary_key=True)
    earned_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    earned: int = _points("earned")
    pending: int = _points("pending")
    available: int = _points("available")
    held: int = _points("held")
    burned: int = _points("burned")
    expired: int = _points("expired")
    moved: int = _points("moved")
    release_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    """When its pending points become available; null: they came available. The entry that opened it says so too."""
    open: bool = True
    """Whether anything of it is left: an index on a boolean keeps updates cheap on PostgreSQL."""


class Entry(SQLModel, table=True):
    """One movement, for ever. `points`: the signed change of what the member owns; `debt`: of what she owes."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_seq", "member_id", "seq", unique=True),
        # Entries are written in about this order, so that sealing finds the newest without looking at the rest.
        Index("entry_created", "created_at"),
        Index(
            "entry_extensions",
            "member_id",
            "seq",
            sqlite_where=text("kind = 'EXTEND'"),
            postgresql_where=text("kind = 'EXTEND'"),
        ),
    )
    member_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    kind: str
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    debt: int = Field(sa_column=Column(BigInteger, nullable=False))
    available_after: int = Field(sa_column=Column(BigInteger, nullable=False))
    reference: str | None = None
    actor: str
    why: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    occurred_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    prev_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EntryLine(SQLModel, table=True):
    """`points` (> 0) of a lot went from one side to another. Each line names both, so it cannot be unbalanced.

    Only a line that gives the lot a new date may leave its points where they are.
    """

    __tablename__ = "entry_line"
    __table_args__ = (CheckConstraint(MOVES_SOMETHING, "moves_something"),)
    member_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    line_no: int = Field(primary_key=True)
    lot_id: UUID
    from_side: str
    to_side: str
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    """The lot's expiry from this line on, where the line opened the lot or gave it a new date."""


class Hold(SQLModel, table=True):
    """Points reserved for something under way. Its id is the id of the HOLD entry, whose lines say of which lots."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("points > 0 AND captured >= 0 AND captured <= points", "captures_what_it_holds"),
        Index("hold_open", "lapses_at", sqlite_where=text("state = 'OPEN'"), postgresql_where=text("state = 'OPEN'")),
    )
    member_id: UUID = Field(primary_key=True)
    hold_id: UUID = Field(primary_key=True)
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    captured: int = _points("captured")
    state: str
    purpose: str
    reference: str | None = None
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    lapses_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class Transfer(SQLModel, table=True):
    """Points one member sent another. Its id is the id of the sender's entry, and both entries refer to it."""

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("points > 0 AND fee_points >= 0 AND member_id <> to_member_id", "sends_something"),
        Index("transfer_received", "to_member_id", "sent_at"),
        Index("transfer_sent", "member_id", "sent_at"),
    )
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    to_member_id: UUID
    entry_in_id: UUID
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    fee_points: int = _points("fee_points")
    sent_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    final_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    taken_back_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    back_entry_id: UUID | None = None
    """The sender's entry that took it back."""
    given_up_entry_id: UUID | None = None
    """The receiver's, of the same moment."""


class Adjustment(SQLModel, table=True):
    """Points an operator proposed to add or take; another person decides."""

    __tablename__ = "adjustment"
    __table_args__ = (
        CheckConstraint("points <> 0", "changes_something"),
        Index("adjustment_id", "id"),
        Index("adjustment_proposed", "state", "proposed_at"),
    )
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str
    state: str
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    proposed_by: str
    proposed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    decided_why: str | None = None


class Payment(SQLModel, table=True):
    """Money that changed hands with points: paid for a top-up, or given as wallet credit in a settlement."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", "is_money"),
        Index("payment_reference", "kind", "reference", unique=True),
    )
    member_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    kind: str
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    amount_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    reference: str
    """The payment's, or the wallet's, own number: one booking each."""
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class ExpiryNotice(SQLModel, table=True):
    """A member was told that a lot expires at `expires_at`, `step_days` before or sooner: once per lot, date and step.

    `told_seq`: the number of the news that told her. `counts_at`: from when the notice counts as delivered although
    nobody saw it, because she could not be reached when it was written; null: never. `delivered_by`: PHONE, or the
    channel whose `proof` it is.
    """

    __tablename__ = "expiry_notice"
    __table_args__ = (Index("expiry_notice_told", "member_id", "told_seq"),)
    member_id: UUID = Field(primary_key=True)
    lot_id: UUID = Field(primary_key=True)
    expires_at: datetime = Field(sa_column=Column(Moment, primary_key=True))
    step_days: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    warned_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    told_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    counts_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    delivered_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    delivered_by: str | None = None
    proof: str | None = None


class SealLog(SQLModel, table=True):
    """The one row that whoever seals entries locks: there is one tree, and it grows at one place."""

    __tablename__ = "seal_log"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    origin: str
    """The tree's name, as its checkpoints begin: chosen once, with the first seal."""
    size: int = _points("size")
    """How many leaves it has."""
    looked_until: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    """Entries written before this were looked at, but for those whose transactions took long."""


class Leaf(SQLModel, table=True):
    """Where in the tree an entry stands, for ever."""

    __tablename__ = "leaf"
    __table_args__ = (Index("leaf_index", "leaf_index", unique=True),)
    member_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    leaf_index: int = Field(sa_column=Column(BigInteger, nullable=False))


class Tile(SQLModel, table=True):
    """Up to 256 hashes of the tree side by side, as kit.merkle cuts it."""

    __tablename__ = "tile"
    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SealKey(SQLModel, table=True):
    """A key that signs checkpoints, or did until `ended_at`. The private half is sealed at rest."""

    __tablename__ = "seal_key"
    key_id: str = Field(primary_key=True)
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    private_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    began_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    vouched_by: str | None = None
    """The key before it, whose signature over the new one says that the change was meant."""
    voucher: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class Checkpoint(SQLModel, table=True):
    """The tree at one size, signed: whoever keeps one can tell later whether anything before it was changed."""

    __tablename__ = "checkpoint"
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    key_id: str
    sealed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    note: str


class ReconciliationPass(SQLModel, table=True):
    """How far the rolling check has come, and what the last whole pass saw. One row."""

    __tablename__ = "reconciliation_pass"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    after: UUID | None = None
    checked: int = _points("checked")
    started_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    last_checked: int = _points("last_checked")
    last_finished_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class Drift(SQLModel, table=True):
    """A member's account, lots and entries were found not to agree; kept when they agree again."""

    __tablename__ = "drift"
    __table_args__ = (Index("drift_open", "member_id", sqlite_where=text("open"), postgresql_where=text("open")),)
    member_id: UUID = Field(primary_key=True)
    found_at: datetime = Field(sa_column=Column(Moment, primary_key=True))
    what: str
    open: bool = True
    resolved_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class ReconciliationMonth(SQLModel, table=True):
    """The books of a month that is over. `drift`: closing, by lines, less opening and totals, by entries."""

    __tablename__ = "reconciliation_month"
    month: date = Field(primary_key=True)
    opening: int = _points("opening")
    totals: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    closing: int = _points("closing")
    drift: int = _points("drift")
    members_adrift: int = _points("members_adrift")
    outstanding: int = _points("outstanding")
    value_minor: int = _points("value_minor")
    currency: str
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
