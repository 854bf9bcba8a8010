"""The steps of a story done in the database, each in a transaction of its own."""

from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db
from backend.ledger import posting
from backend.ledger.book import Book
from backend.ledger.models import Transfer
from tests.builders import a_member
from tests.ledger.acting import Said, act, disagreements, keys_of, turn_to
from tests.ledger.plain_books import PlainBooks, Step
from tests.ledger.plain_world import PlainWorld


async def a_world(members: int, *known: UUID) -> PlainWorld:
    """So many members, those `known` first, at the beginning of time."""
    turn_to(0)
    more = [await a_member(uuid4().hex[:16]) for _ in range(members - len(known))]
    return PlainWorld([PlainBooks(member_id) for member_id in (*known, *more)])


async def tell(world: PlainWorld, step: Step, said: Said) -> str:
    """Do the step; what came of it."""
    turn_to(world.clock.day, world.clock.steps)
    return await db.transact(_do, world=world, step=step, said=said)


async def compare(session: AsyncSession, *, world: PlainWorld) -> list[str]:
    """Where the books of the database and the plain ones differ."""
    books = await _open(session, world, [])
    return [found for book, plain in zip(books, world.books, strict=True) for found in disagreements(book, plain)]


async def _do(session: AsyncSession, *, world: PlainWorld, step: Step, said: Said) -> str:
    books = await _open(session, world, keys_of(step, world))
    told = act(books, step, world, said)
    await posting.write(session, books)
    for transfer in said.changed:
        await session.merge(Transfer(**transfer.model_dump()))
    said.changed.clear()
    return told


async def _open(session: AsyncSession, world: PlainWorld, keys: list[str]) -> list[Book]:
    lot_ids = [lot.lot_id for plain in world.books for lot in plain.lots]
    hold_ids = [hold.hold_id for plain in world.books for hold in plain.holds]
    member_ids = [plain.member_id for plain in world.books]
    wanted = dict.fromkeys(member_ids, keys)
    books = await posting.open_books(session, member_ids, keys=wanted, lot_ids=lot_ids, hold_ids=hold_ids)
    for book in books.values():
        # In these stories everybody was told of everything; who was not has stories of her own (test_notices).
        book.spared.clear()
    return [books[member_id] for member_id in member_ids]
