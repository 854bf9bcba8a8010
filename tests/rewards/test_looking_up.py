"""An operator sees who lives where for the one redemption she opens, and that she did stays on record."""

from typing import Any

import pytest

from backend.kit import ids
from backend.kit.graphql import Context, global_id
from backend.members.roles import Identity
from backend.rewards import looking_up
from backend.rewards.models import Redemption, RewardKind
from backend.rewards.sealed import open_code
from backend.schema import schema
from tests.console.operating import asks, log
from tests.rewards.builders import a_member, a_reward, redeems

pytestmark = pytest.mark.usefixtures("database")
SHOWN = "id code delivery { recipient phone address }"
BY_CODE = f"query($code: String!) {{ operator {{ redemptionByCode(code: $code) {{ {SHOWN} }} }} }}"
TO_SEND = f"query($id: ID!) {{ operator {{ redemptionToSend(id: $id) {{ {SHOWN} }} }} }}"
EVERYWHERE = f"""query($id: ID!) {{ operator {{ redemptions {{ edges {{ node {{ {SHOWN} }} }} }} }}
  node(id: $id) {{ ... on Redemption {{ {SHOWN} }} }} }}"""
CLEAR = {"recipient": "张三丰", "phone": "+8613800000001", "address": "上海市黄浦区西藏中路 268 号 3 楼"}


async def a_redemption(kind: RewardKind, name: str = "ann") -> Redemption:
    ann = await a_member(name, points=500)
    return (await redeems(ann, await a_reward(f"SKU-{name}".upper(), kind=kind, points=5))).value


async def test_whoever_shows_her_code_is_found_and_the_look_is_on_record() -> None:
    await a_redemption(RewardKind.SERVICE, "ben")
    redemption = await a_redemption(RewardKind.SERVICE)
    code = open_code(redemption)
    assert code is not None
    typed = f" {code[:4].lower()}-{code[4:]}".replace("0", "o").replace("1", "l")
    found = (await asks("olga", BY_CODE, code=typed))["operator"]["redemptionByCode"]
    assert found["id"] == global_id("Redemption", redemption.id)
    [record] = await log()
    assert (record["actor"], record["act"], record["subject"]) == ("operator:olga", "redemptionByCode", found["id"])
    assert record["after"]["member_id"] == str(redemption.member_id) and code not in str(record)
    assert record["requestId"] == "request-7"


async def test_a_parcel_is_opened_by_its_id_with_its_address_in_clear_and_the_look_is_on_record() -> None:
    redemption = await a_redemption(RewardKind.PHYSICAL)
    found = (await asks("olga", TO_SEND, id=global_id("Redemption", redemption.id)))["operator"]["redemptionToSend"]
    assert found["delivery"] == CLEAR
    [record] = await log()
    assert (record["act"], record["after"]["member_id"]) == ("redemptionToSend", str(redemption.member_id))
    assert [word for word in CLEAR.values() if word in str(record)] == []


async def test_on_every_list_names_addresses_and_codes_are_masked() -> None:
    redemption, parcel = await a_redemption(RewardKind.SERVICE), await a_redemption(RewardKind.PHYSICAL, "ben")
    found = await asks("olga", EVERYWHERE, id=global_id("Redemption", parcel.id))
    code = open_code(redemption) or ""
    assert [word for word in (*CLEAR.values(), "13800000001", code) if word in str(found)] == []
    assert found["node"]["delivery"]["phone"] == "138****0001"
    codes = {edge["node"]["code"] for edge in found["operator"]["redemptions"]["edges"]}
    assert codes == {None, f"****{code[-2:]}"}
    assert await log() == []


@pytest.mark.parametrize("code", ["NOSUCHCD", "", "a\0b", "张三丰"])
async def test_a_code_nobody_has_finds_nobody_and_leaves_no_record(code: str) -> None:
    assert (await asks("olga", BY_CODE, code=code))["operator"] == {"redemptionByCode": None}
    assert await log() == []


async def test_members_look_nobody_up() -> None:
    redemption = await a_redemption(RewardKind.PHYSICAL)
    for who in (redemption.member_id, None):
        assert (await asks(who, TO_SEND, id=global_id("Redemption", redemption.id)))["operator"] is None


async def test_guessing_codes_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_up, "RATE", "3 per hour")
    context: Any = Context(identity=Identity(member_id=None, operator=str(ids.new())))
    told = [
        await schema.execute(BY_CODE, variable_values={"code": f"GUESS{n}"}, context_value=context) for n in range(4)
    ]
    assert [one.errors is None for one in told] == [True, True, True, False]
