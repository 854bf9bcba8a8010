"""Erasing a member: the person goes, her entries stay, and the books go on adding up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import forgetting as bids
from backend.charity import forgetting as giving
from backend.earning import forgetting as events
from backend.games import forgetting as games
from backend.kit import audit, clock, ids
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger import posting, reserving
from backend.ledger.book import Book
from backend.ledger.looking import at_account
from backend.ledger.models import Account, Hold, HoldState, Transfer
from backend.members import families, forgetting as person, recognising
from backend.members.models import Member
from backend.rewards import forgetting as redemptions, fulfilment

ACCOUNT, HOLD, TRANSFER, MEMBER = table_of(Account), table_of(Hold), table_of(Transfer), table_of(Member)
REASON = "the member left"
REASON_CHARACTERS_MAX = 500


class ErasureMustWait(Refused):
    """Something of yours is under way: points that may still be taken back, or an auction you lead. Wait until then."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class LossChanged(Refused):
    """What you would lose has changed. Please look at it again."""

    def __init__(self, points: int) -> None:
        super().__init__()
        self.points = points


@dataclass(frozen=True)
class Loss:
    """What erasure takes: points of every kind, those of open redemptions included, and how many of those there are."""

    points: int
    redemptions: int


async def erase_member(
    session: AsyncSession, *, member_id: UUID, actor: str, reason: str, accepted_points: int | None = None
) -> Done[Member]:
    """Erase a member, with everyone whose account is part of hers: they are one person. Again, it changes nothing.

    `accepted_points`: what she was told she would lose; not another point goes. Open redemptions are cancelled, holds
    let go. Returns whose account it was. Raises NotFound, InvalidInput, AccountFrozen, ErasureMustWait, LossChanged.
    """
    if not 0 < len(reason.strip()) <= REASON_CHARACTERS_MAX:
        raise InvalidInput("reason", f"Say why in 1 to {REASON_CHARACTERS_MAX} characters.")
    book, everyone = await _locked(session, member_id)
    if everyone[0].erased_at is not None:
        return Done(everyone[0], replayed=True)
    book.must_move()
    await _nothing_on_its_way(session, book.member_id)
    lost = await loss(session, book.member_id)
    if accepted_points is not None and lost.points != accepted_points:
        raise LossChanged(lost.points)
    await _close_what_is_open(session, book.member_id, actor, reason)
    await _give_points_up(session, book.member_id, actor)
    for one in everyone:
        await redemptions.forget(session, one.id)
        await bids.forget(session, one.id)
        await giving.forget(session, one.id)
        await events.forget(session, member_id=one.id, reference=one.reference, phone=recognising.phone_of(one))
        await person.forget(session, one)
    return Done(everyone[0])


async def loss(session: AsyncSession, member_id: UUID) -> Loss:
    """What erasing her would take now."""
    owned = select(ACCOUNT.c.available + ACCOUNT.c.pending + ACCOUNT.c.held).where(ACCOUNT.c.member_id == member_id)
    points = (await (await session.connection()).execute(owned)).scalar() or 0
    waiting = await redemptions.waiting(session, member_id)
    return Loss(int(points) + sum(redemption.points for redemption in waiting), len(waiting))


def at_member(member_id: UUID) -> audit.Subject:
    """Whether she is still there, and her balance: nothing that names her."""

    async def look(session: AsyncSession) -> audit.Standing:
        member = await audit.row(MEMBER, MEMBER.c.id == member_id)(session)
        if member is None:
            return None
        return {"erased_at": member["erased_at"], "account": await at_account(member_id).look(session)}

    return audit.Subject("Member", str(member_id), look)


async def _locked(session: AsyncSession, member_id: UUID) -> tuple[Book, list[Member]]:
    """The account she has a part in, and everyone it is of, whose it is first."""
    if await session.get(Member, member_id) is None:
        raise NotFound
    whose = await families.survivor(session, member_id)
    book = await posting.open_book(session, whose)
    await families.must_still_be(session, {member_id: whose})
    return book, [await recognising.locked(session, one) for one in await families.part_ids(session, whose)]


async def _nothing_on_its_way(session: AsyncSession, member_id: UUID) -> None:
    concerned = or_(TRANSFER.c.member_id == member_id, TRANSFER.c.to_member_id == member_id)
    query = select(func.max(TRANSFER.c.final_at)).where(concerned, TRANSFER.c.taken_back_at.is_(None))
    until = (await (await session.connection()).execute(query)).scalar()
    if until is not None and until > clock.now():
        raise ErasureMustWait(until)
    # A bid binds until somebody bids more: the others relied on it.
    if (leads_until := await bids.leads_until(session, member_id)) is not None:
        raise ErasureMustWait(leads_until)


async def _close_what_is_open(session: AsyncSession, member_id: UUID, actor: str, reason: str) -> None:
    for waiting in await redemptions.waiting(session, member_id):
        key = ids.derived(waiting.id, "erasure")
        await fulfilment.cancel_redemption(session, key=key, redemption_id=waiting.id, reason=reason, actor=actor)
    await games.cancel_stakes(session, member_id)
    query = select(HOLD.c.hold_id).where(HOLD.c.member_id == member_id, HOLD.c.state == HoldState.OPEN.value)
    hold_ids = sorted((await (await session.connection()).execute(query)).scalars())
    book = await posting.open_book(session, member_id, hold_ids=hold_ids)
    for hold_id in hold_ids:
        why = {"code": "HOLD_LET_GO", "reason": REASON}
        reserving.let_go(book, book.holds[hold_id], key=f"erase:{hold_id}", actor=actor, why=why)
    await posting.write(session, [book])


async def _give_points_up(session: AsyncSession, member_id: UUID, actor: str) -> None:
    book = await posting.open_book(session, member_id)
    posting.expire(book, moment=clock.now())
    posting.give_up(book, key=f"erase:{member_id}", actor=actor, why={"code": "ERASED"})
    await posting.write(session, [book])
