"""Making one account of two that are one person's."""

from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console.models import AccountMerge
from backend.earning import accrual
from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger import carrying, merging, posting, shelving
from backend.ledger.book import Book, Said
from backend.ledger.models import Transfer
from backend.members import families
from backend.members.models import Member
from backend.tasks import joining

MEMBER, TRANSFER, MERGE = table_of(Member), table_of(Transfer), table_of(AccountMerge)
REASON_CHARACTERS_MAX = 500


class MergeWithItself(Refused):
    """These two are the same account."""


class AlreadyMerged(Refused):
    """One of these accounts is part of another one. Take that apart first, or name the account it is part of."""


class PointsUnderWay(Refused):
    """Points are reserved, or a transfer can still be taken back. Wait until that is over."""


async def merge_members(
    session: AsyncSession, *, key: UUID, member_id: UUID, into_id: UUID, reason: str, actor: str
) -> Done[AccountMerge]:
    """Let `member_id`'s account become part of `into_id`'s: lots with their last days, debt, orders, check-ins, tasks.

    From then on whatever names the one means the other. Orders count together, so what they earned is decided again.
    The same key again does nothing. Raises NotFound, InvalidInput, KeyReused, MergeWithItself, AlreadyMerged,
    AccountFrozen, PointsUnderWay.
    """
    name, reason = f"merge:{key}", reason.strip()
    request = {"member": str(member_id), "into": str(into_id), "reason": reason}
    if member_id == into_id:
        raise MergeWithItself
    for one in (member_id, into_id):
        if await session.get(Member, one) is None:
            raise NotFound
    both = {member_id: [name], into_id: [name]}
    books = await posting.open_books(session, list(both), keys=both, with_lots=False, merged=True)
    other, survivor = books[member_id], books[into_id]
    if other.already(name, request) is not None:
        return Done(await session.get_one(AccountMerge, (member_id, other.entry_id(name))), replayed=True)
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX:
        raise InvalidInput("reason", f"Say why in 1 to {REASON_CHARACTERS_MAX} characters.")
    await must_be_there(session, [member_id, into_id])
    await _may(session, other, survivor)
    said = Said(key=name, actor=actor, why={"code": "MERGED", "reason": reason}, request=request)
    merged = await _merge(session, other, survivor, said, reason)
    await posting.write(session, [other, survivor])
    return Done(merged)


async def must_be_there(session: AsyncSession, member_ids: list[UUID]) -> None:
    """Asked once their accounts are locked, so that nobody is being erased meanwhile. Raises NotFound."""
    erased = select(func.count()).where(MEMBER.c.id.in_(member_ids), MEMBER.c.erased_at.is_not(None))
    if (await (await session.connection()).execute(erased)).scalar():
        raise NotFound


async def _may(session: AsyncSession, other: Book, survivor: Book) -> None:
    for book in (other, survivor):
        if book.account.merged_into is not None:
            raise AlreadyMerged
        book.must_move()
    if await under_way(session, [other, survivor]):
        raise PointsUnderWay


async def under_way(session: AsyncSession, books: list[Book]) -> bool:
    """Whether points of these accounts are reserved, or sent or received for less than the cooling-off."""
    if any(book.account.held for book in books):
        return True
    ids = [book.member_id for book in books]
    query = select(func.count()).where(
        or_(TRANSFER.c.member_id.in_(ids), TRANSFER.c.to_member_id.in_(ids)),
        TRANSFER.c.taken_back_at.is_(None),
        TRANSFER.c.final_at > clock.now(),
    )
    return bool((await (await session.connection()).execute(query)).scalar())


async def _merge(session: AsyncSession, other: Book, survivor: Book, said: Said, reason: str) -> AccountMerge:
    await shelving.load_all_lots(session, [other, survivor])
    for book in (other, survivor):
        posting.release_due(book, moment=clock.now())
        posting.expire(book, moment=clock.now())
    left, arrived = merging.merge(other, survivor, **said)
    await carrying.carry_notices(session, other.lots, from_id=other.member_id, to_id=survivor.member_id)
    brought = [str(one) for one in await families.part_ids(session, other.member_id) if one != other.member_id]
    merged = AccountMerge(
        member_id=other.member_id,
        id=left.entry_id,
        into_id=survivor.member_id,
        brought=brought,
        seq=left.seq,
        into_seq=arrived.seq,
        merged_at=clock.now(),
        merged_by=said["actor"],
        reason=reason,
    )
    session.add(merged)
    await point(session, [other.member_id, *map(UUID, brought)], survivor.member_id)
    await accrual.recount(session, survivor, actor=said["actor"])
    await joining.join(session, other=other.member_id, survivor=survivor.member_id)
    return merged


async def point(session: AsyncSession, member_ids: list[UUID], into_id: UUID | None) -> None:
    """Let what names these members mean `into_id` from now on, or themselves."""
    await session.flush()
    statement = update(MEMBER).where(MEMBER.c.id.in_(member_ids)).values(merged_into=into_id)
    await (await session.connection()).execute(statement)
    for member_id in member_ids:
        if (row := await session.get(Member, member_id)) is not None:
            await session.refresh(row)
