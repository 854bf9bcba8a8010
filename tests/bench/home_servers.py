"""One side of `./mall bench home` in a process of its own: the product, Strawberry as it comes, or the limit."""

import sys
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from backend.app import create_app, lifespan
from backend.kit.graphql import Context
from backend.members import sessions
from backend.serving import configuration
from tests.bench import home_limit
from tests.bench.strawberry_alone import plain_schema


class StockView(GraphQL[Context, None]):
    """Strawberry's own view, with the same members behind it."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Who asks."""
        return Context(
            identity=await sessions.identify(request.cookies.get(sessions.COOKIE), request.headers.get("authorization"))
        )


def stock() -> Starlette:
    """The same types and resolvers in a schema without anything of ours around it."""
    return Starlette(routes=[Route("/graphql", StockView(plain_schema(), graphql_ide=None))], lifespan=lifespan)


SIDES: dict[str, Callable[[], Starlette]] = {"ours": create_app, "stock": stock, "limit": home_limit.app}


if __name__ == "__main__":
    settled = configuration(SIDES[sys.argv[1]]())
    settled.port = int(sys.argv[2])
    uvicorn.Server(settled).run()
