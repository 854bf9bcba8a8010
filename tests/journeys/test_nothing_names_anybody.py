"""Every act is tried with a phone, a name and an address in every word: no log and no error repeats them, or a code."""

import re
from typing import Any
from uuid import uuid4

import httpx2
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from backend.kit import db
from backend.members import enrolment, tokens
from backend.schema import schema
from tests.journeys.a_running_mall import COOKIE, Mall

PHONES = ("13812345678", "+8613812345678", "138 1234 5678")
ADDRESS = "张三丰，北京市东城区景山前街 4 号"
NAMES = re.compile(r"138[ -]?1234[ -]?5678|1234[ -]?5678|景山前街|张三丰")
CODE = 'mutation { requestSignInCode(input: { phone: "%s" }) { demoCode } }'
SIGN_IN = 'mutation { signIn(input: { phone: "%s", code: "%s" }) { member { id } } }'
NUMBERS = {"Int": 1, "Points": 1, "MinorUnits": 1, "Float": 1.0, "Boolean": True, "BasisPoints": 1}


def said(kind: GraphQLInputType, words: str) -> Any:
    """A value of this kind that says `words` wherever words go."""
    if isinstance(kind, GraphQLNonNull):
        return said(kind.of_type, words)
    if isinstance(kind, GraphQLList):
        return [said(kind.of_type, words)]
    if isinstance(kind, GraphQLInputObjectType):
        return {name: said(field.type, words) for name, field in kind.fields.items()}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    name = get_named_type(kind).name
    known = {**NUMBERS, "UUID": str(uuid4()), "DateTime": "2026-11-22T00:00:00Z", "Date": "2026-11-22"}
    return known.get(name, words)


def documents(root: GraphQLObjectType, operation: str, inner: str, words: str) -> list[tuple[str, dict[str, Any]]]:
    """Every field of `root` with all its arguments; `inner` is asked of those that answer with an object."""
    found = []
    for name, field in root.fields.items():
        declared = ", ".join(f"${argument}: {given.type}" for argument, given in field.args.items())
        passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
        named = get_named_type(field.type)
        has = isinstance(named, GraphQLObjectType) and (
            inner != "{ refusal { code message } }" or "refusal" in named.fields
        )
        asked = inner if has else ("{ __typename }" if hasattr(named, "fields") or hasattr(named, "types") else "")
        head = f"{operation}({declared})" if declared else operation
        body = f"{name}({passed})" if passed else name
        found.append((f"{head} {{ {body} {asked} }}", {one: said(of.type, words) for one, of in field.args.items()}))
    return found


async def test_neither_the_log_nor_any_error_repeats_who_she_is_or_where_she_lives(mall: Mall) -> None:
    ann = await mall.somebody()
    async with mall.books():
        await db.transact(enrolment.register, reference=ann.reference, phone=PHONES[1])
    code = await code_of(mall, PHONES[2])
    callers = [{"cookie": f"{COOKIE}={ann.cookie}"}, {"authorization": f"Bearer {tokens.for_operator('olga')}"}, {}]
    told: list[str] = []
    async with httpx2.AsyncClient(base_url=mall.address, timeout=60) as client:
        for headers in callers:
            for number, words in enumerate((*PHONES, ADDRESS)):
                for document, variables in every_act(words) if number in (1, 3) else every_act(words)[::7]:
                    body = {"query": document, "variables": variables}
                    answer = (await client.post("/graphql", json=body, headers=headers)).json()
                    told += [str(error) for error in answer.get("errors", ())]
                    told += [
                        str(one.get("refusal")) for one in (answer.get("data") or {}).values() if isinstance(one, dict)
                    ]
        for path in ("/events", "/export", f"/checkpoints/{PHONES[0]}", f"/points?phone={PHONES[0]}", f"/{ADDRESS}"):
            for method in ("GET", "POST"):
                refused = await client.request(method, path, content=f'{{"member": "{PHONES[1]}", "at": "{ADDRESS}"}}')
                told += [refused.text] if refused.status_code >= 400 else []
    assert len([one for one in told if one != "None"]) > 100, "hardly anything was refused: were they asked at all?"
    assert [one for one in told if NAMES.search(one)] == []
    log = mall.log.read_text("utf-8")
    assert (NAMES.search(log), re.search(rf"\b{code}\b", log)) == (None, None)


async def code_of(mall: Mall, phone: str) -> str:
    """The one-time code she signed in with."""
    async with httpx2.AsyncClient(base_url=mall.address, timeout=60) as client:
        asked = (await client.post("/graphql", json={"query": CODE % phone})).json()
        code = str(asked["data"]["requestSignInCode"]["demoCode"])
        entered = (await client.post("/graphql", json={"query": SIGN_IN % (phone, code)})).json()
    assert entered["data"]["signIn"]["member"], entered
    return code


def every_act(words: str) -> list[tuple[str, dict[str, Any]]]:
    """Every mutation, and every question with words in it."""
    whole = schema._schema
    assert whole.mutation_type is not None and whole.query_type is not None
    acts = documents(whole.mutation_type, "mutation", "{ refusal { code message } }", words)
    asked = [one for one in documents(whole.query_type, "query", "{ __typename }", words) if one[1]]
    operators = whole.type_map["Operator"]
    assert isinstance(operators, GraphQLObjectType)
    for document, variables in documents(operators, "query", "{ __typename }", words):
        head, _, rest = document.partition("{")
        asked.append((f"{head}{{ operator {{ {rest} }}", variables))
    return acts + asked
