"""Members on the wire: who she is, her devices and delivery, signing in and consent."""

from backend.members.graphql.member import (
    Delivery,
    MemberEdge,
    MemberFragment,
    MemberRef,
    OperatorFragment,
    Query,
    delivery_view,
    row_of,
)
from backend.members.graphql.mutations import Mutation

__all__ = [
    "Delivery",
    "MemberEdge",
    "MemberFragment",
    "MemberRef",
    "Mutation",
    "OperatorFragment",
    "Query",
    "delivery_view",
    "row_of",
]
