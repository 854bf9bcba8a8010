"""Rewards on the wire: shelves, why not, redemptions, and what operators do about them."""

from backend.rewards.graphql.mutations import Mutation
from backend.rewards.graphql.redemption import MemberFragment, OperatorFragment, Redemption, redemption_view
from backend.rewards.graphql.reward import Asking, Query, Reward, reward_view

__all__ = [
    "Asking",
    "MemberFragment",
    "Mutation",
    "OperatorFragment",
    "Query",
    "Redemption",
    "Reward",
    "redemption_view",
    "reward_view",
]
