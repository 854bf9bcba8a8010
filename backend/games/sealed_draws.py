"""A round's seed while it is a secret: sealed at rest, readable only as that round's."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from backend.games.fair_draw import SEED_BYTES
from backend.games.models_draws import DrawRound
from backend.kit import crypto
from backend.kit.columns import table_of
from backend.kit.resealing import Sealed


def new_seed() -> bytes:
    """A seed nobody knows or can guess."""
    return secrets.token_bytes(SEED_BYTES)


def sealed(round_id: UUID, seed: bytes) -> bytes:
    """The seed as it is kept."""
    return crypto.seal(seed, _about(round_id))


def seed_of(drawn_round: DrawRound) -> bytes:
    """The round's seed, revealed or not. Raises SealBroken."""
    if drawn_round.seed is not None:
        return drawn_round.seed
    assert drawn_round.seed_sealed is not None, "a seed is sealed until it is revealed"
    return crypto.open_sealed(drawn_round.seed_sealed, _about(drawn_round.id))


def _about(round_id: UUID) -> str:
    return f"draw round {round_id}: seed"


SEALED: Sequence[Sealed] = (Sealed(table_of(DrawRound), "seed_sealed", about=lambda row: _about(row.id)),)
"""Every sealed column of draws."""
