"""`./mall source`, `./mall order` and `./mall refund`: what a mall's till does, from a terminal."""

import asyncio
import json
import math
import sys
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from backend.earning import signatures, sources
from backend.kit import clock, db, ids
from backend.kit.opening import opened

TIMEOUT_SECONDS = 10


async def source_command(name: str) -> None:
    """Print the key that source `name` signs its events with, made the first time."""
    async with opened():
        print(await db.transact(sources.show_key, name=name))


def order_command(member: str, yuan: float, source: str, server: str) -> int:
    """Tell a running server that `member` has paid an order of `yuan`, signed as a mall's till would sign it."""
    if not math.isfinite(yuan * 100) or yuan < 0:
        print("An order is paid with an amount of 0 or more, for example 88.50.", file=sys.stderr)
        return 1
    order = str(ids.new())
    data = {"member": member, "order": order, "total_minor": round(yuan * 100), "currency": "CNY"}
    return _send("order.paid", order, data, source, server)


def refund_command(member: str, order: str, yuan: float | None, source: str, server: str) -> int:
    """Tell a running server that `yuan` of an order, or all that is left of it, was given back to `member`."""
    if yuan is not None and not (math.isfinite(yuan * 100) and round(yuan * 100) > 0):
        print("A refund gives back more than 0, for example 20.50.", file=sys.stderr)
        return 1
    given_back: dict[str, Any] = {"whole": True} if yuan is None else {"amount_minor": round(yuan * 100)}
    data = {"member": member, "order": order, "currency": "CNY", **given_back}
    return _send("order.refunded", str(ids.new()), data, source, server)


def _send(kind: str, event_id: str, data: Mapping[str, Any], source: str, server: str) -> int:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "time": clock.now().isoformat(),
        "data": data,
    }
    status, answer = _post(server + "/events", json.dumps(event).encode(), asyncio.run(_key(source)))
    print(answer)
    return 0 if status == 200 else 1


def _post(address: str, body: bytes, key: str) -> tuple[int, str]:
    message_id, timestamp = str(ids.new()), int(clock.now().timestamp())
    headers = {
        "content-type": "application/cloudevents+json",
        signatures.ID: message_id,
        signatures.TIMESTAMP: str(timestamp),
        signatures.SIGNATURE: signatures.sign(sources.key_bytes(key), message_id, timestamp, body),
    }
    try:
        with urlopen(Request(address, body, headers), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()
    except URLError as unreachable:
        print(f"{address}: {unreachable.reason}. Is ./mall serve running?", file=sys.stderr)
        return 0, ""


async def _key(name: str) -> str:
    async with opened():
        return await db.transact(sources.open_source, name=name)
