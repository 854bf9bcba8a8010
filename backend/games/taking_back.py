"""Taking a bonus back when what had won it is given back: orders refunded, donations reversed.

The lot of a bonus keeps its id when accounts become one, so it is found in the account it is in now, and what an
operator has clawed back of it already is not taken a second time.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import stakes
from backend.games.models_challenges import Challenge, ChallengeKind, ChallengeStake
from backend.games.stakes import ENTRY
from backend.kit import clock
from backend.ledger import posting
from backend.ledger.book import Book
from backend.ledger.models import EntryKind
from backend.programme.terms import Terms

UNDONE = "CHALLENGE_UNDONE"


async def take_back(
    session: AsyncSession, book: Book, parts: Collection[UUID], programme: Terms
) -> list[ChallengeStake]:
    """Claw back the bonuses of stakes of `parts`, whose account the book is, that are not won any more; once each.

    The lots of the bonuses are loaded. Whoever calls writes the book.
    """
    taken = []
    for stake in await stakes.won(session, parts):
        challenge = await session.get_one(Challenge, stake.challenge_id)
        if challenge.kind == ChallengeKind.CHECK_INS or stake.bonus_entry_id not in book.lots:
            continue
        if await stakes.progress(session, challenge.kind, stake, programme) < challenge.goal:
            left = stake.bonus + await _clawed_back(session, parts, stake.bonus_entry_id)
            if left > 0:
                said = stakes.said("undone", challenge, stake, UNDONE)
                posting.claw_back(book, lot_id=stake.bonus_entry_id, points=left, **said)
            stake.taken_back_at = clock.now()
            taken.append(stake)
    return taken


async def _clawed_back(session: AsyncSession, parts: Collection[UUID], lot_id: UUID) -> int:
    of_lot = ENTRY.c.why["lot"].as_string() == str(lot_id)
    query = select(func.coalesce(func.sum(ENTRY.c.points), 0)).where(
        ENTRY.c.member_id.in_(parts), ENTRY.c.kind == EntryKind.CLAW_BACK.value, of_lot
    )
    return int((await (await session.connection()).execute(query)).scalar_one())
