"""Giving on the wire: projects for everyone, donations for members, the desk for a charity's staff, and operators."""

import strawberry

from backend.charity.graphql import desk, project
from backend.charity.graphql.donation import DonatingMutation, Donation, MemberFragment
from backend.charity.graphql.operating import OperatingMutation, OperatorFragment
from backend.charity.graphql.project import CharityProject
from backend.charity.graphql.totals import CharityTotals, Subscription


@strawberry.type
class Query(project.Query, desk.Query):
    """What can be read of giving."""


@strawberry.type
class Mutation(DonatingMutation, OperatingMutation):
    """What members and operators do."""


__all__ = [
    "CharityProject",
    "CharityTotals",
    "Donation",
    "MemberFragment",
    "Mutation",
    "OperatorFragment",
    "Query",
    "Subscription",
]
