"""The programme on the wire: its terms for everyone, and how operators change them."""

from backend.programme.graphql.publishing import Mutation, OperatorFragment
from backend.programme.graphql.reading import (
    PickUpPoint,
    ProgrammeFragment,
    Tier,
    pick_up_view,
    pick_up_views,
    tier_view,
)

__all__ = [
    "Mutation",
    "OperatorFragment",
    "PickUpPoint",
    "ProgrammeFragment",
    "Tier",
    "pick_up_view",
    "pick_up_views",
    "tier_view",
]
