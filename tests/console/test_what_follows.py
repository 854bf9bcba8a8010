"""Besides points: what was checked in and what was told follows an account into another, and leaves with it."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from backend.kit import clock, db
from backend.ledger import expiry
from backend.tasks import checking_in, joining
from tests.builders import a_member, balance, told_of_expiry
from tests.console.test_merging import merge, unmerge

pytestmark = pytest.mark.usefixtures("database")


async def days_of(member_id: UUID) -> dict[date, UUID | None]:
    """Her checked-in days, each with whose it was before the merge."""
    async with db.read() as session:
        return {day: row.told_of for day, row in (await joining.check_ins(session, member_id)).items()}


async def test_check_ins_follow_the_account_and_leave_with_it() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    await db.transact(checking_in.check_in, key=uuid4(), member_id=ben)
    (day,) = await days_of(ben)
    await merge(ben, ann)
    assert await days_of(ann) == {day: ben}
    await unmerge(ben)
    assert (await days_of(ann), await days_of(ben)) == ({}, {day: None})


async def test_what_somebody_was_told_of_expires_in_the_account_it_is_in_now() -> None:
    ann, ben = await a_member("ann"), await a_member("ben", points=50, expires_in=timedelta(minutes=1))
    await told_of_expiry(ben)
    await merge(ben, ann)
    clock.turn(timedelta(seconds=61))
    assert await db.transact(expiry.expire_due, member_ids=[ann]) == 50
    assert await balance(ann) == (0, 0)
