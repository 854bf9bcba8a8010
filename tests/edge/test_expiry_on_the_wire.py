"""What the phone says and reads about points that expire, and how operators change the terms."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from backend.app import create_app
from backend.kit import db
from backend.ledger import notices
from backend.members import tokens
from tests.builders import a_member
from tests.edge.open_door import ask, open_door

POINTS = """{ viewer {
  points { expiring { points notices } extension { points months everyMonths until nextAt available } }
  expiryNotices { seq points delivered deliveredBy }
} }"""
ACKNOWLEDGE = """mutation($input: AcknowledgeEventsInput!) { acknowledgeEvents(input: $input) {
  acknowledged refusal { code } } }"""
EXTEND = """mutation($input: ExtendPointsInput!) { extendPoints(input: $input) {
  replayed refusal { code ... on ExtensionUsed { nextAt } } entry { kind why { text(locale: EN) } }
  member { points { extension { available } } } } }"""
PUBLISH = """mutation($input: PublishTermsInput!) { publishTerms(input: $input) {
  replayed published { version document } refusal { code ... on UnkeepableTerms { problems { field } } } } }"""
VERSIONS = "{ operator { termsVersions { version publishedBy } auditLog { edges { node { act subjectKind } } } } }"


@pytest.fixture
async def address(database: str) -> AsyncIterator[str]:
    async with open_door(create_app()) as address:
        yield address


def as_member(member_id: UUID) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.for_member(member_id)}"}


async def test_a_warning_waits_to_be_shown_and_is_delivered_once_the_phone_says_so(caller: httpx2.AsyncClient) -> None:
    ann, ben = [await a_member(name, points=100, expires_in=timedelta(days=5)) for name in ("Ann", "Ben")]
    await db.transact(notices.warn, member_ids=[ann])
    viewer = (await ask(caller, POINTS, as_member(ann)))["data"]["viewer"]
    (seq,) = viewer["points"]["expiring"]["notices"]
    assert viewer["expiryNotices"] == [{"seq": seq, "points": 100, "delivered": False, "deliveredBy": None}]
    for who in (ben, ann, ann):
        told = await ask(caller, ACKNOWLEDGE, as_member(who), input={"seqs": [seq]})
        assert told["data"]["acknowledgeEvents"] == {"acknowledged": [seq], "refusal": None}
        viewer = (await ask(caller, POINTS, as_member(ann)))["data"]["viewer"]
        assert viewer["points"]["expiring"]["notices"] == ([seq] if who == ben else [])
    assert viewer["expiryNotices"] == [{"seq": seq, "points": 100, "delivered": True, "deliveredBy": "PHONE"}]
    assert (await ask(caller, ACKNOWLEDGE, input={"seqs": [seq]}))["errors"][0]["extensions"][
        "code"
    ] == "UNAUTHENTICATED"


async def test_points_are_extended_once_a_year_and_the_offer_says_so(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100, expires_in=timedelta(days=5))
    offer = (await ask(caller, POINTS, as_member(ann)))["data"]["viewer"]["points"]["extension"]
    assert (offer["points"], offer["months"], offer["everyMonths"], offer["available"]) == (100, 3, 12, True)
    key = str(uuid4())
    done = await ask(caller, EXTEND, as_member(ann), input={"idempotencyKey": key})
    assert done["data"]["extendPoints"] == {
        "replayed": False,
        "refusal": None,
        "entry": {"kind": "EXTEND", "why": {"text": "You asked for 3 more months."}},
        "member": {"points": {"extension": {"available": False}}},
    }
    assert (await ask(caller, EXTEND, as_member(ann), input={"idempotencyKey": key}))["data"]["extendPoints"][
        "replayed"
    ]
    refused = await ask(caller, EXTEND, as_member(ann), input={"idempotencyKey": str(uuid4())})
    assert refused["data"]["extendPoints"]["refusal"]["code"] == "EXTENSION_USED"
    offer = (await ask(caller, POINTS, as_member(ann)))["data"]["viewer"]["points"]["extension"]
    assert offer["nextAt"] == refused["data"]["extendPoints"]["refusal"]["nextAt"] is not None


async def test_an_operator_publishes_terms_and_everybody_else_is_sent_away(caller: httpx2.AsyncClient) -> None:
    olga = {"authorization": f"Bearer {tokens.for_operator('olga')}"}
    change: dict[str, Any] = {"basedOn": 1, "changes": {"expiry": {"kind": "NEVER"}, "terms_version": "2027-01"}}
    ann = await a_member("Ann")
    for who in (as_member(ann), None):
        told = await ask(caller, PUBLISH, who, input=change)
        assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    bad = {"basedOn": 1, "changes": {"warning_days": []}}
    refused = (await ask(caller, PUBLISH, olga, input=bad))["data"]["publishTerms"]
    assert refused["refusal"] == {
        "code": "UNKEEPABLE_TERMS",
        "problems": [{"field": "warning_days"}, {"field": "terms_version"}],
    }
    done = (await ask(caller, PUBLISH, olga, input=change))["data"]["publishTerms"]
    assert (done["published"]["version"], done["published"]["document"]["expiry"]["kind"]) == (2, "NEVER")
    assert (await ask(caller, PUBLISH, olga, input=change))["data"]["publishTerms"]["replayed"]
    said = await ask(caller, "{ programme { expiryPolicy(locale: EN) } }")
    assert said["data"]["programme"]["expiryPolicy"] == "Points never expire."
    seen = (await ask(caller, VERSIONS, olga))["data"]["operator"]
    assert [one["version"] for one in seen["termsVersions"]] == [2, 1]
    assert [edge["node"] for edge in seen["auditLog"]["edges"]] == [{"act": "publishTerms", "subjectKind": "Terms"}]
