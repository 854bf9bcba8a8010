"""`GET /draws/ROUND.json`: a round for anyone to compute again, with nothing in it about any member.

The terms as they were published, word for word, beside their hash; and once the seed is revealed the seed and every
draw in the order of their numbers: its id, its hash, the place it fell on and the place it was given.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from backend.games import closing_draws, draws_made, published_terms
from backend.games.models_draws import Draw, DrawRound
from backend.kit import clock, db
from backend.kit.plain import plain

PAGE_ROWS = 1000


@dataclass(frozen=True)
class Record:
    """A round to be read. `for_ever`: it never changes any more."""

    drawn_round: DrawRound

    @property
    def for_ever(self) -> bool:
        """Whether the seed is revealed: nothing follows then."""
        return self.drawn_round.revealed_at is not None


async def find(name: str) -> Record | None:
    """The round that a file of this name is about; None when there is none."""
    stem, dot, ending = name.rpartition(".")
    try:
        round_id = UUID(stem)
    except ValueError:
        return None
    async with db.read() as session:
        drawn_round = await session.get(DrawRound, round_id) if (dot, ending) == (".", "json") else None
    return None if drawn_round is None else Record(drawn_round)


async def written(record: Record) -> AsyncIterator[bytes]:
    """The file in pieces."""
    yield orjson.dumps(plain(_head(record.drawn_round)))[:-1] + b',"draws":['
    after = 0
    while record.for_ever:
        async with db.read() as session:
            rows = await draws_made.of_round(session, record.drawn_round.id, after, PAGE_ROWS)
        if not rows:
            break
        lines = (orjson.dumps(plain(_line(row))) for row in rows)
        yield (b",\n" if after else b"\n") + b",\n".join(lines)
        after = rows[-1].number
    yield b"]}\n"


def _head(drawn_round: DrawRound) -> dict[str, Any]:
    revealed = drawn_round.revealed_at is not None and drawn_round.seed is not None
    return {
        "format": published_terms.FORMAT,
        "round_id": drawn_round.id,
        "state": closing_draws.state_of(drawn_round, clock.now()),
        "terms": drawn_round.terms,
        "terms_hash": published_terms.terms_hash(drawn_round.terms),
        "commitment": drawn_round.commitment,
        "closed_at": drawn_round.closed_at,
        "revealed_at": drawn_round.revealed_at,
        "seed": drawn_round.seed.hex() if revealed and drawn_round.seed else None,
        "drawn": drawn_round.drawn,
    }


def _line(row: Draw) -> dict[str, Any]:
    return {
        "number": row.number,
        "id": row.id,
        "hash": row.hash.hex(),
        "fell_on": row.fell_on,
        "given": row.given,
    }
