"""GraphQL over HTTP, as the specification of that name says: one operation a request, no batches, no IDE."""

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from backend.kit import away
from backend.kit.graphql.asking import Context, Identity
from backend.kit.graphql.guarding import GuardedSchema
from backend.kit.graphql.media_types import GRAPHQL, JSON, answer_type, is_json
from backend.kit.graphql.origins import foreign
from backend.kit.graphql.showing_errors import UNAVAILABLE

BODY_BYTES_MAX = 1024 * 1024
BY_METHOD = {
    "GET": {OperationType.QUERY},
    "HEAD": {OperationType.QUERY},
    "POST": {OperationType.QUERY, OperationType.MUTATION},
}

log = logging.getLogger(__name__)

Identify = Callable[[str | None, str | None], Awaitable[Identity]]


@dataclass(frozen=True)
class Asked:
    """A request that is well formed. `document`: a text, or the id of a trusted one."""

    document: str
    variables: dict[str, Any] | None
    operation_name: str | None


class NotAsked(Exception):
    """The request is not a GraphQL request, so nothing was run."""

    def __init__(self, status: int, message: str, *, allow: str | None = None) -> None:
        super().__init__(message)
        self.status, self.allow = status, allow


@dataclass(frozen=True)
class GraphQLOverHttp:
    """The endpoint. `identify(cookie, authorization)` says who asks; `cookie` is the session cookie's name."""

    schema: GuardedSchema
    identify: Identify
    cookie: str
    friends: Collection[str] = ()

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        media_type = answer_type(request.headers.get("accept"))
        try:
            if request.method not in BY_METHOD:
                raise NotAsked(405, "Ask by GET or POST.", allow="GET, POST")
            if media_type is None:
                raise NotAsked(406, f"Answers are {GRAPHQL} or {JSON}.")
            if self.cookie in request.cookies and foreign(request, self.friends):
                raise NotAsked(403, "A page of another site may not use this session.")
            asked = await _read(request)
            context = await self.context(request)
            result = await self.run(asked, request.method, context)
        except NotAsked as problem:
            return _not_asked(problem, media_type or JSON)
        except Exception as error:
            if not away.away(error):
                raise
            log.error("nobody knows who asks, the database is away: %r", error)
            return _unavailable(media_type or JSON)
        return _answer(result, media_type, context)

    async def context(self, request: HTTPConnection) -> Context:
        """Who asks, from where."""
        cookie, authorization = request.cookies.get(self.cookie), request.headers.get("authorization")
        return Context(
            identity=await self.identify(cookie, authorization),
            cookie=cookie,
            authorization=authorization,
            ip=request.client.host if request.client else "unknown",
            user_agent=request.headers.get("user-agent"),
            secure=request.url.scheme in ("https", "wss"),
            request_id=request.scope.get("state", {}).get("request_id", ""),
        )

    async def run(self, asked: Asked, method: str, context: Context) -> ExecutionResult:
        """Run the operation, if it may come by this method. Raises NotAsked."""
        try:
            return await self.schema.execute(
                asked.document,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=BY_METHOD[method],
            )
        except InvalidOperationTypeError as wrong:
            if wrong.operation_type is OperationType.SUBSCRIPTION:
                raise NotAsked(400, "Subscribe over the websocket (graphql-transport-ws).") from wrong
            raise NotAsked(405, "Mutations come by POST.", allow="POST") from wrong
        except CannotGetOperationTypeError as wrong:
            raise NotAsked(400, "There is no such operation in the document, or none was named.") from wrong


async def _read(request: Request) -> Asked:
    if request.method == "POST":
        if not is_json(request.headers.get("content-type")):
            raise NotAsked(415, f"The body must be {JSON} in UTF-8.")
        given = _json(await _body(request), "The body")
        if isinstance(given, list):
            raise NotAsked(400, "One operation a request: there are no batches.")
    else:
        given = dict(request.query_params)
        for name in ("variables", "extensions"):
            given[name] = _json(given[name].encode(), f"`{name}`") if given.get(name) else None
    if not isinstance(given, dict):
        raise NotAsked(400, "The body must be a JSON object.")
    return _checked(given)


def _checked(given: dict[str, Any]) -> Asked:
    for name, kind in (("query", str), ("documentId", str), ("operationName", str)):
        if not isinstance(given.get(name), kind | None):
            raise NotAsked(400, f"`{name}` must be a string.")
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            raise NotAsked(400, f"`{name}` must be an object.")
    document = given.get("documentId") or given.get("query")
    if not document:
        raise NotAsked(400, "Say what to run: `query`, or the `documentId` of a trusted document.")
    return Asked(document, given.get("variables"), given.get("operationName"))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise NotAsked(413, f"The body is over {BODY_BYTES_MAX} bytes.")
    return bytes(body)


def _json(raw: bytes, what: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NotAsked(400, f"{what} is no JSON.") from None


def _answer(result: ExecutionResult, media_type: str | None, context: Context) -> Response:
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
    response = _response(status, body, media_type or JSON)
    for name, value in context.response_headers:
        response.headers.append(name, value)
    return response


def _not_asked(problem: NotAsked, media_type: str) -> Response:
    body = {"errors": [{"message": str(problem), "extensions": {"code": "BAD_REQUEST"}}]}
    response = _response(problem.status, body, media_type)
    if problem.allow:
        response.headers["allow"] = problem.allow
    return response


def _unavailable(media_type: str) -> Response:
    return _response(503, {"errors": [{"message": away.WORDS, "extensions": {"code": UNAVAILABLE}}]}, media_type)


def _response(status: int, body: dict[str, Any], media_type: str) -> Response:
    headers = {"content-type": f"{media_type}; charset=utf-8", "cache-control": "no-store", "vary": "Accept"}
    headers["x-content-type-options"] = "nosniff"
    if status == 503:
        headers["retry-after"] = str(away.RETRY_AFTER_SECONDS)
    return Response(orjson.dumps(body), status, headers)
