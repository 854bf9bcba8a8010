"""GraphQL over a websocket (graphql-transport-ws): who is there, how much she may ask, and until when."""

import asyncio
import contextlib
import logging
from datetime import timedelta

import orjson
from graphql import GraphQLFormattedError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType

from backend.kit import away
from backend.kit.graphql.asking import Context
from backend.kit.graphql.origins import foreign
from backend.kit.graphql.over_http import GraphQLOverHttp

NO_PAYLOAD: UnsetType = UNSET
SUBSCRIPTIONS_MAX = 20
MESSAGE_BYTES_MAX = 64 * 1024
"""For whoever runs the server: it is the one that reads messages."""
INIT_WAIT = timedelta(seconds=10)
STILL_THERE = timedelta(seconds=60)
"""How often an open socket is asked whether its session still holds. Every operation asks as well."""
SIGNED_OUT = 4403
AWAY = (SQLAlchemyError, OSError)
"""The database does not answer, so nobody knows whether a session holds."""
log = logging.getLogger(__name__)


class _Handler(BaseGraphQLTransportWSHandler[Context, None]):
    async def handle(self) -> None:
        closed = asyncio.Event()
        watch = asyncio.create_task(self.leave_when_signed_out(closed))
        try:
            await super().handle()
        finally:
            # Told, not cancelled: a read cut short leaves its connection open and unknown to the pool.
            closed.set()
            await watch

    async def handle_message(self, message: Message) -> None:
        try:
            await super().handle_message(message)
        except (TypeError, AttributeError):  # A list, a number, a payload that is null …
            await self.handle_invalid_message("Failed to parse message")

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        try:
            if self.connection_acknowledged and not await self.still_there():
                return
        except AWAY as error:
            log.warning("an operation is turned away, the database does not say for whom it is: %r", error)
            payload: list[GraphQLFormattedError] = [{"message": away.WORDS}]
            await self.send_message({"id": message["id"], "type": "error", "payload": payload})
            return
        await super().handle_subscribe(message)

    async def leave_when_signed_out(self, closed: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(closed.wait(), STILL_THERE.total_seconds())
            if closed.is_set():
                return
            try:
                if not await self.still_there():
                    return
            except AWAY as error:
                log.warning("whether a socket's session still holds is asked again: %r", error)

    async def still_there(self) -> bool:
        there: bool = await self.view.still_there(self.context)  # type: ignore[attr-defined]
        if not there:
            await self.websocket.close(code=SIGNED_OUT, reason="Signed out")
        return there


class GraphQLOverWebsocket(GraphQL[Context, None]):
    """The websocket at the same address as `http`, with the same members behind it.

    A cookie counts only from our own pages. Whoever sends no cookie says who she is in the first message:
    `{"authorization": "Bearer …"}`.
    """

    graphql_transport_ws_handler_class = _Handler

    def __init__(self, http: GraphQLOverHttp) -> None:
        super().__init__(
            http.schema,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=INIT_WAIT,
            max_subscriptions_per_connection=SUBSCRIPTIONS_MAX,
        )
        self.http = http

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The socket's; it lives as long as the socket does."""
        return await self.http.context(request)

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Take the authorization of the first message, if there is one. An invalid one is refused."""
        given = (context.connection_params or {}).get("authorization")
        if given is not None:
            context.authorization = str(given)
            context.identity = await self.http.identify(None, context.authorization)
            if context.identity.member_id is None and context.identity.operator is None:
                raise ConnectionRejectionError
        return NO_PAYLOAD

    async def still_there(self, context: Context) -> bool:
        """Whether what she came in with still holds; somebody who came as nobody stays."""
        before = context.identity
        if before.member_id is None and before.operator is None:
            return True
        now = await self.http.identify(context.cookie, context.authorization)
        return (now.member_id, now.operator) == (before.member_id, before.operator)

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """Another site's page may connect, but not with our cookie."""
        return self.http.cookie not in request.cookies or not foreign(request, self.http.friends)

    def decode_json(self, data: str | bytes) -> object:
        """Read a message."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str | bytes:
        """Write a message, as text: clients expect no binary ones."""
        return orjson.dumps(data).decode()
