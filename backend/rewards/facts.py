"""What the mall tells about rewards."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.kit import hearing
from backend.kit.outbox import Fact
from backend.ledger.facts import MemberFact


@dataclass(frozen=True, kw_only=True)
class RewardRedeemed(MemberFact):
    """The member burned `points` for a reward. Codes and addresses stay out of facts."""

    redemption_id: UUID
    reward_id: UUID
    sku: str
    kind: str
    category: str
    points: int
    state: str
    reward_name: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RedemptionUpdated(MemberFact):
    """A redemption was handed over or cancelled: `state` as it is now."""

    redemption_id: UUID
    reward_id: UUID
    state: str
    reward_name: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CatalogueChanged(Fact):
    """Rewards were offered, changed, withdrawn, or found to be hot or not."""

    def stream(self) -> str:
        """Everybody's."""
        return hearing.STREAM


@dataclass(frozen=True, kw_only=True)
class StockChanged(Fact):
    """How many are left of a SKU (null: unlimited). The higher version is the later one."""

    sku: str
    left: int | None
    redeemed: int
    version: int

    def stream(self) -> str:
        """Everybody's."""
        return hearing.STREAM
