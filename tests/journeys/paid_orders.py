"""What a mall's till does when an order is paid: one signed event to the product's door."""

import time
from typing import Any
from uuid import uuid4

import httpx2
import orjson

from backend.earning import signatures, sources
from backend.kit import clock, db
from tests.journeys.a_running_mall import Mall

SOURCE = "journey-shop"


async def the_key(mall: Mall) -> bytes:
    """The key that the till signs with."""
    async with mall.books():
        return sources.key_bytes(await db.transact(sources.open_source, name=SOURCE))


async def pay(mall: Mall, key: bytes, member: str, yuan: int) -> float:
    """Tell of a paid order; returns the moment, in seconds since 1970, at which the server has answered."""
    order = str(uuid4().int % 10**16)
    event = {
        "specversion": "1.0",
        "id": order,
        "source": SOURCE,
        "type": "order.paid",
        "time": clock.now().isoformat(),
        "data": {"member": member, "order": order, "total_minor": yuan * 100, "currency": "CNY"},
    }
    answer = await _deliver(mall, key, orjson.dumps(event))
    assert answer.json()["accepted"] == 1, answer.text
    return time.time()


async def _deliver(mall: Mall, key: bytes, body: bytes) -> Any:
    name, moment = str(uuid4()), int(time.time())
    headers = {
        "content-type": "application/cloudevents+json",
        signatures.ID: name,
        signatures.TIMESTAMP: str(moment),
        signatures.SIGNATURE: signatures.sign(key, name, moment, body),
    }
    async with httpx2.AsyncClient(base_url=mall.address, timeout=20) as till:
        return await till.post("/events", content=body, headers=headers)
