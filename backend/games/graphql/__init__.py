"""Games on the wire: draws, challenges and the plant."""

import strawberry

from backend.games.graphql.challenges import (
    ChallengesFragment,
    ChallengesMutation,
    ChallengesOperatorFragment,
    ChallengesQuery,
)
from backend.games.graphql.drawing import DrawsMutation
from backend.games.graphql.draws import DrawsFragment, DrawsQuery
from backend.games.graphql.plant import PlantFragment, PlantMutation, PlantQuery


@strawberry.type
class MemberFragment(DrawsFragment, ChallengesFragment, PlantFragment):
    """What a member plays."""


@strawberry.type
class Query(DrawsQuery, ChallengesQuery, PlantQuery):
    """What everyone may look at."""


@strawberry.type
class Mutation(DrawsMutation, ChallengesMutation, PlantMutation):
    """Playing, and what operators do about games."""


@strawberry.type
class OperatorFragment(ChallengesOperatorFragment):
    """What operators see of games."""


__all__ = ["MemberFragment", "Mutation", "OperatorFragment", "Query"]
