"""Deliveries to the door, signed as a mall's till signs them."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from backend.earning import receiving, signatures, sources
from backend.kit import clock, db


def an_event(member: str = "ann", yuan: float = 100, **over: Any) -> dict[str, Any]:
    """A CloudEvent of a paid order; `over` replaces attributes, or leaves them out when None."""
    event_id = str(uuid4())
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": "shop",
        "type": "order.paid",
        "time": clock.now().isoformat(),
        "data": {"member": member, "order": event_id, "total_minor": round(yuan * 100), "currency": "CNY"},
    }
    event |= over
    return {name: value for name, value in event.items() if value is not None}


async def signed(body: bytes, *, source: str = "shop", late: timedelta = timedelta(0)) -> Mapping[str, str]:
    """The headers that make `body` believable."""
    key = sources.key_bytes(await db.transact(sources.open_source, name=source))
    timestamp = int((clock.now() - late).timestamp())
    return {
        signatures.ID: "m1",
        signatures.TIMESTAMP: str(timestamp),
        signatures.SIGNATURE: signatures.sign(key, "m1", timestamp, body),
    }


async def deliver(content: Any) -> receiving.Answer:
    """Deliver one event or a list of them, well signed."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return await receiving.receive(await signed(body), body)
