"""The one door: GraphQL over HTTP and websocket, events from malls, the phone app, and a sign of life."""

import asyncio
import gc
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import fields
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute

from backend.auctions import facts
from backend.charity import desk_files
from backend.earning import receiving
from backend.games import record
from backend.kit import audience, away, clock, db, hearing, leaving, live
from backend.kit.graphql import counting
from backend.kit.graphql.compiled.executor import counted
from backend.kit.graphql.origins import foreign
from backend.kit.graphql.over_http import GraphQLOverHttp
from backend.kit.graphql.over_websocket import GraphQLOverWebsocket
from backend.kit.metrics import Labels, Now
from backend.kit.rate_limit import TooManyRequests
from backend.kit.request_ids import RequestIds
from backend.kit.settings import ROOT, settings
from backend.kit.static_site import ASK_FIRST, COMMON_HEADERS, FOR_EVER, StaticSite
from backend.ledger import publishing, statement_files
from backend.members import sessions
from backend.observing import doors, private_door, traces
from backend.observing.sockets import Doorkeeper
from backend.privacy import exporting
from backend.schema import schema

Work = Callable[[], Coroutine[Any, Any, None]]
PHONE = ROOT / "pwa" / "dist"
EVERY = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""Each door says itself what it does not take: a route that does not match would end at the phone app."""
EVENTS_BYTES_MAX = 1024 * 1024
PING_SECONDS_MAX = 2.0
YOUNG_MAX = 20_000
"""So many new objects are there before rings are looked for among them: an answer makes hundreds, and hardly a ring."""
log = logging.getLogger(__name__)


def create_app(work: Work | None = None) -> Starlette:
    """The whole product as one ASGI app. Its lifespan opens the database and runs `work` beside the requests.

    Raises DocumentsDoNotFit when the phone app was built for another schema.
    """
    schema.trust_file(PHONE / "documents.json")
    friends = frozenset(filter(None, (origin.strip() for origin in settings().origins.split(","))))
    http = GraphQLOverHttp(schema, sessions.recognise, sessions.COOKIE, friends)
    routes = [
        Route("/graphql", http),
        WebSocketRoute("/graphql", GraphQLOverWebsocket(http)),
        Route("/events", events, methods=EVERY),
        Route("/export", partial(export, friends=friends), methods=EVERY),
        Route("/healthz", healthz, methods=["GET"]),
        *doors.routes(may_read_metrics, operations),
        Route("/checkpoints/{name:path}", checkpoints, methods=EVERY),
        Route("/draws/{name}", draws, methods=EVERY),
        Route("/statements/{name}", partial(statement_file, friends), methods=EVERY),
        Route("/desk/statements/{name}", partial(desk_file, friends, desk_files.statement_file), methods=EVERY),
        Route("/desk/{name}", partial(desk_file, friends, desk_files.project_file), methods=EVERY),
        Mount("/", StaticSite(PHONE)),
    ]
    return Starlette(routes=routes, middleware=_middleware(friends), lifespan=partial(lifespan, work=work))


async def events(request: Request) -> Response:
    """Signed events from a mall (CloudEvents 1.0, single or batch)."""
    if request.method != "POST":
        return _json(405, {"error": "Events come by POST."}, {"allow": "POST"})
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > EVENTS_BYTES_MAX:
            return _json(413, {"error": f"The body is over {EVENTS_BYTES_MAX} bytes: send smaller batches."})
    try:
        return _json(*await receiving.receive(request.headers, bytes(body)))
    except Exception as error:
        if not away.away(error):
            raise
        log.error("events are turned away, the database is away: %r", error)
        return _json(503, {"error": away.WORDS}, {"retry-after": str(away.RETRY_AFTER_SECONDS)})


async def checkpoints(request: Request) -> Response:
    """What was sealed, for anyone to read: see ledger.publishing."""
    if request.method not in ("GET", "HEAD"):
        return _json(405, {"error": "Checkpoints are read by GET."}, {"allow": "GET, HEAD"})
    found = await publishing.read_published(request.path_params["name"])
    if found is None:
        return _json(404, {"error": "There is no such file."})
    tag = f'"{hashlib.sha256(found.content).hexdigest()[:32]}"'
    headers = {**COMMON_HEADERS, "etag": tag, "cache-control": FOR_EVER if found.for_ever else ASK_FIRST}
    # Whoever checks may do so from a page of their own.
    headers |= {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.kind)


async def draws(request: Request) -> Response:
    """A round of draws, for anyone to compute again: see games.record."""
    if request.method not in ("GET", "HEAD"):
        return _json(405, {"error": "Rounds are read by GET."}, {"allow": "GET, HEAD"})
    found = await record.find(request.path_params["name"])
    if found is None:
        return _json(404, {"error": "There is no such round."})
    headers = {**COMMON_HEADERS, "cache-control": FOR_EVER if found.for_ever else ASK_FIRST}
    headers |= {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
    return StreamingResponse(record.written(found), headers=headers, media_type="application/json")


async def statement_file(friends: Collection[str], request: Request) -> Response:
    """The signed-in member's own statement of a month, as 2026-10.csv or 2026-10.json."""
    if request.method != "GET":
        return _json(405, {"error": "Statements are read by GET."}, {"allow": "GET"})
    cookie, name = request.cookies.get(sessions.COOKIE), request.path_params["name"]
    if cookie is not None and foreign(request, friends):
        return _json(403, {"error": "A page of another site may not use this session."})
    member_id = (await sessions.identify(cookie, request.headers.get("authorization"))).member_id
    if member_id is None:
        return _json(401, {"error": "Sign in first: a statement is its member's own."})
    file = await statement_files.read(member_id, name, _language(request))
    if file is None:
        return _json(404, {"error": "There is no statement of that name: ask for a month such as 2026-10.csv."})
    form = name.rpartition(".")[2]
    headers = {**COMMON_HEADERS, "cache-control": "private, no-store", "vary": "accept-language, authorization, cookie"}
    headers["content-disposition"] = f'attachment; filename="statement-{name}"'
    return StreamingResponse(
        statement_files.written(file, form), headers=headers, media_type=statement_files.MEDIA_TYPES[form]
    )


async def desk_file(
    friends: Collection[str], read: Callable[[UUID, str], Awaitable[desk_files.DeskFile | None]], request: Request
) -> Response:
    """A file of the charity whose staff the signed-in member is, by this very request: BOOKS.csv, 2026-10.json."""
    if request.method != "GET":
        return _json(405, {"error": "A desk's files are read by GET."}, {"allow": "GET"})
    cookie, name = request.cookies.get(sessions.COOKIE), request.path_params["name"]
    if cookie is not None and foreign(request, friends):
        return _json(403, {"error": "A page of another site may not use this session."})
    member_id = (await sessions.identify(cookie, request.headers.get("authorization"))).member_id
    if member_id is None:
        return _json(401, {"error": "Sign in first: a desk is its charity's own."})
    file = await read(member_id, name)
    if file is None:
        return _json(404, {"error": "There is no such file on your desk."})
    headers = {**COMMON_HEADERS, "cache-control": "private, no-store", "vary": "authorization, cookie"}
    headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(file.content, headers=headers, media_type=file.media_type)


def _language(request: Request) -> str:
    """ZH_CN or EN: what `lang` says, else the first of the two that the reader's browser prefers."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    tags = (tag.strip().lower()[:2] for tag in asked.split(","))
    return "EN" if next((tag for tag in tags if tag in ("zh", "en")), "zh") == "en" else "ZH_CN"


async def export(request: Request, friends: frozenset[str] = frozenset()) -> Response:
    """Everything kept about the member who asks, as a file: see privacy.exporting."""
    if request.method != "GET":
        return _json(405, {"error": "An export is read by GET."}, {"allow": "GET"})
    cookie = request.cookies.get(sessions.COOKIE)
    if cookie and foreign(request, friends):
        return _json(403, {"error": "A page of another site may not use this session."})
    identity = await sessions.identify(cookie, request.headers.get("authorization"))
    if identity.member_id is None:
        return _json(401, {"error": "Sign in first."})
    try:
        await exporting.count_try(identity.member_id)
    except TooManyRequests as refused:
        return _json(429, {"error": str(refused)}, {"retry-after": str(refused.retry_after_seconds)})
    name = f"points-mall-{clock.now():%Y-%m-%d}.json"
    headers = {**COMMON_HEADERS, "cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(exporting.export(identity.member_id), 200, headers, "application/json")


async def healthz(_request: Request) -> Response:
    """200 while this process answers and its database does."""
    try:
        async with asyncio.timeout(PING_SECONDS_MAX), db.read() as session:
            await (await session.connection()).execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.error("the database does not answer: %s", error)
        return _json(503, {"status": "the database does not answer"})
    return _json(200, {"status": "ok"})


async def may_read_metrics(request: Request) -> bool:
    """Whether metrics are for this reader: an operator, or who shows MALL_METRICS_TOKEN. Raises when nobody knows."""
    if doors.shows_the_token(request):
        return True
    return (await sessions.identify(None, request.headers.get("authorization"))).operator is not None


def operations() -> Iterator[Now]:
    """What became of operations, as the executor counts them, and which are open on websockets."""
    told: dict[Labels, float] = {(what.name,): getattr(counted, what.name) for what in fields(counted)}
    words = "Operations by what became of them: compiled, run by a plan, run as they always were."
    yield Now("mall_plans", words, ("what",), told, grows=True)
    subscribed: dict[Labels, float] = {(name,): many for name, many in counting.how_many_open().items()}
    words = "Operations open on websockets: subscriptions, but for what is answered in a moment."
    yield Now("mall_subscriptions", words, ("operation",), subscribed)


@asynccontextmanager
async def lifespan(_app: Starlette, work: Work | None = None) -> AsyncIterator[None]:
    """Connect, work beside the requests, and finish what was begun before leaving."""
    db.connect(settings().async_database_url(), replica_url=settings().async_replica_url())
    await live.connect(settings().redis_url)
    leaving.stay()
    working = asyncio.create_task(work()) if work else None
    listening = asyncio.create_task(hearing.listen_forever())
    # What was built at the start lives as long as the process: no collection need look at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, *gc.get_threshold()[1:])
    try:
        with traces.sent():
            async with private_door.opened(operations), audience.exchanged(facts.STREAMS):
                yield
    finally:
        leaving.begin()
        if working is not None:
            await leaving.finish(working)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await live.disconnect()
        await db.disconnect()
        leaving.stay()


def _middleware(friends: frozenset[str]) -> list[Middleware]:
    stack = [Middleware(Doorkeeper), Middleware(RequestIds)]
    if friends:
        allowed = Middleware(
            CORSMiddleware,
            allow_origins=sorted(friends),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
            allow_credentials=True,
        )
        stack.append(allowed)
    return stack


def _json(status: int, body: object, headers: dict[str, str] | None = None) -> Response:
    plain = {"cache-control": "no-store", "x-content-type-options": "nosniff", **(headers or {})}
    return Response(orjson.dumps(body), status, plain, "application/json")
