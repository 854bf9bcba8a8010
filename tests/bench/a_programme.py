"""Members with points and rewards to spend them on, as many as a measurement wants, by the product's own verbs."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.ledger import posting
from backend.members import enrolment
from backend.programme import terms
from backend.rewards import catalogue
from backend.rewards.models import RewardKind

MEMBERS, REWARDS, LOTS = 2_000, 100, 5
BATCH = 500
POINTS, PRICE, PLENTY = 1_000_000, 10, 1_000_000_000
DAY = timedelta(days=1)


async def a_programme() -> tuple[list[UUID], list[UUID]]:
    """The members' ids and the rewards'. The database must be connected."""
    members: list[UUID] = []
    for start in range(0, MEMBERS, BATCH):
        references = [f"bench{number}" for number in range(start, start + BATCH)]
        members += await db.transact(enrol, references=references)
    return members, [await a_reward(number) for number in range(REWARDS)]


async def enrol(session: AsyncSession, *, references: list[str], lots: int = LOTS, points: int = POINTS) -> list[UUID]:
    """Open, enrol and endow all of `references` in one transaction."""
    found = await enrolment.first_sight(session, references)
    version = (await terms.in_force(session)).terms_version
    for member_id in found.values():
        await enrolment.enrol(session, member_id=member_id, terms_version=version)
    books = await posting.open_books(session, found.values())
    for book in books.values():
        for number in range(lots):
            posting.earn(
                book,
                key=f"gift:{number}",
                points=points,
                expires_at=clock.now() + DAY * (30 + number),
                occurred_at=clock.now(),
                actor="bench",
                why={"code": "GIFT"},
                tell=False,
            )
    await posting.write(session, books.values())
    return list(found.values())


async def a_reward(number: int) -> UUID:
    """One of which there is plenty."""
    words = {"zh_cn": "试", "en": f"Thing {number}"}
    offered = await db.transact(
        catalogue.create_reward,
        key=uuid4(),
        sku=f"BENCH-{number}",
        kind=RewardKind.SERVICE,
        name=words,
        description=words,
        category="service",
        points=PRICE,
        stock=PLENTY,
    )
    return offered.value.id
