"""Stopping an account and letting it go on: it sees everything and moves nothing."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.done import Done
from backend.kit.errors import NotFound
from backend.ledger import posting, reasons
from backend.ledger.states import EntryState
from backend.members.models import Member


async def freeze_account(
    session: AsyncSession, *, key: UUID, member_id: UUID, reason: str, actor: str
) -> Done[EntryState]:
    """Let the account move nothing; it may earn. The same key again does nothing. Raises NotFound, InvalidInput."""
    return await _set(session, key=key, member_id=member_id, reason=reason, actor=actor, frozen=True)


async def unfreeze_account(
    session: AsyncSession, *, key: UUID, member_id: UUID, reason: str, actor: str
) -> Done[EntryState]:
    """Let the account move again. The same key again does nothing. Raises NotFound, InvalidInput."""
    return await _set(session, key=key, member_id=member_id, reason=reason, actor=actor, frozen=False)


async def _set(
    session: AsyncSession, *, key: UUID, member_id: UUID, reason: str, actor: str, frozen: bool
) -> Done[EntryState]:
    # An account opens at first sight, so somebody nobody has seen must be turned away here.
    if await session.get(Member, member_id) is None:
        raise NotFound
    name = f"{'freeze' if frozen else 'unfreeze'}:{key}"
    request = {"frozen": frozen, "reason": reason.strip()}
    book = await posting.open_book(session, member_id, name)
    if (entry := book.already(name, request)) is not None:
        return Done(entry, replayed=True)
    why = reasons.checked(reason)
    entry = posting.set_frozen(book, frozen=frozen, key=name, actor=actor, reason=why, request=request)
    await posting.write(session, [book])
    return Done(entry)
