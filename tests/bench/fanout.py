"""`./mall bench fanout`: one event of an auction to all who watch it, ours against Strawberry's own subscriptions.

Both sides run the same resolvers of the same schema behind the same server settings, each in a process of its own, and
keep the same number of sockets open. They take turns event by event, so that a machine that slows down slows both. What
counts is how much the server computes for a message; how long messages take is printed, for it is the machine's as much
as ours.
"""

import json
import resource
import statistics
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from backend.kit.settings import ROOT
from tests.bench.json_lines import a_process, ask

SOCKETS, EVENTS, ROUNDS = 5_000, 5, 5
FIRST = 100
"""Sockets that are there before it is weighed what one costs: what is made once is made for them."""
CROWDS = 2
WANTED = 9.0
HELD_BACK = 200
"""Files a process needs besides its sockets."""


@dataclass
class Side:
    """One server and its phones."""

    name: str
    server: Process
    crowds: list[Process]
    version: int = 0
    kib: float = 0.0
    micros: list[float] = field(default_factory=list)
    """Processor time for a message, one figure a round."""
    delays: list[int] = field(default_factory=list)
    """How long each message took, in ns."""

    async def connect(self, sockets: int) -> None:
        """Open the sockets and weigh them."""
        await self._each("connect", count=FIRST // CROWDS)
        before = await ask(self.server, "weigh")
        await self._each("connect", count=(sockets - FIRST) // CROWDS)
        self.kib = ((await ask(self.server, "weigh"))["kib"] - before["kib"]) / (sockets - FIRST)

    async def tell(self, events: int, sockets: int, *, counts: bool) -> None:
        """Tell everybody so many events, one after another."""
        before, delays = await ask(self.server, "weigh"), list[int]()
        for _ in range(events):
            self.version += 1
            await self._each("hear")
            told_at = await ask(self.server, "tell", version=self.version)
            delays += [one for some in await self._each("delays", told_at=told_at) for one in some]
        seconds = (await ask(self.server, "weigh"))["seconds"] - before["seconds"]
        if counts:
            self.micros.append(seconds * 1e6 / (events * sockets))
            self.delays += delays

    async def _each(self, name: str, **asked: Any) -> list[Any]:
        return [await ask(crowd, name, **asked) for crowd in self.crowds]


async def fanout_command(*, as_json: bool, sockets: int = SOCKETS, rounds: int = ROUNDS, events: int = EVENTS) -> int:
    """Measure, print each round, medians, and the ratio of messages a second of processor time, ours ÷ Strawberry's."""
    sockets = _as_many_as_may_be(sockets)
    async with AsyncExitStack() as stack:
        sides = [await stack.enter_async_context(_a_side(name)) for name in ("ours", "stock")]
        for side in sides:
            await side.connect(sockets)
        for number in range(rounds + 1):
            # Each begins every other round; in the first, caches are filled and plans are made.
            for side in sides[:: 1 if number % 2 else -1]:
                await side.tell(events, sockets, counts=number > 0)
            if number:
                print(f"round {number}: " + ", ".join(f"{one.name} {one.micros[-1]:.1f} µs" for one in sides))
    ours, stock = sides
    ratios = [theirs / mine for mine, theirs in zip(ours.micros, stock.micros, strict=True)]
    ratio = statistics.median(ratios)
    for side in sides:
        print(_shown(side, sockets))
    print(f"fanout ÷ stock {ratio:.1f} ({min(ratios):.1f} to {max(ratios):.1f}; wanted ≥ {WANTED:.0f})")
    if as_json:
        absolutes = {side.name: _absolutes(side) for side in sides}
        print(
            json.dumps(
                {"name": "fanout", "ratios": {"fanout_vs_stock": round(ratio, 2)}, "sockets": sockets, **absolutes}
            )
        )
    return 0


def _as_many_as_may_be(sockets: int) -> int:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most != resource.RLIM_INFINITY and most < sockets + HELD_BACK:
        sockets = (most - HELD_BACK) // CROWDS * CROWDS
        print(f"this machine lets a process open {most} files: {sockets} sockets")
    return sockets


@asynccontextmanager
async def _a_side(name: str) -> AsyncIterator[Side]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(a_process("tests.bench.fanout_server", name))
        where = await ask(server, "where")
        asked = (str(where["port"]), _document(), json.dumps({"id": where["auction"]}))
        crowds = [
            await stack.enter_async_context(a_process("tests.bench.fanout_phones", *asked)) for _ in range(CROWDS)
        ]
        yield Side(name, server, crowds)


def _document() -> str:
    """The phone's own."""
    text = (ROOT / "pwa" / "src" / "auctions" / "auction.graphql").read_text("utf-8")
    parts = ("subscription AuctionStanding(", "fragment AuctionStandingParts ")
    return "\n".join(text[text.index(part) :].partition("\n}")[0] + "\n}" for part in parts)


def _absolutes(side: Side) -> dict[str, float]:
    cuts = statistics.quantiles(side.delays, n=100)
    return {
        "us_a_message": round(statistics.median(side.micros), 2),
        "messages_a_second_of_processor": round(1e6 / statistics.median(side.micros)),
        "p50_ms": round(cuts[49] / 1e6, 1),
        "p99_ms": round(cuts[98] / 1e6, 1),
        "kib_a_socket": round(side.kib, 1),
    }


def _shown(side: Side, sockets: int) -> str:
    found = _absolutes(side)
    return (
        f"{side.name}: {found['us_a_message']} µs a message ({min(side.micros):.1f} to {max(side.micros):.1f}), "
        f"{found['messages_a_second_of_processor']} messages a second of processor time; to {sockets} sockets "
        f"p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms; {found['kib_a_socket']} KiB a socket"
    )
