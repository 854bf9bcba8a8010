"""How many points came in and went out of members' books in this process, for who watches the programme."""

from collections.abc import Iterable

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import metrics
from backend.ledger.book import Book

IN = metrics.Tally("mall_points_in", "Points that came into members' books, by kind of entry.", "kind")
OUT = metrics.Tally("mall_points_out", "Points that left members' books, by kind of entry.", "kind")


def note(session: AsyncSession, books: Iterable[Book]) -> None:
    """Count what was posted to `books` once it is committed. What moves within a book is neither in nor out."""
    for book in books:
        for entry, _ in book.entries:
            if entry.points:
                metrics.when_committed(session, IN if entry.points > 0 else OUT, entry.kind, by=abs(entry.points))
