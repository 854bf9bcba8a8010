"""Rows of the books as plain values: what verbs work on, a tenth of the cost of a mapped object."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(slots=True)
class AccountState:
    """An account row under lock; fields as in models.Account."""

    member_id: UUID
    available: int
    held: int
    pending: int
    debt: int
    seq: int
    head: bytes
    told: int
    frozen_at: datetime | None
    merged_into: UUID | None = None


@dataclass(slots=True, kw_only=True)
class EntryState:
    """An entry as posted; fields as in models.Entry."""

    member_id: UUID
    entry_id: UUID
    seq: int
    request_hash: bytes
    kind: str
    points: int
    debt: int
    available_after: int
    reference: str | None
    actor: str
    why: Mapping[str, Any]
    occurred_at: datetime
    created_at: datetime
    prev_hash: bytes
    hash: bytes
