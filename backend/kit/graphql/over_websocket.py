"""GraphQL over a websocket (graphql-transport-ws): who is there, how much she may ask, and until when."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from secrets import token_hex

import orjson
from graphql import GraphQLFormattedError
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType

from backend.kit import away
from backend.kit.graphql import counting
from backend.kit.graphql.asking import Context
from backend.kit.graphql.broadcasting import Broadcast, Broadcasts
from backend.kit.graphql.origins import foreign
from backend.kit.graphql.over_http import GraphQLOverHttp
from backend.kit.graphql.still_there import AWAY, Sessions
from backend.kit.line import LINE, Line

NO_PAYLOAD: UnsetType = UNSET
SUBSCRIPTIONS_MAX = 20
MESSAGE_BYTES_MAX = 64 * 1024
"""For whoever runs the server: it is the one that reads messages."""
INIT_WAIT = timedelta(seconds=10)
STILL_THERE = timedelta(seconds=60)
"""How often an open socket is asked whether its session still holds. Every operation asks as well."""
SIGNED_OUT = 4403
log = logging.getLogger(__name__)


class _Joined(Operation[Context, None]):
    """A subscription that hears a broadcast: it has no task of its own, nor a text."""

    __slots__ = ("broadcast", "line", "prefix")

    def __init__(self, handler: "_Handler", id: str, broadcast: Broadcast, line: Line) -> None:  # noqa: A002
        super().__init__(handler, id, "", None, None)
        self.broadcast, self.line = broadcast, line
        self.prefix = b'{"id":' + orjson.dumps(id)

    def tell(self, body: bytes) -> None:
        """Send a message that goes on with `body` after its id, without waiting."""
        self.line.tell(self.prefix + body)

    def over(self) -> None:
        """Nothing more will be told."""
        self.handler.operations.pop(self.id, None)
        counting.over(self.broadcast.label)


class _Handler(BaseGraphQLTransportWSHandler[Context, None]):
    view: "GraphQLOverWebsocket"

    async def handle(self) -> None:
        # What the handshake said is read by now; it would be kept as long as the socket is open.
        self.websocket.ws.scope["headers"] = []  # type: ignore[attr-defined]
        self.view.sessions.watch(self)
        try:
            await super().handle()
        finally:
            await self.view.sessions.forget(self)

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
        if not self.join(message):
            await super().handle_subscribe(message)

    def join(self, message: SubscribeMessage) -> bool:
        """Whether what is asked is broadcast, and heard from now on. What may not be asked is for others to refuse."""
        may = self.connection_acknowledged and message["id"] not in self.operations
        if not may or len(self.operations) >= SUBSCRIPTIONS_MAX or not isinstance(message["id"], str):
            return False
        line: Line | None = self.websocket.ws.scope.get("extensions", {}).get(LINE)  # type: ignore[attr-defined]
        broadcast = line and self.view.broadcasts.find(dict(message["payload"]))
        if not line or not broadcast:
            return False
        joined = _Joined(self, message["id"], broadcast, line)
        self.operations[joined.id] = joined
        counting.begun(broadcast.label)
        broadcast.join(joined)
        return True

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        with counting.open_meanwhile(self.label_of(operation)):
            await super().run_operation(operation)

    async def send_message(self, message: Message) -> None:
        if message["type"] == "next" and (operation := self.operations.get(message["id"])):
            counting.TOLD.add(self.label_of(operation))
        await super().send_message(message)

    def label_of(self, operation: Operation[Context, None]) -> str:
        # Nobody has looked yet whether it is a text.
        return self.view.http.schema.documents.label(str(operation.query))

    async def cleanup_operation(self, operation_id: str) -> None:
        operation = self.operations.get(operation_id)
        if isinstance(operation, _Joined):
            operation.over()
            operation.broadcast.leave(operation)
        else:
            await super().cleanup_operation(operation_id)

    async def still_there(self) -> bool:
        there = await self.view.still_there(self.context)
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
        self.sessions = Sessions(lambda: STILL_THERE)
        self.broadcasts = Broadcasts(http.schema, lambda: Context(request_id=token_hex(8)))

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The socket's; it lives as long as the socket does."""
        return await self.http.context(HTTPConnection(request.scope))

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
        asking = HTTPConnection(request.scope)
        return self.http.cookie not in asking.cookies or not foreign(asking, self.http.friends)

    def get_websocket_headers(self, request: WebSocket) -> Mapping[str, str]:
        """Read for once: the socket keeps what it is asked for itself."""
        return HTTPConnection(request.scope).headers

    def decode_json(self, data: str | bytes) -> object:
        """Read a message."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str | bytes:
        """Write a message, as text: clients expect no binary ones."""
        return orjson.dumps(data).decode()
