"""A statement can be kept: a file for spreadsheets or programs, the member's own and nobody else's."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.app import create_app
from backend.kit import db
from backend.ledger import posting
from backend.ledger.models import EntryKind
from backend.ledger.statement_words import KINDS
from backend.members import tokens
from backend.programme import terms
from tests.builders import a_gift, a_member
from tests.edge.open_door import a_session, ask, open_door

STATEMENT = """query($from: Date!, $to: Date!) { viewer { statement(from: $from, to: $to) {
  from to complete opening { balance } closing { balance available debt } totals { kind entries points }
  entries(first: 2) { edges { node { seq points } } pageInfo { hasNextPage endCursor } }
} } }"""


@pytest.fixture
async def address(database: str) -> AsyncIterator[str]:
    async with open_door(create_app()) as address:
        yield address


def as_member(member_id: UUID) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.for_member(member_id)}"}


async def this_month() -> str:
    async with db.read() as session:
        return (await terms.in_force(session)).today().isoformat()[:7]


async def spend(member_id: UUID, points: int, reference: str) -> None:
    async def act(session: AsyncSession) -> None:
        book = await posting.open_book(session, member_id)
        why = {"code": "REDEMPTION", "name": {"zh_cn": "茶杯", "en": "Tea cup"}}
        posting.burn(book, key=reference, points=points, actor="test", why=why, reference=reference, request={})
        await posting.write(session, [book])

    await db.transact(act)


async def rows(caller: httpx2.AsyncClient, member_id: UUID, **more: Any) -> list[list[str]]:
    answer = await caller.get(f"/statements/{await this_month()}.csv", headers=as_member(member_id), **more)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_a_csv_runs_from_the_opening_to_the_closing_balance(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100)
    await spend(ann, 30, "R-1")
    head, opening, earned, burned, closing = await rows(caller, ann, params={"lang": "en"})
    assert head == ["Entry", "Posted", "Kind", "Why", "Reference", "Points", "Balance", "Fingerprint"]
    assert (opening[2], opening[6]) == ("Opening balance", "0")
    assert (earned[0], earned[2], earned[5], earned[6]) == ("1", "Earned", "100", "100")
    assert (burned[0], burned[2], burned[3], burned[5], burned[6]) == (
        "2",
        "Redeemed",
        "Redeemed for Tea cup.",
        "-30",
        "70",
    )
    assert (closing[2], closing[6]) == ("Closing balance", "70")


async def test_a_file_speaks_the_language_asked_for(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100)
    path, headers = f"/statements/{await this_month()}.csv", as_member(ann)
    english = await caller.get(path, headers={**headers, "accept-language": "fr;q=1, en-GB;q=0.9, zh"})
    chinese = await caller.get(path, headers={**headers, "accept-language": "zh-CN,en;q=0.8"})
    asked = await caller.get(path, params={"lang": "en"}, headers={**headers, "accept-language": "zh-CN"})
    assert "Opening balance" in english.text and "Opening balance" in asked.text
    assert chinese.text.startswith("\ufeff序号") and "期初余额" in chinese.text


async def test_json_says_the_same_with_every_side(caller: httpx2.AsyncClient) -> None:
    ann, month = await a_member("Ann", points=100), await this_month()
    await spend(ann, 30, "R-1")
    told = (await caller.get(f"/statements/{month}.json", params={"lang": "en"}, headers=as_member(ann))).json()
    assert (told["month"], told["zone"], told["complete"]) == (month, "Asia/Shanghai", False)
    assert told["opening"] == {"balance": 0, "available": 0, "held": 0, "pending": 0, "debt": 0}
    assert told["closing"] == {"balance": 70, "available": 70, "held": 0, "pending": 0, "debt": 0}
    assert told["totals"] == [
        {"kind": "EARN", "entries": 1, "points": 100},
        {"kind": "BURN", "entries": 1, "points": -30},
    ]
    assert [(entry["points"], entry["balance"], entry["reference"]) for entry in told["entries"]] == [
        (100, 100, None),
        (-30, 70, "R-1"),
    ]


async def test_no_cell_is_a_formula_to_a_spreadsheet(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=100)
    for number, reference in enumerate(('=HYPERLINK("http://x")', "+1", "-1+1", "@SUM(1)", "\t=1", "＝1+1", "plain")):
        await spend(ann, 1 + number, reference)
    cells = [row[4] for row in (await rows(caller, ann))[2:-1]]
    assert [cell[:1] for cell in cells[1:]] == ["'"] * 6 + ["p"]
    assert (await rows(caller, ann))[2][5] == "100", "numbers stay numbers"


async def test_a_statement_is_nobody_elses(caller: httpx2.AsyncClient) -> None:
    ann, ben = await a_member("Ann", points=100), await a_member("Ben", points=7)
    path = f"/statements/{await this_month()}.json"
    assert (await caller.get(path)).status_code == 401
    assert (
        await caller.get(path, headers={"authorization": f"Bearer {tokens.for_operator('mei')}"})
    ).status_code == 401
    assert (await caller.get(path, headers=as_member(ben))).json()["closing"]["balance"] == 7
    by_cookie = await caller.get(path, headers={"cookie": await a_session(ann)})
    assert by_cookie.json()["closing"]["balance"] == 100
    foreign = {"cookie": await a_session(ann), "origin": "https://elsewhere.example"}
    assert (await caller.get(path, headers=foreign)).status_code == 403


async def test_a_file_is_saved_not_shown_sniffed_or_kept_by_a_proxy(caller: httpx2.AsyncClient) -> None:
    ann, month = await a_member("Ann", points=1), await this_month()
    answer = await caller.get(f"/statements/{month}.csv", headers=as_member(ann))
    assert answer.headers["content-disposition"] == f'attachment; filename="statement-{month}.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_what_is_no_month_that_has_come_is_not_there(caller: httpx2.AsyncClient) -> None:
    headers = as_member(await a_member("Ann"))
    for name in ("2026-13.csv", "2026-1.csv", "2026-10.exe", "2026-10", "0001-01.csv", "9999-12.json", "2999-01.csv"):
        assert (await caller.get(f"/statements/{name}", headers=headers)).status_code == 404, name
    assert (await caller.post("/statements/2026-10.csv", headers=headers)).status_code == 405


async def test_a_long_month_is_written_whole(caller: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.ledger.statement_files.ROWS_AT_ONCE", 2)
    ann = await a_member("Ann")
    for points in range(1, 6):
        await a_gift(ann, points)
    assert [row[6] for row in (await rows(caller, ann))[1:]] == ["0", "1", "3", "6", "10", "15", "15"]


async def test_a_statement_on_the_wire_adds_up_and_pages(caller: httpx2.AsyncClient) -> None:
    ann, month = await a_member("Ann", points=100), await this_month()
    await spend(ann, 30, "R-1")
    await a_gift(ann, 5)
    given = {"from": f"{month}-01", "to": f"{month}-28"}
    told = await ask(caller, STATEMENT, as_member(ann), **{**given, "to": "2999-01-01"})
    assert told["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "to"}
    async with db.read() as session:
        today = (await terms.in_force(session)).today().isoformat()
    told = (await ask(caller, STATEMENT, as_member(ann), **{**given, "to": today}))["data"]["viewer"]["statement"]
    assert (told["from"], told["to"], told["complete"]) == (f"{month}-01", today, False)
    assert (told["opening"]["balance"], told["closing"]) == (0, {"balance": 75, "available": 75, "debt": 0})
    assert told["totals"] == [
        {"kind": "EARN", "entries": 2, "points": 105},
        {"kind": "BURN", "entries": 1, "points": -30},
    ]
    assert [edge["node"]["seq"] for edge in told["entries"]["edges"]] == [1, 2]
    assert told["entries"]["pageInfo"]["hasNextPage"] is True


def test_every_kind_has_a_name_in_a_statement() -> None:
    assert KINDS.keys() == set(EntryKind)
