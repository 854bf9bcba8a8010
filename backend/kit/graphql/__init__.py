"""The GraphQL edge every domain shares: who asks, what a no looks like, pages, ids, scalars, limits.

A domain's graphql.py needs nothing else from here than these names; rows and verbs never import them.
"""

from backend.kit.graphql.asking import Context, Identity, Info, member_of, operator_of
from backend.kit.graphql.compiled import at_once
from backend.kit.graphql.localized import LocalizedTextInput
from backend.kit.graphql.nodes import (
    Node,
    assemble,
    assembled,
    from_global_id,
    global_id,
    node_from,
    node_kind_and_id,
)
from backend.kit.graphql.paging import MEMBER_PAGE_MAX, OPERATOR_PAGE_MAX, Connection, Edge, PageInfo, how_many, page
from backend.kit.graphql.performing import (
    Outcome,
    perform,
    perform_audited,
    perform_in_line,
    perform_in_turn,
    perform_together,
)
from backend.kit.graphql.refusals import Refusal, refusal, refusal_of
from backend.kit.graphql.scalars import Locale, MinorUnits, Moment, Money, Points, say
from backend.kit.graphql.sharing import SHARED

__all__ = [
    "MEMBER_PAGE_MAX",
    "OPERATOR_PAGE_MAX",
    "SHARED",
    "Connection",
    "Context",
    "Edge",
    "Identity",
    "Info",
    "Locale",
    "LocalizedTextInput",
    "MinorUnits",
    "Moment",
    "Money",
    "Node",
    "Outcome",
    "PageInfo",
    "Points",
    "Refusal",
    "assemble",
    "assembled",
    "at_once",
    "from_global_id",
    "global_id",
    "how_many",
    "member_of",
    "node_from",
    "node_kind_and_id",
    "operator_of",
    "page",
    "perform",
    "perform_audited",
    "perform_in_line",
    "perform_in_turn",
    "perform_together",
    "refusal",
    "refusal_of",
    "say",
]
