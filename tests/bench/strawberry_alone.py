"""The product's types and resolvers in a schema without anything of ours around it: `stock` of the benches."""

import strawberry

from backend.kit.graphql.refusals import refusal_types
from backend.notifications.graphql import EVENTS
from backend.schema import schema


def plain_schema() -> strawberry.Schema:
    """Strawberry's own executor, without extensions."""
    return strawberry.Schema(
        schema.query,
        mutation=schema.mutation,
        subscription=schema.subscription,
        types=(*refusal_types(), *EVENTS),
        config=schema.config,
    )
