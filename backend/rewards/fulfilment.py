"""After the redemption: it is handed over, or cancelled and given back."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, Refused
from backend.ledger import posting, shelving
from backend.ledger.book import Book
from backend.ledger.lots import Line
from backend.members import families
from backend.rewards import catalogue, redemptions, stocking
from backend.rewards.facts import RedemptionUpdated
from backend.rewards.models import Redemption, RedemptionState, Reward

WORDS_MAX = 500


class NotCancellable(Refused):
    """This redemption cannot be cancelled: its code was given out, or it was handed over."""


async def fulfil_redemption(session: AsyncSession, *, redemption_id: UUID, note: str | None = None) -> Done[Redemption]:
    """Mark a redemption as handed over; a second call changes nothing.

    Raises NotFound, InvalidInput when it was cancelled.
    """
    _short("note", note or "")
    owner = await redemptions.owner(session, redemption_id)
    book = await posting.open_book(session, whose := await families.survivor(session, owner))
    await families.must_still_be(session, {owner: whose})
    redemption = await redemptions.one(session, book.member_id, redemption_id)
    if redemption.state == RedemptionState.FULFILLED:
        return Done(redemption, replayed=True)
    if redemption.state == RedemptionState.CANCELLED:
        raise InvalidInput("id", "This redemption was cancelled.")
    redemption.state, redemption.fulfilled_at = RedemptionState.FULFILLED.value, clock.now()
    redemption.note = note
    await _tell(session, book, redemption, await catalogue.find(session, redemption.reward_id))
    return Done(redemption)


async def cancel_redemption(
    session: AsyncSession, *, key: UUID, redemption_id: UUID, reason: str, actor: str
) -> Done[Redemption]:
    """Undo a redemption: its points go back to the lots they came from, its piece goes back to the stock.

    Points that have expired since live for `lots.GRACE`; a prize cost nothing and gives none back. A second call,
    with this key or another, changes nothing.
    `actor` is who does it, for the books: `operator:olga`.
    Raises NotFound, KeyReused, NotCancellable, AccountFrozen.
    """
    _short("reason", reason)
    name, request = f"cancel:{key}", {"redemption": str(redemption_id), "reason": reason}
    book, burned = await _with_its_lots(session, redemption_id, name)
    already = book.already(name, request) is not None
    redemption = await redemptions.one(session, book.member_id, redemption_id)
    if already or redemption.state == RedemptionState.CANCELLED:
        return Done(redemption, replayed=True)
    if redemption.state == RedemptionState.FULFILLED:
        raise NotCancellable
    book.must_move()
    reward = await catalogue.find(session, redemption.reward_id)
    redemption.state, redemption.cancelled_at = RedemptionState.CANCELLED.value, clock.now()
    redemption.reason = reason
    why = {"code": "REDEMPTION_CANCELLED", "sku": reward.sku, "reward": str(reward.id), "name": dict(reward.name)}
    if redemption.points:
        posting.reverse(book, burned, key=name, actor=actor, why=why, reference=str(redemption_id), request=request)
    await _tell(session, book, redemption, reward)
    await stocking.give_one_back(session, redemption.sku)
    return Done(redemption)


async def _with_its_lots(session: AsyncSession, redemption_id: UUID, name: str) -> tuple[Book, list[Line]]:
    # The burn's lines never change, so they may be read before the account is locked.
    member_id = await redemptions.owner(session, redemption_id)
    burned = await shelving.lines_of(session, member_id, redemption_id)
    whose = await families.survivor(session, member_id)
    book = await posting.open_book(session, whose, name, lot_ids={line.lot_id for line in burned})
    await families.must_still_be(session, {member_id: whose})
    return book, burned


async def _tell(session: AsyncSession, book: Book, redemption: Redemption, reward: Reward) -> None:
    news = RedemptionUpdated(
        member_id=book.member_id,
        redemption_id=redemption.id,
        reward_id=reward.id,
        state=redemption.state,
        reward_name=reward.name,
    )
    book.tell(news)
    await posting.write(session, [book])


def _short(field: str, words: str) -> None:
    if len(words) > WORDS_MAX or (field == "reason" and not words.strip()):
        raise InvalidInput(field, f"Up to {WORDS_MAX} characters; a reason is needed.")
