"""What a question comes to is worked out once, and is nobody's: who asks changes the answer, never the question."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest

from backend.kit import db
from backend.kit.graphql import questions
from backend.kit.graphql.over_http import GraphQLOverHttp
from backend.members import looking, profile, sessions
from backend.schema import schema
from tests.builders import a_member
from tests.edge.open_door import a_session

WHO = "{ viewer { nickname } }"
NAME = "query Name($l: Locale!) { programme { name(locale: $l) } }"
JSON_BODY = (b"content-type", b"application/json")


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> Iterator[None]:
    schema.documents.trust({})
    yield
    schema.documents.trust({})


async def said(
    *, query_string: bytes = b"", body: Sequence[bytes] = (), headers: Sequence[tuple[bytes, bytes]] = ()
) -> list[Any]:
    """All that the endpoint sends back: to a GET, or to a POST whose body comes in these pieces."""
    sent: list[Any] = []
    pieces: list[Any] = [{"type": "http.request", "body": piece, "more_body": True} for piece in body]

    async def receive() -> Any:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    if pieces and pieces[-1]["body"].endswith(b"}"):
        pieces[-1]["more_body"] = False
    scope = {"type": "http", "method": "POST" if body else "GET", "query_string": query_string, "headers": [*headers]}
    await GraphQLOverHttp(schema, sessions.recognise, sessions.COOKIE)(scope, receive, send)
    return sent


async def told(*body: bytes) -> Any:
    """The answer to a POST."""
    return orjson.loads((await said(body=body, headers=[JSON_BODY]))[1]["body"])


async def test_the_same_words_are_answered_for_whoever_asks(caller: httpx2.AsyncClient) -> None:
    for name in ("Ann", "Ben", "Ann"):
        cookie = await a_session(await a_member(name))
        answer = await caller.get("/graphql", params={"query": WHO}, headers={"cookie": cookie})
        assert answer.json()["data"] == {"viewer": {"nickname": name}}
    assert (await caller.get("/graphql", params={"query": WHO})).json()["data"] == {"viewer": None}


async def test_a_query_is_worked_out_once(address: str) -> None:
    words = orjson.dumps({"query": WHO})
    assert await told(words) == await told(words)
    assert schema.questions.asked_before(words) is schema.questions.asked_before(words) is not None


async def test_other_variables_are_another_question(address: str) -> None:
    said_in = {l: (await told(orjson.dumps({"query": NAME, "variables": {"l": l}})))["data"] for l in ("EN", "ZH_CN")}  # noqa: E741
    assert said_in["EN"] != said_in["ZH_CN"]


async def test_what_it_wants_every_time_comes_with_the_session_and_is_as_it_is_now(caller: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann")
    headers, query = {"cookie": await a_session(ann)}, {"query": WHO}
    for _ in range(2):
        assert (await caller.post("/graphql", json=query, headers=headers)).json()["data"]["viewer"][
            "nickname"
        ] == "Ann"
    # Who has not signed in has no rows: that teaches nothing.
    assert (await caller.post("/graphql", json=query)).json()["data"] == {"viewer": None}
    question = schema.questions.asked_before(httpx2.Request("POST", "http://mall", json=query).content)
    assert question is not None and [look for look, _ in question.habit.parts] == [looking.ROW]
    await db.transact(profile.update_profile, member_id=ann, nickname="Anna")
    assert (await caller.post("/graphql", json=query, headers=headers)).json()["data"]["viewer"]["nickname"] == "Anna"


async def test_what_it_wants_of_some_alone_is_not_read_for_everybody() -> None:
    habit = questions.Habit()
    for_ann, for_ben, of_both = looking.DEVICE(UUID(int=1)), looking.DEVICE(UUID(int=2)), looking.ROW()
    for wanted in ([for_ann, of_both], [for_ben, of_both], [for_ann, of_both]):
        habit.learn(wanted)
        assert for_ann not in habit.parts and for_ben not in habit.parts
    assert habit.parts == (of_both,)


@pytest.mark.parametrize("asked", [{"query": "mutation { signOut { signedOut } }"}, {"query": "{ nothing }"}])
async def test_what_acts_and_what_is_refused_is_new_every_time(address: str, asked: dict[str, Any]) -> None:
    words = orjson.dumps(asked)
    assert await told(words) == await told(words)
    assert schema.questions.asked_before(words) is None


async def test_long_words_are_not_remembered(address: str) -> None:
    words = orjson.dumps({"query": WHO, "extensions": {"x": "x" * questions.WORDS_MAX}})
    await told(words)
    assert schema.questions.asked_before(words) is None


async def test_only_so_many_are_remembered(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "REMEMBERED_MAX", 2)
    monkeypatch.setattr(schema.questions, "_remembered", OrderedDict())
    words = [orjson.dumps({"query": WHO, "extensions": {"n": n}}) for n in range(4)]
    for one in words:
        await told(one)
    assert [schema.questions.asked_before(one) is not None for one in words] == [False, False, True, True]


async def test_a_document_is_forgotten_when_others_are_trusted(address: str) -> None:
    name = f"sha256:{hashlib.sha256(WHO.encode()).hexdigest()}"
    words = orjson.dumps({"documentId": name})
    schema.documents.trust({name: WHO})
    assert (await told(words))["data"] == {"viewer": None}
    schema.documents.trust({})
    assert (await told(words))["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_body_that_was_asked_is_no_query_string(address: str) -> None:
    words = orjson.dumps({"query": WHO})
    assert "data" in await told(words)
    start, _ = await said(query_string=words)
    assert start["status"] == 400


async def test_a_body_may_come_in_pieces(address: str) -> None:
    words = orjson.dumps({"query": WHO})
    assert await told(words[:7], words[7:]) == await told(words)


async def test_nothing_is_said_to_whoever_has_hung_up(address: str) -> None:
    assert await said(body=[b'{"query": "{ vie'], headers=[JSON_BODY]) == []


async def test_of_a_header_that_came_twice_the_first_counts(address: str) -> None:
    accepts = [(b"accept", b"text/html"), (b"accept", b"application/json")]
    start, _ = await said(query_string=b"query=%7Bviewer%7Bnickname%7D%7D", headers=accepts)
    assert start["status"] == 406
