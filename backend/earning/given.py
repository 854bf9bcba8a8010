"""What a rule has given for an order, as a plain value."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(slots=True)
class Given:
    """An accrual; fields as in models.Accrual."""

    member_id: UUID
    source: str
    order_ref: str
    rule: str
    version: int
    points: int
    factors: dict[str, int]
    entry_id: UUID
    corrections: int = 0
    withheld: int = 0
