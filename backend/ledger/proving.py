"""That an entry is under a signed checkpoint, proved with a handful of hashes (RFC 6962, 2.1.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import merkle
from backend.ledger import sealing
from backend.ledger.models import Checkpoint

Named = tuple[UUID, UUID]
"""A member's id and an entry's."""


@dataclass(frozen=True)
class Proof:
    """Where an entry stands, and the hashes that lead from its leaf to the checkpoint's root, the leaf's side first."""

    leaf_index: int
    path: Sequence[bytes]
    checkpoint: Checkpoint


async def prove(session: AsyncSession, entries: Sequence[Named]) -> list[Proof | None]:
    """The proofs of these entries under the newest checkpoint, in their order; None for one not sealed yet."""
    leaves = await sealing.leaves_of(session, entries)
    checkpoint = await sealing.latest(session)
    if checkpoint is None:
        return [None] * len(entries)
    # The leaves were read first: what is sealed in between is only missing, never out of reach.
    paths = {leaf: merkle.inclusion(leaf, checkpoint.size) for leaf in leaves.values() if leaf < checkpoint.size}
    places = merkle.places_of(each for path in paths.values() for each in path)
    tiles = await sealing.tiles_at(session, sorted(places))
    proofs = {
        leaf: Proof(leaf, [merkle.hash_of(each, tiles) for each in path], checkpoint) for leaf, path in paths.items()
    }
    return [proofs.get(leaves.get(entry, -1)) for entry in entries]
