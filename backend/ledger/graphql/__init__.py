"""The books on the wire: what a member has, until when, and why each movement happened."""

import strawberry

from backend.ledger.graphql.balance import BalanceFragment, PointsBalance, holding
from backend.ledger.graphql.expiring import ExpiringMutation, NoticesFragment
from backend.ledger.graphql.freezing import AccountPayload, FreezingMutation
from backend.ledger.graphql.history import Entry, HistoryFragment, Why, entry_of, entry_view
from backend.ledger.graphql.holds import HoldsFragment
from backend.ledger.graphql.operating import AdjustmentsFragment, OperatingMutation
from backend.ledger.graphql.past import LiabilityFragment, PastFragment
from backend.ledger.graphql.reconciliation import ReconciliationFragment
from backend.ledger.graphql.statement import StatementFragment
from backend.ledger.graphql.transfers import TransferMutation, TransfersFragment


@strawberry.type
class MemberFragment(
    BalanceFragment,
    NoticesFragment,
    HistoryFragment,
    HoldsFragment,
    PastFragment,
    StatementFragment,
    TransfersFragment,
):
    """What the books know of a member."""


@strawberry.type
class OperatorFragment(LiabilityFragment, ReconciliationFragment, AdjustmentsFragment):
    """What the books say of the programme."""


@strawberry.type
class Mutation(FreezingMutation, TransferMutation, ExpiringMutation, OperatingMutation):
    """What moves points, or stops them, or lets them live longer."""


__all__ = [
    "AccountPayload",
    "Entry",
    "MemberFragment",
    "Mutation",
    "OperatorFragment",
    "PointsBalance",
    "Why",
    "entry_of",
    "entry_view",
    "holding",
]
