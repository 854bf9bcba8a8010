"""Signing in, consent, delivery and devices as the phone asks for them."""

from typing import Any

import pytest

from backend.kit import db
from backend.kit.graphql import Context, global_id
from backend.members import sessions
from backend.members.enrolment import register
from backend.members.roles import Identity
from tests.members.signing_in import a_phone, an_address, another, somebody_enrolled, somebody_signed_in, the_terms

REFUSED = """
fragment Refused on Refusal { code message ... on WrongCode { attemptsLeft } ... on InvalidInput { field } }
"""
REQUEST = """mutation($phone: String!) {
  requestSignInCode(input: {phone: $phone}) { refusal { ...Refused } demoCode resendAfterSeconds }
}"""
SIGN_IN = """mutation($phone: String!, $code: String!) {
  signIn(input: {phone: $phone, code: $code}) {
    refusal { ...Refused }
    member { id phone enrolled sessions { device current } }
  }
}"""
ENROL = """mutation($version: String!, $nickname: String) {
  enrol(input: {termsVersion: $version, nickname: $nickname}) { refusal { ...Refused } member { enrolled nickname } }
}"""
SAVE = """mutation($input: SaveDeliveryInput!) {
  saveDelivery(input: $input) {
    refusal { ...Refused }
    member { delivery { method recipient phone address pickUpPoint { id } } }
  }
}"""
REVOKE = """mutation($id: ID!) {
  revokeSession(input: {id: $id}) { refusal { ...Refused } member { sessions { id current } } }
}"""
SIGN_OUT = "mutation { signOut { signedOut } }"
VIEWER = "{ viewer { id phone reference nickname enrolled sessions { id current } } }"
FIND = "query($it: String!) { operator { member(reference: $it) { id nickname phone } } }"
NODE = "query($id: ID!) { node(id: $id) { id ... on Member { enrolled } } }"
HOME = {"recipient": "张小安", "phone": "13800000001", "address": "上海市浦东新区世纪大道100号"}


@pytest.fixture(autouse=True)
async def a_programme(database: str) -> None:
    await the_terms()


async def ask(document: str, context: Context | None = None, **variables: Any) -> dict[str, Any]:
    from backend.schema import schema

    context = context or Context(ip=an_address())
    document += REFUSED if "...Refused" in document else ""
    answer = await schema.execute(document, variable_values=variables, context_value=context)
    assert answer.errors is None, answer.errors
    assert answer.data is not None
    return answer.data


async def error_code(document: str, context: Context) -> Any:
    from backend.schema import schema

    answer = await schema.execute(document, context_value=context)
    assert answer.errors
    return (answer.errors[0].extensions or {}).get("code")


async def test_from_a_phone_number_to_a_signed_in_member() -> None:
    phone, here = a_phone(), Context(ip=an_address(), user_agent="iPhone Safari")
    sent = (await ask(REQUEST, here, phone=phone))["requestSignInCode"]
    wrong = (await ask(SIGN_IN, here, phone=phone, code=another(sent["demoCode"])))["signIn"]
    assert wrong["refusal"]["code"] == "WRONG_CODE"
    assert (wrong["refusal"]["attemptsLeft"], wrong["member"], here.response_headers) == (4, None, [])
    done = (await ask(SIGN_IN, here, phone=phone, code=sent["demoCode"]))["signIn"]
    assert done["refusal"] is None
    assert done["member"] == {
        "id": done["member"]["id"],
        "phone": f"{phone[3:6]}****{phone[-4:]}",
        "enrolled": False,
        "sessions": [{"device": "iPhone · Safari", "current": True}],
    }
    [(name, cookie)] = here.response_headers
    assert name == "set-cookie" and "HttpOnly" in cookie and "SameSite" in cookie
    value = cookie.partition("=")[2].partition(";")[0]
    assert (await sessions.identify(value, None)).member_id == here.identity.member_id


async def test_too_often_and_nonsense_are_data() -> None:
    phone = a_phone()
    await ask(REQUEST, phone=phone)
    again = (await ask(REQUEST, phone=phone))["requestSignInCode"]
    assert (again["refusal"]["code"], again["demoCode"]) == ("TOO_MANY_REQUESTS", None)
    nonsense = (await ask(REQUEST, phone="call me"))["requestSignInCode"]
    assert (nonsense["refusal"]["code"], nonsense["refusal"]["field"]) == ("INVALID_INPUT", "phone")


async def test_the_viewer_is_whoever_is_signed_in() -> None:
    assert (await ask(VIEWER))["viewer"] is None
    signed_in = await somebody_signed_in()
    here = Context(identity=Identity(member_id=signed_in.member_id, session_id=signed_in.session_id))
    viewer = (await ask(VIEWER, here))["viewer"]
    assert viewer["id"] == global_id("Member", signed_in.member_id)
    assert [row["current"] for row in viewer["sessions"]] == [True]


async def test_consent_enrols() -> None:
    here = Context(identity=Identity(member_id=(await somebody_signed_in()).member_id))
    stale = (await ask(ENROL, here, version="stale"))["enrol"]
    assert (stale["refusal"]["field"], stale["member"]["enrolled"]) == ("termsVersion", False)
    version = (await the_terms()).terms_version
    done = (await ask(ENROL, here, version=version, nickname="小安"))["enrol"]
    assert done == {"refusal": None, "member": {"enrolled": True, "nickname": "小安"}}
    again = (await ask(ENROL, here, version=version))["enrol"]
    assert again["member"]["nickname"] == "小安"


async def test_delivery_is_shown_masked() -> None:
    here = Context(identity=Identity(member_id=(await somebody_enrolled()).id))
    saved = (await ask(SAVE, here, input={"home": HOME}))["saveDelivery"]
    assert saved["member"]["delivery"] == {
        "method": "HOME",
        "recipient": "张**",
        "phone": "138****0001",
        "address": "上海市浦东新***",
        "pickUpPoint": None,
    }
    point = (await the_terms()).pick_up_points[0].id
    saved = (await ask(SAVE, here, input={"pickUp": {"pickUpPointId": point}}))["saveDelivery"]
    assert saved["member"]["delivery"]["pickUpPoint"] == {"id": point}
    refused = (await ask(SAVE, here, input={"pickUp": {"pickUpPointId": "the moon"}}))["saveDelivery"]
    assert refused["refusal"]["field"] == "pickUpPointId"
    assert refused["member"]["delivery"]["pickUpPoint"] == {"id": point}


async def test_without_consent_no_delivery_is_kept() -> None:
    here = Context(identity=Identity(member_id=(await somebody_signed_in()).member_id))
    refused = (await ask(SAVE, here, input={"home": HOME}))["saveDelivery"]
    assert (refused["refusal"]["code"], refused["member"]["delivery"]) == ("NOT_ENROLLED", None)


async def test_a_device_is_signed_out_from_another() -> None:
    phone = a_phone()
    here, there = await somebody_signed_in(phone), await somebody_signed_in(phone)
    asking = Context(identity=Identity(member_id=here.member_id, session_id=here.session_id))
    done = (await ask(REVOKE, asking, id=global_id("SignedInSession", there.session_id)))["revokeSession"]
    mine = {"id": global_id("SignedInSession", here.session_id), "current": True}
    assert done == {"refusal": None, "member": {"sessions": [mine]}}
    hers = await somebody_signed_in()
    refused = (await ask(REVOKE, asking, id=global_id("SignedInSession", hers.session_id)))["revokeSession"]
    assert refused["refusal"]["code"] == "NOT_FOUND"
    refused = (await ask(REVOKE, asking, id="nonsense"))["revokeSession"]
    assert refused["refusal"]["code"] == "INVALID_INPUT"


async def test_signing_out_takes_the_cookie_back() -> None:
    signed_in = await somebody_signed_in()
    here = Context(identity=Identity(member_id=signed_in.member_id, session_id=signed_in.session_id))
    assert (await ask(SIGN_OUT, here))["signOut"] == {"signedOut": True}
    assert "Max-Age=0" in here.response_headers[0][1]
    assert (await sessions.identify(signed_in.cookie, None)).member_id is None
    assert (await ask(SIGN_OUT, here))["signOut"] == {"signedOut": False}


async def test_whoever_is_not_signed_in_may_change_nothing() -> None:
    for mutation in (
        'enrol(input: {termsVersion: "1"})',
        'revokeSession(input: {id: "x"})',
        'updateProfile(input: {nickname: "x"})',
        'saveDelivery(input: {pickUp: {pickUpPointId: "x"}})',
    ):
        assert await error_code(f"mutation {{ {mutation} {{ refusal {{ code }} }} }}", Context()) == "UNAUTHENTICATED"


async def test_an_operator_finds_a_member_by_reference_phone_or_id() -> None:
    phone = a_phone()
    ann = await db.transact(register, reference="ann", nickname="Ann", phone=phone)
    olga = Context(identity=Identity(operator="olga"))
    for reference in ("ann", phone, phone[3:], str(ann.id), global_id("Member", ann.id)):
        found = (await ask(FIND, olga, it=reference))["operator"]["member"]
        assert (found["id"], found["phone"]) == (global_id("Member", ann.id), f"{phone[3:6]}****{phone[-4:]}")
    assert (await ask(FIND, olga, it="nobody"))["operator"]["member"] is None
    assert (await ask(FIND, Context(identity=Identity(member_id=ann.id)), it="ann"))["operator"] is None


async def test_a_member_reads_herself_by_id_and_nobody_else() -> None:
    ann, ben = await somebody_signed_in(), await somebody_signed_in()
    here = Context(identity=Identity(member_id=ann.member_id))
    assert (await ask(NODE, here, id=global_id("Member", ann.member_id)))["node"] is not None
    assert (await ask(NODE, here, id=global_id("Member", ben.member_id)))["node"] is None
    assert (await ask(NODE, Context(), id=global_id("Member", ann.member_id)))["node"] is None
