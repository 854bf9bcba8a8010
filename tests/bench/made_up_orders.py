"""Orders nobody placed: a file of any size for `./mall import`, the same for the same number, end and seed."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

SEED = 20261122
ORDERS_EACH = 10
MONTHS = 13
YUAN_MEDIAN = 80
REFUNDED_BP = 200
"""So many of ten thousand orders are given back, whole or in part, days later."""
REFUND_DAYS_MAX = 10
DAY = timedelta(days=1)


def write(path: Path, orders: int, until: datetime, seed: int = SEED) -> int:
    """Write so many orders of the months before `until` with their refunds as JSON lines, in the order of time.

    Returns how many lines.
    """
    lines = sorted(_told(orders, until, random.Random(seed)), key=lambda line: str(line["at"]))
    path.write_bytes(b"\n".join(orjson.dumps(line) for line in lines) + b"\n")
    return len(lines)


def _told(orders: int, until: datetime, chance: random.Random) -> Iterator[dict[str, Any]]:
    members, last = max(1, orders // ORDERS_EACH), until - REFUND_DAYS_MAX * DAY
    for number in range(orders):
        at = last - chance.random() * 30 * MONTHS * DAY
        fen = max(1, round(100 * YUAN_MEDIAN * chance.lognormvariate(0, 1)))
        who = {"member": f"m{chance.randrange(members)}", "order": f"o{number}"}
        yield {"type": "order.paid", "at": at.isoformat(), **who, "total_cents": fen}
        if chance.randrange(10_000) < REFUNDED_BP:
            back = {"whole": True} if chance.random() < 0.5 else {"amount_cents": 1 + chance.randrange(fen)}
            later = at + chance.random() * REFUND_DAYS_MAX * DAY
            yield {"type": "order.refunded", "at": later.isoformat(), **who, **back}
