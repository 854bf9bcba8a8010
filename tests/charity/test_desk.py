"""A charity's desk is its staff's: nobody else gets at it, by any id, alias, socket or file, nor she herself later."""

import asyncio
import base64
import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest

from backend.app import create_app
from backend.charity import charities, statements
from backend.charity.models import Charity, CharityProject, CharityStatement
from backend.kit import db
from backend.kit.graphql import global_id
from backend.members import tokens
from tests.builders import a_member
from tests.charity.giving import a_charity, a_project, counted, gives, the_day_is
from tests.edge.open_door import a_session, ask, connected, open_door

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DESK = """{ charityDesk { charity { id name(locale: EN) } projects { project { code } totals { points donors }
  byDay(from: "2026-01-01") { date points donors matchedMinor } byCampaign { campaign pooled points donors } }
  statements { id month points matchedMinor signature keyId csv url } } }"""
NODE = """query ($id: ID!) { node(id: $id) { __typename id
  ... on CharityStatement { points csv } ... on Donation { points certificate(locale: EN) { name } } } }"""


@dataclass(frozen=True)
class Partner:
    """A charity with a project somebody gave to, a statement, and a member of its staff."""

    charity: Charity
    project: CharityProject
    staff: UUID
    donation_id: UUID
    donor: UUID
    statement: CharityStatement


@pytest.fixture
async def address(database: str) -> AsyncIterator[str]:
    async with open_door(create_app()) as address:
        yield address


@pytest.fixture
async def caller(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture
async def ours(database: str) -> Partner:
    return await a_partner("OURS", "+8613900000001")


@pytest.fixture
async def theirs(database: str, ours: Partner) -> Partner:
    return await a_partner("THEIRS", "+8613900000002")


async def a_partner(code: str, phone: str) -> Partner:
    the_day_is(date(2026, 9, 15))
    charity = await a_charity(f"REG-{code}")
    project, donor = await a_project(code, charity=charity), await a_member(f"donor-{code}", points=1000)
    given = (await gives(donor, project, 321)).value.donation
    await counted(project)
    the_day_is(date(2026, 10, 2))
    statement = await db.transact(statements.make, charity_id=charity.id, month=date(2026, 9, 1))
    staff = await joins(charity, phone)
    return Partner(charity, project, staff, given.id, donor, statement)


async def joins(charity: Charity, phone: str) -> UUID:
    asked: dict[str, Any] = {"charity_id": charity.id, "phone": phone, "actor": "operator:olga"}
    return (await db.transact(charities.add_staff, **asked)).value.member_id


async def leaves(partner: Partner) -> None:
    await db.transact(charities.remove_staff, charity_id=partner.charity.id, member_id=partner.staff)


def as_member(member_id: UUID) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.for_member(member_id)}"}


async def test_the_staff_sees_its_own_desk_and_nothing_of_the_other(
    caller: httpx2.AsyncClient, ours: Partner, theirs: Partner
) -> None:
    answer = await ask(caller, DESK, as_member(ours.staff))
    desk = answer["data"]["charityDesk"]
    assert desk["charity"]["id"] == global_id("Charity", ours.charity.id)
    assert [one["project"]["code"] for one in desk["projects"]] == ["OURS"]
    day = {"date": "2026-09-15", "points": 321, "donors": None, "matchedMinor": 321}
    assert desk["projects"][0]["byDay"] == [day]
    assert desk["projects"][0]["byCampaign"] == [{"campaign": None, "pooled": True, "points": 321, "donors": None}]
    assert [(one["month"], one["points"], one["matchedMinor"]) for one in desk["statements"]] == [("2026-09", 321, 321)]
    assert "THEIRS" not in orjson.dumps(answer).decode()
    donor = str(ours.donor), "donor-OURS", global_id("Member", ours.donor)
    assert not any(name in orjson.dumps(answer).decode() for name in donor), "donors are counted, never named"


async def test_members_operators_and_strangers_have_no_desk(caller: httpx2.AsyncClient, ours: Partner) -> None:
    operator = {"authorization": f"Bearer {tokens.for_operator('olga', 0)}"}
    for who in (as_member(ours.donor), {}, operator):
        assert (await ask(caller, DESK, who))["data"] == {"charityDesk": None}


@pytest.mark.parametrize("kind", ["CharityStatement", "Donation"])
async def test_no_id_of_another_partner_opens_anything(
    caller: httpx2.AsyncClient, ours: Partner, theirs: Partner, kind: str
) -> None:
    which = {"CharityStatement": theirs.statement.id, "Donation": theirs.donation_id}[kind]
    wanted, rightful = global_id(kind, which), {"CharityStatement": theirs.staff, "Donation": theirs.donor}[kind]
    for who in (as_member(ours.staff), as_member(ours.donor), {}):
        assert (await ask(caller, NODE, who, id=wanted))["data"] == {"node": None}
    assert (await ask(caller, NODE, as_member(rightful), id=wanted))["data"]["node"]["points"] == 321
    # The staff of a charity is no donor: what was given to it is not hers to read one by one.
    if kind == "Donation":
        assert (await ask(caller, NODE, as_member(theirs.staff), id=wanted))["data"] == {"node": None}


async def test_an_id_of_one_kind_does_not_open_another(caller: httpx2.AsyncClient, ours: Partner) -> None:
    for kind in ("Charity", "CharityProject", "CharityDesk", "CharityUpdate", "CharityDeskProject"):
        forged = global_id(kind, ours.statement.id)
        assert (await ask(caller, NODE, as_member(ours.staff), id=forged))["data"] == {"node": None}


async def test_aliases_and_a_public_project_lead_to_no_desk_figures(
    caller: httpx2.AsyncClient, ours: Partner, theirs: Partner
) -> None:
    document = """query ($theirs: ID!) { a: charityDesk { charity { id } } b: charityDesk { statements { csv } }
      project: charityProject(id: $theirs) { code charity { id } lastStatement { month points } }
      node(id: $theirs) { ... on CharityProject { totals { points } } } }"""
    wanted = global_id("CharityProject", theirs.project.id)
    told = (await ask(caller, document, as_member(ours.staff), theirs=wanted))["data"]
    assert told["a"]["charity"]["id"] == global_id("Charity", ours.charity.id)
    assert [one["csv"] for one in told["b"]["statements"]] == [ours.statement.document]
    # What everybody may see of a project: its totals, and its line of the newest statement.
    assert told["project"]["lastStatement"] == {"month": "2026-09", "points": 321}
    for field in ("byDay", "byCampaign", "statements"):
        beyond = f"query ($id: ID!) {{ charityProject(id: $id) {{ {field} {{ points }} }} }}"
        answer = await ask(caller, beyond, as_member(ours.staff), id=wanted)
        assert f"Cannot query field '{field}'" in answer["errors"][0]["message"]


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_files_are_for_the_staff_of_their_charity(
    caller: httpx2.AsyncClient, ours: Partner, theirs: Partner, form: str
) -> None:
    for path in (f"/desk/THEIRS.{form}", f"/desk/statements/2026-09.{form}"):
        for who, status in ((ours.donor, 404), (theirs.staff, 200)):
            assert (await caller.get(path, headers=as_member(who))).status_code == status, path
        assert (await caller.get(path)).status_code == 401
        assert (await caller.post(path, headers=as_member(theirs.staff))).status_code == 405
    assert (await caller.get(f"/desk/THEIRS.{form}", headers=as_member(ours.staff))).status_code == 404
    mine, other = [
        (await caller.get(f"/desk/statements/2026-09.{form}", headers=as_member(one.staff))).text
        for one in (ours, theirs)
    ]
    assert "OURS" in mine and "THEIRS" not in mine and "THEIRS" in other


@pytest.mark.parametrize(
    "path",
    ["/desk/OURS", "/desk/ours.csv", "/desk/OURS.xml", "/desk/statements/2026-13.csv", "/desk/statements/0000-01.csv",
     "/desk/statements/2026-08.csv", "/desk/..%2FOURS.csv", "/desk/statements/THEIRS.csv"],
)  # fmt: skip
async def test_a_file_that_is_not_there_is_not_there(caller: httpx2.AsyncClient, ours: Partner, path: str) -> None:
    assert (await caller.get(path, headers=as_member(ours.staff))).status_code == 404


async def test_a_page_of_another_site_cannot_use_her_session(caller: httpx2.AsyncClient, ours: Partner) -> None:

    cookie = await a_session(ours.staff)
    headers = {"cookie": cookie, "origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert (await caller.get("/desk/OURS.csv", headers=headers)).status_code == 403
    assert (await caller.get("/desk/OURS.csv", headers={"cookie": cookie})).status_code == 200


async def test_the_csv_and_the_json_say_what_the_desk_says(caller: httpx2.AsyncClient, ours: Partner) -> None:
    answer = await caller.get("/desk/OURS.csv", headers=as_member(ours.staff))
    assert "no-store" in answer.headers["cache-control"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["what", "name", "points", "donors", "matched_minor", "currency"]
    assert rows[1:] == [
        ["total", "", "321", "1", "321", "CNY"],
        ["day", "2026-09-15", "321", "", "321", "CNY"],
        ["campaigns of few donors", "", "321", "", "321", "CNY"],
    ]
    told = (await caller.get("/desk/OURS.json", headers=as_member(ours.staff))).json()
    assert (told["donors_shown_from"], told["days"][0]["donors"], told["totals"]["points"]) == (5, None, 321)
    assert str(ours.donor) not in orjson.dumps(told).decode()


async def test_whoever_lost_the_role_sees_nothing_from_her_next_request_on(
    caller: httpx2.AsyncClient, ours: Partner
) -> None:
    assert (await ask(caller, DESK, as_member(ours.staff)))["data"]["charityDesk"] is not None
    await leaves(ours)
    assert (await ask(caller, DESK, as_member(ours.staff)))["data"] == {"charityDesk": None}
    wanted = global_id("CharityStatement", ours.statement.id)
    assert (await ask(caller, NODE, as_member(ours.staff), id=wanted))["data"] == {"node": None}
    for path in ("/desk/OURS.csv", "/desk/statements/2026-09.csv"):
        assert (await caller.get(path, headers=as_member(ours.staff))).status_code == 404


async def test_an_open_socket_loses_the_desk_with_the_role(address: str, ours: Partner) -> None:
    async with connected(address) as socket:
        await send(socket, type="connection_init", payload=as_member(ours.staff))
        assert (await hear(socket))["type"] == "connection_ack"
        for gone in (False, True):
            await send(socket, id=str(gone), type="subscribe", payload={"query": DESK})
            told = (await hear(socket))["payload"]["data"]["charityDesk"]
            assert (told is None) is gone
            assert (await hear(socket))["type"] == "complete"
            await leaves(ours)


async def test_the_only_thing_to_subscribe_to_is_what_everybody_may_hear(
    address: str, ours: Partner, theirs: Partner
) -> None:
    """Totals are public: the other partner hears exactly what a stranger hears, and not one field more."""
    wanted = {"id": global_id("CharityProject", theirs.project.id)}
    document = "subscription ($id: ID!) { charityTotals(projectId: $id) { points donors matchedMinor version } }"
    for who in (as_member(ours.staff), {}):
        async with connected(address) as socket:
            await send(socket, type="connection_init", payload=who)
            await hear(socket)
            await send(socket, id="1", type="subscribe", payload={"query": document, "variables": wanted})
            told = (await hear(socket))["payload"]["data"]["charityTotals"]
            assert told == {"points": 321, "donors": 1, "matchedMinor": 321, "version": 1}


async def test_a_member_works_for_one_charity(ours: Partner, theirs: Partner) -> None:
    with pytest.raises(charities.StaffElsewhere):
        await joins(theirs.charity, "+8613900000001")
    await leaves(ours)
    assert await joins(theirs.charity, "+8613900000001") == ours.staff


async def test_a_signature_in_the_json_is_over_the_csv(caller: httpx2.AsyncClient, ours: Partner) -> None:
    path = "/desk/statements/2026-09"
    told = (await caller.get(f"{path}.json", headers=as_member(ours.staff))).json()
    file = (await caller.get(f"{path}.csv", headers=as_member(ours.staff))).content
    assert told["document"].encode() == file
    assert len(base64.b64decode(told["signature"])) == 64


async def send(socket: Any, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def hear(socket: Any) -> dict[str, Any]:
    async with asyncio.timeout(30):
        heard: dict[str, Any] = orjson.loads(await socket.recv())
        return heard
