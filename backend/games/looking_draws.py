"""How a pool or a round stands, for the audit: locked in the order of the verbs, and without any seed."""

from uuid import UUID

from backend.games.models_draws import DrawPool, DrawRound
from backend.kit import audit
from backend.kit.columns import table_of

POOL, ROUND = table_of(DrawPool), table_of(DrawRound)


def at_pool(pool_id: UUID) -> audit.Subject:
    """A pool."""
    return audit.Subject("DrawPool", str(pool_id), audit.row(POOL, POOL.c.id == pool_id))


def at_round(round_id: UUID) -> audit.Subject:
    """A round: its terms and how far it is."""
    return audit.Subject("DrawRound", str(round_id), audit.row(ROUND, ROUND.c.id == round_id))
