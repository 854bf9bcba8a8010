"""What graphql-cop looks for in a server, looked for here: https://github.com/dolevf/graphql-cop."""

import time
from typing import Any

import httpx2
import pytest

SECONDS_MAX = 1.0
"""Of processor time, which is what a flood is after; server and caller are this process."""
RING = "{ __schema { types { fields { type " + "{ fields { type " * 8 + "{ name }" + " } }" * 8 + " } } } }"
FLOODS = {
    "alias overloading": "{ " + " ".join(f"alias{n}: __typename" for n in range(101)) + " }",
    "directive overloading": "{ __typename " + "@aa" * 10 + " }",
    "known directive overloading": "{ __typename " + "@include(if: true) " * 50 + "}",
    "field duplication": "{ " + "__typename " * 500 + "}",
    "circular introspection": RING,
    "fragments in a ring": "{ ...A } fragment A on Query { ...A }",
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_is_turned_away_before_it_costs_anything(stranger: httpx2.AsyncClient, flood: str) -> None:
    began = time.process_time()
    answer = await stranger.post("/graphql", json={"query": FLOODS[flood]})
    assert time.process_time() - began < SECONDS_MAX
    assert answer.json()["errors"] and "data" not in answer.json()


async def test_there_are_no_batches(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.post("/graphql", json=[{"query": "{ __typename }"}] * 10)
    assert answer.status_code == 400 and "data" not in answer.text


@pytest.mark.parametrize(
    "given", [{"query": "{ system }"}, {"query": "{ viewre { id } }"}, {"query": "mutation { redem }"}]
)
async def test_nothing_is_suggested(stranger: httpx2.AsyncClient, given: dict[str, str]) -> None:
    answer = await stranger.post("/graphql", json=given)
    assert answer.json()["errors"] and "did you mean" not in answer.text.lower()


@pytest.mark.parametrize("path", ["/graphql", "/graphiql", "/playground", "/console", "/altair", "/voyager"])
async def test_there_is_no_ide(stranger: httpx2.AsyncClient, path: str) -> None:
    answer = await stranger.get(path, headers={"accept": "text/html"})
    words = ("graphiql", "graphql playground", "apollo-sandbox", "altair", "voyager")
    assert not any(word in answer.text.lower() for word in words)


async def test_mutations_do_not_come_by_get(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.get("/graphql", params={"query": "mutation { signOut { signedOut } }"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "signedOut" not in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"query": "{ __typename }"}},
        {"data": {"query": "mutation { signOut { signedOut } }"}},
        {"files": {"operations": (None, '{"query": "{ __typename }"}'), "map": (None, "{}")}},
        {"content": '{"query": "{ __typename }"}', "headers": {"content-type": "text/plain"}},
    ],
    ids=["a form", "a form that acts", "an upload", "plain text"],
)
async def test_what_another_sites_form_can_send_is_not_taken(
    stranger: httpx2.AsyncClient, sent: dict[str, Any]
) -> None:
    answer = await stranger.post("/graphql", **sent)
    assert answer.status_code == 415 and "data" not in answer.json()


async def test_nothing_is_traced_for_strangers(stranger: httpx2.AsyncClient) -> None:
    asked = {"X-Apollo-Tracing": "1", "apollo-federation-include-trace": "ftv1"}
    answer = await stranger.post("/graphql", json={"query": "{ programme { zone } }"}, headers=asked)
    assert answer.json()["extensions"].keys() <= {"cost"}


@pytest.mark.parametrize(
    "broken", ["qwerty cop { abc }", "{ node(id: 1.5e999) { id } }", "{", "\0", "{ programme(x: }"]
)
async def test_nothing_of_the_inside_is_shown_with_an_error(stranger: httpx2.AsyncClient, broken: str) -> None:
    answer = await stranger.post("/graphql", json={"query": broken})
    assert answer.status_code < 500
    shown = answer.text.lower()
    assert not any(word in shown for word in ("traceback", "exception", "stack", ".py", "graphql-core"))


async def test_introspection_tells_what_is_published_anyway_and_no_more(stranger: httpx2.AsyncClient) -> None:
    # The contract is public (schema.graphql), so hiding it would protect nobody. It is asked for within the limits.
    asked = "{ __schema { types { name } queryType { name } } }"
    answer = await stranger.post("/graphql", json={"query": asked})
    assert answer.json()["data"]["__schema"]["queryType"] == {"name": "Query"}
