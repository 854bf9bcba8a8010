"""What a member needs to check an entry herself: what its hash is made of, and the way to a signed root."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import select, tuple_

from backend.kit import db
from backend.kit.columns import table_of
from backend.kit.graphql import Moment, Points
from backend.ledger import models, proving
from backend.ledger.lots import Line
from backend.ledger.models import Side
from backend.ledger.proving import Named, Proof
from backend.ledger.shelving import line_of

LINE = table_of(models.EntryLine)

strawberry.enum(
    Side,
    description="Where points of a lot can be. SOURCE is the programme; PENDING, AVAILABLE and HELD are the member's; "
    "BURNED, EXPIRED and MOVED are gone.",
)


@strawberry.type(description="Points of one lot that an entry moved from one side to another.")
class EntryLine:
    lot_id: UUID = strawberry.field(description="Which lot.")
    from_side: Side = strawberry.field(description="Where they were.")
    to_side: Side = strawberry.field(description="Where they went.")
    points: Points = strawberry.field(description="How many, at least 1 where they went elsewhere.")
    expires_at: Moment | None = strawberry.field(description="The lot's expiry from then on; null: as it was.")


@strawberry.type(
    description="What the hash of an entry is made of, beside `seq`, `kind`, `points`, `occurredAt`, `postedAt` and "
    "`reference`. The hash is SHA-256 over the 32 bytes of `prevHash` and then, in UTF-8 and joined by `|`: 1, "
    "memberId, seq, entryId, kind, points, debt, occurredAt, postedAt, reference (or nothing), actor, requestHash, "
    "SHA-256 of `why` in hexadecimal, lines. Moments are whole microseconds since 1970. Lines are joined by `,`, each "
    "being lotId:from:to:points:expiresAt, sides in lower case, expiresAt empty where it is null."
)
class EntryRecord:
    member_id: UUID = strawberry.field(description="Whose account.")
    entry_id: UUID = strawberry.field(description="The entry's own id.")
    debt: Points = strawberry.field(description="Signed change of what the member owes.")
    actor: str = strawberry.field(description="Who did it: source:…, member, operator:…, programme …")
    request_hash: str = strawberry.field(description="SHA-256, hexadecimal, of what was asked for under its key.")
    why: str = strawberry.field(description="The recorded reason, as the very JSON text that is hashed.")
    prev_hash: str = strawberry.field(
        description="Hash of the member's entry before it, hexadecimal; zeros before the first."
    )
    lines: list[EntryLine] = strawberry.field(description="What it moved, in its order.")


@strawberry.type(
    description="The tree over everybody's entries at one size, signed with Ed25519. All of them are published under "
    "/checkpoints/, with the public keys (keys.json) and proofs of consistency: keep one, compare later."
)
class Checkpoint:
    size: int = strawberry.field(description="How many entries it covers.")
    root: str = strawberry.field(description="The root of the tree (RFC 6962), hexadecimal.")
    sealed_at: Moment = strawberry.field(description="When it was signed.")
    key_id: str = strawberry.field(description="The key, as keys.json names it.")
    note: str = strawberry.field(description="The checkpoint as published: a C2SP signed note. Believe this alone.")


@strawberry.type(description="That an entry is under a checkpoint: the inclusion proof of RFC 6962.")
class EntryProof:
    leaf_index: int = strawberry.field(
        description="Which leaf it is, from 0. A leaf's hash is SHA-256 of a zero byte and the entry's hash."
    )
    tree_size: int = strawberry.field(description="The checkpoint's size.")
    path: list[str] = strawberry.field(description="The audit path, hexadecimal, the leaf's side first.")
    checkpoint: Checkpoint = strawberry.field(description="The newest checkpoint.")


async def proofs(wanted: list[Named]) -> Sequence[EntryProof | None]:
    """The proofs of several entries as the wire shows them."""
    async with db.read() as session:
        found = await proving.prove(session, wanted)
    return [_proof_view(proof) if proof else None for proof in found]


async def lines(wanted: list[Named]) -> Sequence[list[Line]]:
    """What each of the entries moved, in its order."""
    query = select(LINE).where(tuple_(LINE.c.member_id, LINE.c.entry_id).in_(wanted)).order_by(LINE.c.line_no)
    found: dict[Named, list[Line]] = {named: [] for named in wanted}
    async with db.read() as session:
        for row in await (await session.connection()).execute(query):
            found[row.member_id, row.entry_id].append(line_of(row))
    return [found[named] for named in wanted]


def record_view(row: Any, moved: Sequence[Line]) -> EntryRecord:
    """What the hash of an entry is made of."""
    return EntryRecord(
        member_id=row.member_id,
        entry_id=row.entry_id,
        debt=row.debt,
        actor=row.actor,
        request_hash=row.request_hash.hex(),
        why=_hashed_text(row.why),
        prev_hash=row.prev_hash.hex(),
        lines=[_line_view(line) for line in moved],
    )


def _hashed_text(why: Mapping[str, Any]) -> str:
    return orjson.dumps(why, option=orjson.OPT_SORT_KEYS).decode()


def _line_view(line: Line) -> EntryLine:
    return EntryLine(
        lot_id=line.lot_id,
        from_side=line.from_side,
        to_side=line.to_side,
        points=line.points,
        expires_at=line.expires_at,
    )


def _proof_view(proof: Proof) -> EntryProof:
    row = proof.checkpoint
    checkpoint = Checkpoint(
        size=row.size, root=row.root.hex(), sealed_at=row.sealed_at, key_id=row.key_id, note=row.note
    )
    path = [hashed.hex() for hashed in proof.path]
    return EntryProof(leaf_index=proof.leaf_index, tree_size=row.size, path=path, checkpoint=checkpoint)
