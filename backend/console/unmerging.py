"""Taking two accounts apart that were made one: each stands as it would have stood alone."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console import telling_again
from backend.console.merging import (
    MERGE,
    REASON_CHARACTERS_MAX,
    PointsUnderWay,
    must_be_there,
    point,
    under_way,
)
from backend.console.models import AccountMerge
from backend.console.telling_again import Told
from backend.earning import accrual
from backend.earning.given import Given
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger import carrying, merging, posting, shelving
from backend.ledger.book import Book, Said
from backend.members.models import Member
from backend.tasks import joining


class NotMerged(Refused):
    """This account is not part of another one."""


class MergedSince(Refused):
    """Since then one of these accounts has become part of another, or another part of it. Take that apart first."""


async def unmerge_members(
    session: AsyncSession, *, key: UUID, member_id: UUID, reason: str, actor: str
) -> Done[AccountMerge]:
    """Take `member_id`'s account out of the one it is part of.

    She gets what she would have alone: her lots as they were, and what was told of her since. The other account keeps
    what it would have alone less what was spent since; what its own lots cannot cover is its debt. Both acts stay in
    both chains. The same key again does nothing. Raises NotFound, InvalidInput, KeyReused, NotMerged, MergedSince,
    AccountFrozen, PointsUnderWay.
    """
    name, reason = f"unmerge:{key}", reason.strip()
    request = {"member": str(member_id), "reason": reason}
    merged = await _newest(session, member_id)
    both = {member_id: [name], merged.into_id: [name]}
    books = await posting.open_books(session, list(both), keys=both, with_lots=False, merged=True)
    other, survivor = books[member_id], books[merged.into_id]
    if other.already(name, request) is not None:
        return Done(merged, replayed=True)
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX:
        raise InvalidInput("reason", f"Say why in 1 to {REASON_CHARACTERS_MAX} characters.")
    await must_be_there(session, [member_id, merged.into_id])
    await _may(session, merged, survivor)
    said = Said(key=name, actor=actor, why={"code": "UNMERGED", "reason": reason}, request=request)
    await _part(session, merged, survivor, other, said)
    await posting.write(session, [survivor, other])
    return Done(merged)


async def _newest(session: AsyncSession, member_id: UUID) -> AccountMerge:
    if await session.get(Member, member_id) is None:
        raise NotFound
    mine = col(AccountMerge.member_id) == member_id
    query = select(AccountMerge).where(mine).order_by(col(AccountMerge.merged_at).desc()).limit(1)
    found = (await session.exec(query)).first()
    if found is None:
        raise NotMerged
    return found


async def _may(session: AsyncSession, merged: AccountMerge, survivor: Book) -> None:
    await session.refresh(merged)
    if merged.unmerged_at is not None:
        raise NotMerged
    later = select(AccountMerge).where(
        MERGE.c.into_id == merged.into_id, MERGE.c.merged_at > merged.merged_at, MERGE.c.unmerged_at.is_(None)
    )
    if survivor.account.merged_into is not None or (await session.exec(later)).first() is not None:
        raise MergedSince
    survivor.must_move()
    if await under_way(session, [survivor]):
        raise PointsUnderWay


async def _part(session: AsyncSession, merged: AccountMerge, survivor: Book, other: Book, said: Said) -> None:
    await shelving.load_all_lots(session, [survivor, other])
    posting.release_due(survivor, moment=clock.now())
    posting.expire(survivor, moment=clock.now())
    await posting.write(session, [survivor])
    survivor.written()
    told = await telling_again.tell(session, merged, spared=survivor.spared)
    kept, parting = told.survivor.standing(), told.other.standing()
    recount = Said(
        key=f"{said['key']}:recount",
        actor=said["actor"],
        why={"code": "UNMERGED_RECOUNTED"},
        request=said["request"],
    )
    merging.change_to(survivor, merging.together(kept, parting), **recount)
    merging.unmerge(survivor, other, parting, **said)
    await carrying.carry_notices(session, parting.lots, from_id=survivor.member_id, to_id=other.member_id)
    merged.unmerged_at, merged.unmerged_by = clock.now(), said["actor"]
    await _save(session, merged, told)


async def _save(session: AsyncSession, merged: AccountMerge, told: Told) -> None:
    opened, changed = _decisions(told)
    await accrual.save(session, opened, changed)
    await joining.part(session, other=merged.member_id, survivor=merged.into_id)
    await joining.give_instead(session, merged.into_id, told.survivor.days, told.survivor.awards, merged.merged_at)
    await joining.give_instead(session, merged.member_id, {}, told.other.awards, merged.merged_at)
    brought = [UUID(one) for one in merged.brought]
    await point(session, [merged.member_id], None)
    await point(session, brought, merged.member_id)


def _decisions(told: Told) -> tuple[list[Given], list[Given]]:
    right = {**told.survivor.accruals, **told.other.accruals}
    opened = [given for place, given in right.items() if place not in told.rows and given.points]
    for place, row in told.rows.items():
        # Numbered on from what was posted, so that no key is used twice.
        given = right.get(place)
        row.points = given.points if given else 0
        if given is not None:
            row.version, row.factors = given.version, given.factors
    return opened, list(told.rows.values())
