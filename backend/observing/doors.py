"""/livez, /readyz and /metrics: for whoever starts, balances and watches the processes."""

import hmac
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.kit.metrics import Now
from backend.kit.settings import settings
from backend.observing import exposition, standing

ASKED_LATELY_SECONDS = 60.0
Readings = Callable[[], Iterable[Now]]
MayRead = Callable[[Request], Awaitable[bool]]

_ready_asked_at: float | None = None


def routes(may_read: MayRead, readings: Readings = tuple) -> list[Route]:
    """The three doors. `may_read` judges who gets metrics; `readings` are more of them than are known here."""

    async def metrics(request: Request) -> Response:
        """What this process has counted and how it stands, for Prometheus."""
        if not await may_read(request):
            headers = {"cache-control": "no-store", "www-authenticate": 'Bearer realm="metrics"'}
            return Response("Metrics are for operators and for who knows MALL_METRICS_TOKEN.\n", 401, headers)
        found = exposition.text([*await standing.everything(), *readings()])
        return Response(found, headers={"cache-control": "no-store"}, media_type=exposition.MEDIA_TYPE)

    return [
        Route("/livez", livez, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


async def livez(_request: Request) -> Response:
    """200 while this process answers at all. A database that is away is no reason to start it anew."""
    return _json(200, {"status": "alive"})


async def readyz(_request: Request) -> Response:
    """200 while this process wants requests; 503 with the reason when it is leaving or could not answer them."""
    global _ready_asked_at
    _ready_asked_at = time.monotonic()
    trouble = await standing.trouble()
    return _json(200, {"status": "ready"}) if trouble is None else _json(503, {"status": trouble})


def is_balanced() -> bool:
    """Whether somebody asks /readyz now and then, to send requests elsewhere when the answer is no."""
    return _ready_asked_at is not None and time.monotonic() - _ready_asked_at < ASKED_LATELY_SECONDS


def shows_the_token(request: Request) -> bool:
    """Whether a request carries MALL_METRICS_TOKEN."""
    token, (scheme, _, shown) = settings().metrics_token, request.headers.get("authorization", "").partition(" ")
    return token is not None and scheme.lower() == "bearer" and hmac.compare_digest(shown.encode(), token.encode())


async def anybody(_request: Request) -> bool:
    """At a door of its own, on a private network, whoever reaches it may read."""
    return True


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, "application/json")
