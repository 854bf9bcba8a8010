"""Every domain's graphql.py merged into one schema; `./mall schema` prints it as schema.graphql."""

import sys
from copy import copy
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry
from graphql import lexicographic_sort_schema
from strawberry.schema.config import StrawberryConfig

from backend.auctions import graphql as auctions
from backend.charity import graphql as charity
from backend.console import graphql as console
from backend.earning import graphql as earning
from backend.games import graphql as games
from backend.kit.graphql import Info, Node, assemble
from backend.kit.graphql.compiled import at_once
from backend.kit.graphql.guarding import GuardedSchema
from backend.kit.graphql.nodes import find_node
from backend.kit.graphql.refusals import refusal_types
from backend.kit.graphql.scalars import SCALARS
from backend.kit.settings import ROOT
from backend.ledger import graphql as ledger
from backend.members import graphql as members
from backend.notifications import graphql as notifications
from backend.privacy import graphql as privacy
from backend.programme import graphql as programme, terms
from backend.recommendations import graphql as recommendations
from backend.rewards import graphql as rewards
from backend.tasks import graphql as tasks
from backend.tiers import graphql as tiers

FILE = ROOT / "schema.graphql"
DOMAINS = (
    members,
    programme,
    ledger,
    tiers,
    earning,
    rewards,
    tasks,
    auctions,
    games,
    charity,
    recommendations,
    notifications,
    console,
    privacy,
)


def write() -> None:
    """Write schema.graphql from the code."""
    FILE.write_text(text(), "utf-8")
    print(f"mall: wrote {FILE.name}", file=sys.stderr)


def text() -> str:
    """The schema in the schema language, sorted, the same for the same code."""
    # Only what is printed is sorted: a sorted schema forgets which Python enum a value belongs to.
    printed = copy(schema)
    printed._schema = lexicographic_sort_schema(schema._schema)
    return printed.as_str() + "\n"


def _merged(name: str, fragments: str, description: str, *more: type) -> Any:
    """One type of all domains' classes called `fragments`. Two fields of one name would hide each other."""
    classes = (*(getattr(domain, fragments) for domain in DOMAINS if hasattr(domain, fragments)), *more)
    names = [field.name for cls in classes for field in cls.__strawberry_definition__.fields]
    own = [name for name in names if name not in ("member_id", "id")]
    assert len(own) == len(set(own)), f"two domains give {name} a field of the same name"
    merged = strawberry.type(type(name, classes, {"__module__": __name__}), description=description)
    assemble(name, merged)
    return merged


if TYPE_CHECKING:
    Member: TypeAlias = Any
    Programme: TypeAlias = Any
    Operator: TypeAlias = Any
else:
    Member = _merged("Member", "MemberFragment", "A member of the programme, as she and operators may see her.")
    Programme = _merged("Programme", "ProgrammeFragment", "The programme's rules as they are in force now.")
    Operator = _merged("Operator", "OperatorFragment", "What operators see.")


@strawberry.type
class _Roots:
    @strawberry.field(description="The programme's rules, for everyone.")
    @at_once
    async def programme(self) -> Programme:
        return Programme(terms=await terms.now())

    @strawberry.field(description="Anything by its id; null when it is not there, or not yours to see.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
        found: Node | None = await find_node(info, id)
        return found

    @strawberry.field(description="The operators' view; null unless an operator asks.")
    def operator(self, info: Info) -> Operator | None:
        return None if info.context.identity.operator is None else Operator()


schema = GuardedSchema(
    _merged("Query", "Query", "Reading. Everything can be asked for in one request.", _Roots),
    mutation=_merged("Mutation", "Mutation", "Acting. Each mutation is one act; its payload says what came of it."),
    subscription=_merged("Subscription", "Subscription", "Hearing at once, over graphql-transport-ws."),
    types=(*refusal_types(), *notifications.EVENTS),
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
