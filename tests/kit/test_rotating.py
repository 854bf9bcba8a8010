"""Changing the installation's secret: everything is sealed again while it serves, and the old key is not needed."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary, func, select
from sqlmodel import SQLModel

from backend.earning import sources
from backend.kit import crypto, db, migrating, resealing, settings
from backend.kit.columns import table_of
from backend.kit.crypto import Ring
from backend.members import delivery, phones, recognising, tokens
from backend.members.enrolment import PhoneTaken, register
from backend.members.models import Member
from backend.rewards import invariants, redemptions, sealed, stocking
from backend.rewards.models import RewardKind
from backend.rotating import SEALED, rotate
from tests.builders import a_gift, an_event, take_in
from tests.members.signing_in import a_phone, somebody_signed_in
from tests.rewards.builders import a_member, a_reward, redeems

MEMBER = table_of(Member)


@pytest.fixture(autouse=True)
def a_secret_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MALL_DATA_DIR", str(tmp_path / "keys"))
    settings.settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.settings.cache_clear()


async def whose(phone: str) -> UUID | None:
    async with db.read() as session:
        found = await recognising.find(session, phone)
    return found.id if found else None


async def waiting() -> int:
    async with db.read() as session:
        return sum([await resealing.waiting(session, one) for one in SEALED])


def test_every_sealed_column_is_sealed_again() -> None:
    migrating.import_models()
    found = {
        (name, column.name)
        for name, table in SQLModel.metadata.tables.items()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and "sealed" in column.name
    }
    assert found == {(one.table.name, one.column) for one in SEALED}


async def test_afterwards_the_old_key_is_not_needed(database: str) -> None:
    ann = await a_member("Ann")
    await db.transact(register, reference="Ann", phone="13800000009")
    cup, coupon = await a_reward("CUP", points=1), await a_reward("TEA", kind=RewardKind.COUPON, points=1, codes=3)
    parcel = await a_reward("BOX", kind=RewardKind.PHYSICAL, points=1)
    await a_gift(ann, 10)
    made = [(await redeems(ann, reward)).value for reward in (cup, coupon, parcel)]
    whsec = await db.transact(sources.open_source, name="shop")
    told = await an_event("+8613800000009", 5.0, ref="order-1")
    await take_in([told])
    codes_before = [sealed.open_code(one) for one in made]
    old, token = crypto.ring(), tokens.for_operator("olga")

    assert await rotate(forget_old=False, pause_seconds=0) == 0
    assert list(crypto.ring().secrets) == [2, 1] and await waiting() == 0
    assert tokens.bearer(f"Bearer {token}").operator == "olga"
    repeated = await an_event("+8613800000009", 5.0, ref="order-1", at=told.occurred_at)
    assert (await take_in([repeated])).verdicts[0].status == "duplicate"
    assert await rotate(forget_old=True, pause_seconds=0) == 0

    assert list(crypto.ring().secrets) == [2] and crypto.ring().secrets[2] != old.secrets[1]
    assert await whose("13800000009") == ann
    async with db.read() as session:
        now = [await redemptions.one(session, ann, one.id) for one in made]
        kept = await delivery.of(session, ann)
    assert [sealed.open_code(one) for one in now] == codes_before and any(codes_before)
    parcelled = sealed.open_delivery(now[2])
    assert parcelled is not None and kept is not None and parcelled.recipient == kept.recipient == "张三丰"
    assert await db.transact(sources.open_source, name="shop") == whsec
    again = await db.transact(stocking.add_coupon_codes, reward_id=coupon.id, given=["TEA-0000", "TEA-0001"])
    assert again.replayed
    repeated = await an_event("+8613800000009", 5.0, ref="order-1", at=told.occurred_at)
    assert (await take_in([repeated])).verdicts[0].status == "duplicate"
    assert tokens.bearer(f"Bearer {token}").operator is None


async def test_codes_given_before_are_known_while_keys_change(database: str) -> None:
    coupon = await a_reward("TEA", kind=RewardKind.COUPON, codes=3)
    keys = crypto.ring()
    crypto.keep_ring(Ring({2: crypto.new_secret(), **keys.secrets}))
    again = await db.transact(stocking.add_coupon_codes, reward_id=coupon.id, given=["TEA-0000", "TEA-9999"])
    assert not again.replayed
    async with db.read() as session:
        assert (await stocking.left(session, ["TEA"]))["TEA"] == 4


async def test_members_are_found_and_sign_in_throughout(database: str) -> None:
    members = {f"+86139{number:08}": f"M{number}" for number in range(450)}
    for phone, reference in members.items():
        await db.transact(register, reference=reference, phone=phone)
    known = {phone: await whose(phone) for phone in list(members)[::50]}
    newcomers, done = [], asyncio.Event()

    async def meanwhile() -> None:
        while not done.is_set():
            for phone, member_id in known.items():
                assert await whose(phone) == member_id
            fresh = a_phone()
            newcomers.append((fresh, (await somebody_signed_in(fresh)).member_id))

    at_it = asyncio.create_task(meanwhile())
    assert await rotate(forget_old=True, pause_seconds=0.2) == 0
    done.set()
    await at_it
    assert newcomers and await waiting() == 0
    for phone, member_id in [*known.items(), *newcomers]:
        assert await whose(phone) == member_id
    async with db.read() as session:
        query = select(func.count(), func.count(MEMBER.c.phone_index.distinct())).select_from(MEMBER)
        rows, distinct = (await (await session.connection()).execute(query)).one()
    assert rows == distinct == len(members) + len(newcomers)
    with pytest.raises(PhoneTaken):
        await db.transact(register, reference="another", phone=next(iter(members)))


async def test_a_rotation_that_was_stopped_goes_on_with_the_same_key(database: str) -> None:
    for number in range(resealing.BATCH_MAX + 5):
        await db.transact(register, reference=f"M{number}", phone=f"+86139{number:08}")
    keys = crypto.ring()
    crypto.keep_ring(Ring({2: crypto.new_secret(), **keys.secrets}))
    first = await db.transact(resealing.reseal_some, sealed=SEALED[0], after=None)
    assert first.resealed == resealing.BATCH_MAX and await waiting() == 5
    assert await rotate(forget_old=False, pause_seconds=0) == 0
    assert list(crypto.ring().secrets) == [2, 1] and await waiting() == 0


async def test_an_old_key_stays_while_anything_needs_it(database: str) -> None:
    await db.transact(register, reference="Ann", phone="13800000009")
    keys = crypto.ring()
    crypto.keep_ring(Ring({2: crypto.new_secret()}))
    assert await rotate(forget_old=True, pause_seconds=0) == 1
    assert list(crypto.ring().secrets) == [2]
    crypto.keep_ring(Ring({2: crypto.ring().secrets[2], **keys.secrets}))
    assert await rotate(forget_old=True, pause_seconds=0) == 0
    assert await whose("13800000009") is not None


async def test_what_is_saved_meanwhile_is_not_undone(database: str) -> None:
    ann = await a_member("Ann")
    keys = crypto.ring()
    crypto.keep_ring(Ring({2: crypto.new_secret(), **keys.secrets}))

    async def both(session: Any) -> None:
        await resealing.reseal_some(session, sealed=SEALED[1], after=None)

    where = {"recipient": "李四", "phone": "13900000002", "address": "北京市东城区长安街 1 号"}
    await asyncio.gather(db.transact(both), db.transact(delivery.save_home, member_id=ann, **where))
    async with db.read() as session:
        kept = await delivery.of(session, ann)
    assert kept is not None and kept.recipient == "李四"


def test_several_secrets_come_in_one_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    monkeypatch.setenv("MALL_SECRET_KEY", one)
    settings.settings.cache_clear()
    by_one, index = crypto.seal(b"ann", "x"), phones.index("+8613800000001")
    monkeypatch.setenv("MALL_SECRET_KEY", f"{one},2:{two}")
    settings.settings.cache_clear()
    assert crypto.seal(b"ann", "x")[0] == 1 and phones.index("+8613800000001") == index
    monkeypatch.setenv("MALL_SECRET_KEY", f"2:{two},1:{one}")
    settings.settings.cache_clear()
    assert crypto.open_sealed(by_one, "x") == b"ann" and crypto.seal(b"ann", "x")[0] == 2
    assert index in phones.indexes("+8613800000001")[1:]


@pytest.mark.parametrize("given", ["1:AAAA", "0:{}", "256:{}", "{} 1:{}", "x:{}", "2:{},2:{}"])
def test_a_ring_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("MALL_SECRET_KEY", given.replace("{}", base64.b64encode(bytes(32)).decode()))
    settings.settings.cache_clear()
    with pytest.raises(crypto.SecretUnusable):
        crypto.signing_key("x")


async def test_invariants_hold_between_two_batches(database: str) -> None:
    ann = await a_member("Ann", points=10)
    coupon = await a_reward("TEA", kind=RewardKind.COUPON, points=1, codes=3)
    await redeems(ann, coupon)
    keys = crypto.ring()
    crypto.keep_ring(Ring({2: crypto.new_secret(), **keys.secrets}))
    for one in SEALED:
        await db.transact(resealing.reseal_some, sealed=one, after=None)
        async with db.read() as session:
            assert await invariants.broken(session) == []
