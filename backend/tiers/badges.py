"""Badges: what a member has done once is hers to show. What they are called is in the terms, who gets one in verbs."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.ledger.book import Book
from backend.members import families
from backend.programme import terms
from backend.tiers.facts import BadgeEarned
from backend.tiers.models import MemberBadge

DONOR = "DONOR"
"""For whoever has given, and for nobody else."""


async def award(session: AsyncSession, book: Book, code: str, because: UUID) -> MemberBadge | None:
    """Give the owner of this open book the badge `code` in whatever transaction earned it; None when she has it.

    Write the book afterwards: it carries the news. Each of several accounts that are one has a badge of its own, so
    that they can be taken apart; it is news only for the first.
    """
    if await session.get(MemberBadge, (book.member_id, code)) is not None:
        return None
    others = await of(session, book.member_id)
    badge = MemberBadge(member_id=book.member_id, code=code, because=because, earned_at=clock.now())
    session.add(badge)
    if any(other.code == code for other in others):
        return None
    if (known := (await terms.in_force(session)).badge(code)) is not None:
        book.tell(BadgeEarned(member_id=book.member_id, badge=code, badge_name=known.name.model_dump()))
    return badge


async def take_back(session: AsyncSession, member_id: UUID, code: str) -> None:
    """Take a badge back that was earned by something undone since; no badge, nothing to do."""
    badge = await session.get(MemberBadge, (member_id, code))
    if badge is not None:
        await session.delete(badge)


async def of(session: AsyncSession, member_id: UUID) -> Sequence[MemberBadge]:
    """Her badges, the newest first; of one that several of her accounts have, the one earned first."""
    parts = await families.part_ids(session, member_id)
    order = col(MemberBadge.earned_at), col(MemberBadge.code)
    rows = await session.exec(select(MemberBadge).where(col(MemberBadge.member_id).in_(parts)).order_by(*order))
    first: dict[str, MemberBadge] = {}
    for row in rows:
        first.setdefault(row.code, row)
    return list(reversed(first.values()))


async def earned_by(session: AsyncSession, member_id: UUID, because: UUID) -> MemberBadge | None:
    """The badge that this earned her, if it did."""
    query = select(MemberBadge).where(MemberBadge.member_id == member_id, MemberBadge.because == because)
    return (await session.exec(query)).first()
