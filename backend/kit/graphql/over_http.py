"""GraphQL over HTTP, as the specification of that name says: one operation a request, no batches, no IDE."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection, cookie_parser
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from backend.kit import away, db, tracing
from backend.kit.gathering import Part, Rows
from backend.kit.graphql import counting
from backend.kit.graphql.answering_beside import READS, answered
from backend.kit.graphql.asking import Context, Identity
from backend.kit.graphql.guarding import GuardedSchema
from backend.kit.graphql.media_types import GRAPHQL, JSON, answer_type, is_json
from backend.kit.graphql.origins import elsewhere
from backend.kit.graphql.questions import Question
from backend.kit.graphql.showing_errors import UNAVAILABLE

BODY_BYTES_MAX = 1024 * 1024
BY_METHOD = {
    "GET": frozenset({OperationType.QUERY}),
    "HEAD": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}
COMMON_HEADERS = ((b"cache-control", b"no-store"), (b"vary", b"Accept"), (b"x-content-type-options", b"nosniff"))

log = logging.getLogger(__name__)

Recognise = Callable[[str | None, str | None, Sequence[Part]], Awaitable[tuple[Identity, Mapping[Part, Rows]]]]
Header = tuple[bytes, bytes]


class NotAsked(Exception):
    """The request is not a GraphQL request, so nothing was run."""

    def __init__(self, status: int, message: str, *, allow: str | None = None) -> None:
        super().__init__(message)
        self.status, self.allow = status, allow


class Gone(Exception):
    """Whoever asked has hung up before the question was complete."""


class Head:
    """A request's headers, read once; a header that came twice is its first, cookies are all of them."""

    __slots__ = ("_first", "cookies", "method")

    def __init__(self, scope: Scope) -> None:
        headers: list[Header] = scope["headers"]
        self.method: str = scope["method"]
        self._first = dict(headers[::-1])
        self.cookies: dict[str, str] = {}
        for name, value in headers:
            if name == b"cookie":
                self.cookies.update(cookie_parser(value.decode("latin-1")))

    def get(self, name: bytes) -> str | None:
        """The header's value."""
        found = self._first.get(name)
        return None if found is None else found.decode("latin-1")


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    media_type: str
    more: tuple[Header, ...] = ()

    def headers(self) -> list[Header]:
        """All of them."""
        kind, length = f"{self.media_type}; charset=utf-8".encode(), str(len(self.body)).encode()
        return [(b"content-type", kind), (b"content-length", length), *COMMON_HEADERS, *self.more]


@dataclass(frozen=True)
class GraphQLOverHttp:
    """The endpoint. `recognise(cookie, authorization, also)` says who asks; `cookie` is the session cookie's name.

    An ASGI app of its own: what a framework does for any request costs as much as answering this one.
    """

    schema: GuardedSchema
    recognise: Recognise
    cookie: str
    friends: Collection[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        head = Head(scope)
        try:
            answer = await self.answer(head, scope, receive)
        except Gone:
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers()})
        await send({"type": "http.response.body", "body": answer.body})

    async def answer(self, head: Head, scope: Scope, receive: Receive) -> Answer:
        """What to say to one request. Raises Gone."""
        began = perf_counter()
        media_type = answer_type(head.get(b"accept"))
        try:
            if head.method not in BY_METHOD:
                raise NotAsked(405, "Ask by GET or POST.", allow="GET, POST")
            if media_type is None:
                raise NotAsked(406, f"Answers are {GRAPHQL} or {JSON}.")
            if self.cookie in head.cookies and elsewhere(head.get(b"origin"), head.get(b"host") or "", self.friends):
                raise NotAsked(403, "A page of another site may not use this session.")
            question = await self.question(head, scope, receive)
            context = await self.context_of(head, scope, self.beforehand(question, head.method))
            with tracing.operation(question.label):
                result = await answered(head.method, context, partial(self.run, question, head.method, context))
            if context.identity.member_id is not None:
                question.habit.learn(context.wanted)
        except NotAsked as problem:
            counting.turned_away()
            return _not_asked(problem, media_type or JSON)
        except Exception as error:
            if not away.away(error):
                raise
            counting.database_away()
            log.error("nobody knows who asks, the database is away: %r", error)
            return _unavailable(media_type or JSON)
        answer = _answer(result, media_type, context)
        counting.answered(question.label, result.errors, began)
        return answer

    async def context(self, request: HTTPConnection) -> Context:
        """Who asks, from where, over a websocket."""
        return await self.context_of(Head({**request.scope, "method": "GET"}), request.scope)

    async def context_of(self, head: Head, scope: Scope, also: Sequence[Part] = ()) -> Context:
        """Who asks, from where; and `also` of what is hers."""
        cookie, authorization, client = head.cookies.get(self.cookie), head.get(b"authorization"), scope.get("client")
        identity, ahead = await self.recognise(cookie, authorization, also)
        return Context(
            identity=identity,
            ahead=ahead,
            cookie=cookie,
            authorization=authorization,
            ip=client[0] if client else "unknown",
            user_agent=head.get(b"user-agent"),
            secure=scope.get("scheme") in ("https", "wss"),
            request_id=scope.get("state", {}).get("request_id", ""),
        )

    async def identify(self, cookie: str | None, authorization: str | None) -> Identity:
        """Who asks."""
        return (await self.recognise(cookie, authorization, ()))[0]

    def beforehand(self, question: Question, method: str) -> Sequence[Part]:
        """What to read of whoever asks together with her session: who she is only the primary says."""
        elsewhere = method in READS and db.has_replica()
        return () if elsewhere else question.habit.parts

    async def question(self, head: Head, scope: Scope, receive: Receive) -> Question:
        """What is asked. Raises NotAsked, Gone."""
        if head.method == "POST":
            if not is_json(head.get(b"content-type")):
                raise NotAsked(415, f"The body must be {JSON} in UTF-8.")
            words = await _body(receive)
            return self.known(words) or self.new(words, _posted(words))
        # No JSON begins like this, so a body is never taken for a query string.
        words = b"?" + scope["query_string"]
        return self.known(words) or self.new(words, _got(scope["query_string"]))

    def known(self, words: bytes) -> Question | None:
        """The question that was asked in these words before."""
        return self.schema.questions.asked_before(words)

    def new(self, words: bytes, given: Any) -> Question:
        """A question read from what was given. Raises NotAsked."""
        try:
            found = self.schema.questions.of(*_checked(given))
        except CannotGetOperationTypeError as wrong:
            raise NotAsked(400, "There is no such operation in the document, or none was named.") from wrong
        self.schema.questions.remember(words, found)
        return found

    async def run(self, question: Question, method: str, context: Context) -> ExecutionResult:
        """Run the operation, if it may come by this method. Raises NotAsked."""
        try:
            return await self.schema.answer(question, context, BY_METHOD[method])
        except InvalidOperationTypeError as wrong:
            if wrong.operation_type is OperationType.SUBSCRIPTION:
                raise NotAsked(400, "Subscribe over the websocket (graphql-transport-ws).") from wrong
            raise NotAsked(405, "Mutations come by POST.", allow="POST") from wrong


def _posted(body: bytes) -> Any:
    given = _json(body, "The body")
    if isinstance(given, list):
        raise NotAsked(400, "One operation a request: there are no batches.")
    return given


def _got(query_string: bytes) -> Any:
    given: dict[str, Any] = dict(QueryParams(query_string))
    for name in ("variables", "extensions"):
        given[name] = _json(given[name].encode(), f"`{name}`") if given.get(name) else None
    return given


def _checked(given: Any) -> tuple[str, dict[str, Any] | None, str | None]:
    """What to run: a text, or the id of a trusted document; its variables; which of its operations."""
    if not isinstance(given, dict):
        raise NotAsked(400, "The body must be a JSON object.")
    for name, kind in (("query", str), ("documentId", str), ("operationName", str)):
        if not isinstance(given.get(name), kind | None):
            raise NotAsked(400, f"`{name}` must be a string.")
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            raise NotAsked(400, f"`{name}` must be an object.")
    document = given.get("documentId") or given.get("query")
    if not document:
        raise NotAsked(400, "Say what to run: `query`, or the `documentId` of a trusted document.")
    return document, given.get("variables"), given.get("operationName")


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise NotAsked(413, f"The body is over {BODY_BYTES_MAX} bytes.")
        more = message.get("more_body", False)
    return body


def _json(raw: bytes, what: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NotAsked(400, f"{what} is no JSON.") from None


def _answer(result: ExecutionResult, media_type: str | None, context: Context) -> Answer:
    errors = result.errors or []
    # An error without a path is one of the request, not of a field: then nothing was run, and there is no data.
    refused = result.data is None and bool(errors) and all(error.path is None for error in errors)
    body: dict[str, Any] = {} if refused else {"data": result.data}
    if errors:
        body["errors"] = [error.formatted for error in errors]
    if result.extensions:
        body["extensions"] = result.extensions
    status = 400 if refused and media_type == GRAPHQL else 200
    if result.data is None and any((error.extensions or {}).get("code") == UNAVAILABLE for error in errors):
        status = 503
    left = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in context.response_headers)
    return _said(status, body, media_type or JSON, *left)


def _not_asked(problem: NotAsked, media_type: str) -> Answer:
    body = {"errors": [{"message": str(problem), "extensions": {"code": "BAD_REQUEST"}}]}
    allow = [(b"allow", problem.allow.encode())] if problem.allow else []
    return _said(problem.status, body, media_type, *allow)


def _unavailable(media_type: str) -> Answer:
    return _said(503, {"errors": [{"message": away.WORDS, "extensions": {"code": UNAVAILABLE}}]}, media_type)


def _said(status: int, body: dict[str, Any], media_type: str, *more: Header) -> Answer:
    again = ((b"retry-after", str(away.RETRY_AFTER_SECONDS).encode()),) if status == 503 else ()
    return Answer(status, orjson.dumps(body), media_type, (*more, *again))
