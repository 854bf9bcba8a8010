"""GraphQL over HTTP as the specification of that name says, and nothing more than it says."""

from typing import Any

import httpx2
import pytest

from tests.edge.open_door import ask

ZONE = "{ programme { zone } }"
GRAPHQL = "application/graphql-response+json"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        (f"application/json, {GRAPHQL};q=0.5", "application/json"),
        ("text/html,application/*;q=0.8", "application/json"),
    ],
)
async def test_the_answer_has_the_type_the_caller_likes_best(
    caller: httpx2.AsyncClient, accept: str | None, kind: str
) -> None:
    headers = {"accept": accept} if accept else {}
    del caller.headers["accept"]
    answer = await caller.post("/graphql", json={"query": ZONE}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.json()["data"] == {"programme": {"zone": "Asia/Shanghai"}}


REFUSED: dict[str, tuple[int, dict[str, Any]]] = {
    "no JSON": (400, {"content": "{", "headers": {"content-type": "application/json"}}),
    "a batch": (400, {"json": [{"query": ZONE}, {"query": ZONE}]}),
    "no query": (400, {"json": {}}),
    "a number for a query": (400, {"json": {"query": 7}}),
    "a list of variables": (400, {"json": {"query": ZONE, "variables": [1]}}),
    "a number for an operation": (400, {"json": {"query": ZONE, "operationName": 7}}),
    "an unknown operation": (400, {"json": {"query": ZONE, "operationName": "Other"}}),
    "a string for extensions": (400, {"json": {"query": ZONE, "extensions": "tracing"}}),
    "a form": (415, {"data": {"query": ZONE}}),
    "another charset": (415, {"content": "{}", "headers": {"content-type": "application/json; charset=utf-16"}}),
    "too long a body": (413, {"json": {"query": ZONE, "extensions": {"x": "x" * 1_100_000}}}),
    "only HTML wanted": (406, {"json": {"query": ZONE}, "headers": {"accept": "text/html"}}),
    "a subscription": (400, {"json": {"query": "subscription { memberEvents { seq } }"}}),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_no_request_is_not_run(caller: httpx2.AsyncClient, what: str) -> None:
    status, request = REFUSED[what]
    answer = await caller.post("/graphql", **request)
    assert answer.status_code == status
    assert "data" not in answer.json()
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (GRAPHQL, 400)])
@pytest.mark.parametrize("query", ["{", "{ nothing }", "query($n: Int!) { rewards(first: $n) { edges { cursor } } }"])
async def test_a_request_that_cannot_run_has_no_data(
    caller: httpx2.AsyncClient, query: str, accept: str, status: int
) -> None:
    answer = await caller.post("/graphql", json={"query": query}, headers={"accept": accept})
    assert answer.status_code == status
    assert answer.json().keys() == {"errors"} or answer.json().keys() == {"errors", "extensions"}


async def test_queries_come_by_get_too(caller: httpx2.AsyncClient) -> None:
    query = "query($l: Locale!) { programme { name(locale: $l) } }"
    answer = await caller.get("/graphql", params={"query": query, "variables": '{"l": "EN"}'})
    assert answer.json()["data"]["programme"]["name"]
    assert answer.headers["cache-control"] == "no-store"


async def test_mutations_do_not_come_by_get(caller: httpx2.AsyncClient) -> None:
    answer = await caller.get("/graphql", params={"query": "mutation { signOut { signedOut } }"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_are_told_which_there_are(caller: httpx2.AsyncClient, method: str) -> None:
    answer = await caller.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_there_is_no_ide_to_open(caller: httpx2.AsyncClient) -> None:
    answer = await caller.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 400
    assert "html" not in answer.headers["content-type"]


async def test_there_is_no_tracing(caller: httpx2.AsyncClient) -> None:
    answer = await ask(caller, ZONE, headers={"x-apollo-tracing": "1"})
    assert answer["extensions"].keys() == {"cost"}


async def test_every_answer_carries_a_request_id(caller: httpx2.AsyncClient) -> None:
    answers = [await caller.get(path) for path in ("/healthz", "/graphql", "/nowhere.js", "/")]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


async def test_a_plain_request_id_is_kept_and_another_is_not(caller: httpx2.AsyncClient) -> None:
    kept = await caller.get("/healthz", headers={"x-request-id": "proxy-1234"})
    made = await caller.get("/healthz", headers={"x-request-id": "<script>alert(1)</script>"})
    assert kept.headers["x-request-id"] == "proxy-1234"
    assert "script" not in made.headers["x-request-id"]


async def test_health_is_asked_of_the_database(caller: httpx2.AsyncClient) -> None:
    answer = await caller.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_who_is_not_signed_in_has_no_viewer_and_is_no_operator(caller: httpx2.AsyncClient) -> None:
    answer = await ask(caller, "{ viewer { id } operator { incomingEvents { edges { cursor } } } }")
    assert answer["data"] == {"viewer": None, "operator": None}


async def test_acting_needs_a_sign_in(caller: httpx2.AsyncClient) -> None:
    key = "0190a1d2-0000-7000-8000-000000000001"
    answer = await ask(caller, f'mutation {{ checkIn(input: {{idempotencyKey: "{key}"}}) {{ replayed }} }}')
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert answer["data"] is None
