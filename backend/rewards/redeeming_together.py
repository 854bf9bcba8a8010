"""A rush: whoever comes while others are being served is served with them, in one look and one statement.

PostgreSQL only. Nothing is locked while it is decided; what was decided is written only if nobody was in the way.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, looking, outbox
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import Overtaken, Refused
from backend.kit.outbox import OutboxFact
from backend.kit.writing import Change, Writing
from backend.ledger import glancing, metering, shelving
from backend.ledger.book import Book
from backend.rewards import codes, handing_out, redeeming, seeing, taking_together
from backend.rewards.models import Redemption, RewardKind
from backend.rewards.redeeming import Wish
from backend.rewards.seeing import Seen

REDEMPTION, FACT = table_of(Redemption), table_of(OutboxFact)
COLUMNS = tuple(str(column.name) for column in REDEMPTION.columns)
Answer = Done[Redemption] | Refused


async def redeem_together(session: AsyncSession, wishes: Sequence[Wish]) -> Sequence[Answer]:
    """`redeem_reward` for many at once; what each of `wishes` came to, in their order.

    Whoever is told Overtaken asks again alone: whose account just moved, who asked before, who wants a coupon's code.
    """
    counter = await _counter(session, wishes)
    answers = [counter.answer(wish) for wish in wishes]
    if not counter.redeemed:
        return answers
    in_the_way = await counter.close(session)
    if not in_the_way:
        return answers
    # Nothing is written: everyone else is served again, without them.
    others = [wish for wish in wishes if wish.member_id not in in_the_way]
    served = iter(await redeem_together(session, others) if others else [])
    return [Overtaken() if wish.member_id in in_the_way else next(served) for wish in wishes]


async def _counter(session: AsyncSession, wishes: Sequence[Wish]) -> "_Counter":
    members = list({wish.member_id for wish in wishes})
    pick_up = {code: codes.pick_up_indexes(code) for code in [codes.pick_up_code() for _ in wishes]}
    found = await looking.look(
        session,
        _looks(),
        members=members,
        entries=[wish.entry_id for wish in wishes],
        rewards=list({wish.reward_id for wish in wishes}),
        codes=[index for indexes in pick_up.values() for index in indexes],
    )
    seen = await seeing.seen(session, found[3:], members)
    free = [(code, indexes[0]) for code, indexes in pick_up.items() if seen.codes.isdisjoint(indexes)]
    return _Counter(seen, glancing.books(*found[:3]), free)


@looking.once_for_each_database
def _looks() -> looking.Looks:
    return glancing.looks() + seeing.looks()


@dataclass
class _Counter:
    """What was seen of everyone, and who redeemed what since."""

    seen: Seen
    books: Mapping[UUID, Book]
    codes: list[tuple[str, bytes]]
    """Pick-up codes nobody has, and what tells each from all others."""
    redeemed: list[Redemption] = field(default_factory=list)

    def answer(self, wish: Wish) -> Answer:
        """Redeem, on paper; Overtaken when that takes more than was seen."""
        book, reward = self.books.get(wish.member_id), self.seen.rewards.get(wish.reward_id)
        if book is None or not _is_simple(book) or wish.entry_id in book.posted or not self.codes:
            return Overtaken()
        if reward is not None and reward.kind == RewardKind.COUPON:
            return Overtaken()
        try:
            redemption, _, destination = redeeming.redeem(self.seen, book, wish)
        except Refused as refused:
            return refused
        if handing_out.is_fetched(destination):
            handing_out.give_pick_up_code(redemption, *self.codes.pop())
        self.redeemed.append(redemption)
        return Done(redemption)

    async def close(self, session: AsyncSession) -> Collection[UUID]:
        """Write it all down and announce it; or nothing, and say which members were in the way."""
        books = [book for book in self.books.values() if book.entries]
        wanted = Counter(redemption.sku for redemption in self.redeemed)
        news = shelving.news_of(books)
        writing = Writing()
        glancing.only_if_unmoved(writing, books)
        taking_together.take(writing, wanted)
        rows = [{name: values[name] for name in COLUMNS} for values in map(vars, self.redeemed)]
        for change in (*shelving.changes(books), Change(REDEMPTION, rows), Change(FACT, news)):
            writing.add(change)
        stocks = taking_together.record(writing, wanted)
        unmoved, enough, taken = await writing.run(session)
        if in_the_way := self._in_the_way(books, {row[0] for row in unmoved}, {row[0] for row in enough}):
            return in_the_way
        metering.note(session, books)
        outbox.announce_recorded(session, news + taking_together.as_told(stocks, taken))
        return ()

    def _in_the_way(self, books: Sequence[Book], unmoved: Collection[UUID], enough: Collection[str]) -> set[UUID]:
        # Whether there was enough was asked only if nobody had moved.
        if moved := {book.member_id for book in books} - set(unmoved):
            return moved
        return {redemption.member_id for redemption in self.redeemed if redemption.sku not in enough}


def _is_simple(book: Book) -> bool:
    # Whether points that are due may expire takes a look at what she was told of them.
    moment = clock.now()
    return book.account.merged_into is None and all(lot.alive(moment) for lot in book.lots.values())
