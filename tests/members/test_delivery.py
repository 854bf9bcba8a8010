"""Where rewards go: one default, readable only to whoever packs the parcel."""

from typing import Any
from uuid import UUID

import pytest

from backend.kit import db
from backend.kit.errors import InvalidInput
from backend.members import delivery
from backend.members.delivery import Delivery, DeliveryMethod
from backend.members.enrolment import NotEnrolled
from tests.members.signing_in import change_the_terms, somebody_enrolled, somebody_signed_in, the_terms

HOME = {"recipient": "张小安", "phone": "138 0000 0001", "address": "上海市浦东新区世纪大道100号 5楼"}


async def save_home(member_id: UUID, **changed: str) -> Delivery:
    given: dict[str, Any] = HOME | changed
    return await db.transact(delivery.save_home, member_id=member_id, **given)


async def default_of(member_id: UUID) -> Delivery | None:
    async with db.read() as session:
        return await delivery.of(session, member_id)


async def test_the_last_one_entered_is_the_default(database: str) -> None:
    member = await somebody_enrolled()
    assert await default_of(member.id) is None
    await save_home(member.id)
    await save_home(member.id, address="  北京市\n海淀区中关村大街 1 号 ")
    assert await default_of(member.id) == Delivery(
        method=DeliveryMethod.HOME,
        recipient="张小安",
        phone="+8613800000001",
        address="北京市 海淀区中关村大街 1 号",
    )
    point = (await the_terms()).pick_up_points[0]
    await db.transact(delivery.save_pick_up, member_id=member.id, pick_up_point_id=point.id)
    assert await default_of(member.id) == Delivery(method=DeliveryMethod.PICK_UP, pick_up_point_id=point.id)


async def test_a_pick_up_point_that_closed_is_no_default(database: str) -> None:
    member, now = await somebody_enrolled(), await the_terms()
    await db.transact(delivery.save_pick_up, member_id=member.id, pick_up_point_id=now.pick_up_points[0].id)
    await change_the_terms(pick_up_points=now.pick_up_points[1:])
    assert await default_of(member.id) is None


async def test_there_is_nothing_to_fetch_where_there_is_no_point(database: str) -> None:
    member = await somebody_enrolled()
    with pytest.raises(InvalidInput) as refused:
        await db.transact(delivery.save_pick_up, member_id=member.id, pick_up_point_id="the moon")
    assert refused.value.field == "pickUpPointId"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("recipient", " "),
        ("recipient", "x" * 41),
        ("recipient", "a\x07b"),
        ("phone", "call me"),
        ("address", "here"),
        ("address", "x" * 201),
        ("address", "上海市\u202e浦东新区"),
    ],
)
async def test_what_no_courier_can_read_is_refused(database: str, field: str, typed: str) -> None:
    member = await somebody_enrolled()
    with pytest.raises(InvalidInput) as refused:
        await save_home(member.id, **{field: typed})
    assert refused.value.field == field
    assert await default_of(member.id) is None


async def test_no_address_is_kept_without_consent(database: str) -> None:
    await the_terms()
    member_id = (await somebody_signed_in()).member_id
    with pytest.raises(NotEnrolled):
        await save_home(member_id)


@pytest.mark.parametrize(
    ("clear", "shown"),
    [
        (("张小安", "+8613800000001", "上海市浦东新区世纪大道100号"), ("张**", "138****0001", "上海市浦东新***")),
        (("Ann Lee", "+14155550123", "1 Elm"), ("A**", "+1 41****23", "1 ***")),
        (("李", "+85291234567", "香港中环"), ("李**", "+852 91****67", "香港***")),
    ],
)
def test_it_is_shown_masked(clear: tuple[str, str, str], shown: tuple[str, str, str]) -> None:
    recipient, phone, address = clear
    masked = delivery.masked(Delivery(method=DeliveryMethod.HOME, recipient=recipient, phone=phone, address=address))
    assert (masked.recipient, masked.phone, masked.address) == shown


def test_a_pick_up_point_has_nothing_to_mask() -> None:
    chosen = Delivery(method=DeliveryMethod.PICK_UP, pick_up_point_id="bund")
    assert delivery.masked(chosen) == chosen
