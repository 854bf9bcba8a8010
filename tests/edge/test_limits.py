"""What an ad hoc query may not do, and that finding it out is cheap."""

import time

import httpx2
import pytest

from tests.edge.open_door import ask

SECONDS_MAX = 1.0
"""Of processor time, which is what a flood is after; server and caller are this process."""


def nested(levels: int) -> str:
    return "{a" * levels + "}" * levels


def floods() -> dict[str, str]:
    doubling = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(20))
    return {
        "aliases": "{" + " ".join(f"a{n}: programme {{ zone }}" for n in range(21)) + "}",
        "root fields": "{" + " ".join(f"f{n}" for n in range(11)) + "}",
        "repeats of one field": "{ programme {" + " zone" * 6 + "} }",
        "fields": "{ programme {" + " ".join(f"f{n}" for n in range(300)) + "} }",
        "directives": "{ programme {" + " zone" + " @include(if: true)" * 21 + "} }",
        "fragments": "{ programme {" + " ... { zone }" * 51 + "} }",
        "levels": nested(13),
        "operations": " ".join(f"query Q{n} {{ viewer {{ id }} }}" for n in range(11)),
        "fragments that double": "{ ...F0 }" + doubling + " fragment F20 on Query { viewer { id } }",
        "cost": "{" + " ".join(f"a{n}: rewards(first: 50) {{ {REWARD} }}" for n in range(10)) + "}",
    }


REWARD = (
    "edges { cursor node { id sku kind category points stock hot limitPerMember name(locale: EN) "
    "description(locale: EN) value { minor currency } minimumTier { code rank } whyNot { code message } } }"
)


@pytest.mark.parametrize("what", floods().keys())
async def test_a_flood_is_refused_at_once(caller: httpx2.AsyncClient, what: str) -> None:
    began = time.process_time()
    answer = await ask(caller, floods()[what])
    assert time.process_time() - began < SECONDS_MAX
    assert "data" not in answer
    if what != "fragments that double":
        assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_LARGE"


@pytest.mark.parametrize(
    "query",
    [
        "{" + "a " * 1100 + "}",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        nested(490),
        "{ programme { name(locale: " + "[" * 490 + "]" * 490 + ") } }",
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
    ],
    ids=["tokens", "fragments in a ring", "levels without end", "lists without end", "introspection in a ring"],
)
async def test_what_would_never_end_is_refused(caller: httpx2.AsyncClient, query: str) -> None:
    answer = await ask(caller, query)
    assert answer["errors"] and "data" not in answer


async def test_the_cost_is_told_and_counts_what_variables_ask_for(caller: httpx2.AsyncClient) -> None:
    query = "query($n: Int) { rewards(first: $n) { edges { node { sku } } } }"
    few, many = [(await ask(caller, query, n=n))["extensions"]["cost"] for n in (1, 50)]
    assert few["requested"] < many["requested"] < many["limit"]


async def test_a_query_that_costs_too_much_says_what_it_would_cost(caller: httpx2.AsyncClient) -> None:
    answer = await ask(caller, floods()["cost"])
    cost = answer["extensions"]["cost"]
    assert cost["requested"] > cost["limit"]
    assert str(cost["limit"]) in answer["errors"][0]["message"]


async def test_developers_may_introspect(caller: httpx2.AsyncClient) -> None:
    from graphql import build_client_schema, get_introspection_query

    from backend.schema import schema

    answer = await ask(caller, get_introspection_query())
    assert "errors" not in answer
    assert build_client_schema(answer["data"]).type_map.keys() >= schema._schema.type_map.keys()


@pytest.mark.parametrize(
    "query", ["{ programe { zone } }", "{ programme { zones } }", "{ rewards(firts: 1) { edges { cursor } } }"]
)
async def test_errors_do_not_spell_the_schema_out(caller: httpx2.AsyncClient, query: str) -> None:
    answer = await ask(caller, query)
    assert answer["errors"] and "Did you mean" not in str(answer)


async def test_a_wrong_variable_gets_no_suggestion_either(caller: httpx2.AsyncClient) -> None:
    answer = await ask(caller, "query($s: Shelf!) { rewards(shelf: $s) { edges { cursor } } }", s="HOTT")
    assert answer["errors"] and "Did you mean" not in str(answer)


@pytest.mark.parametrize(
    ("first", "after"), [(0, None), (51, None), (-1, None), (1, "nonsense"), (1, "WzFd"), (1, "é")]
)
async def test_a_page_that_cannot_be_is_the_callers_mistake(
    caller: httpx2.AsyncClient, first: int, after: str | None
) -> None:
    query = "query($first: Int, $after: String) { rewards(first: $first, after: $after) { edges { cursor } } }"
    answer = await ask(caller, query, first=first, after=after)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_id_that_is_none_is_the_callers_mistake(caller: httpx2.AsyncClient) -> None:
    answer = await ask(caller, '{ node(id: "nonsense") { id } }')
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "id"}
