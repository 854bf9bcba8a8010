"""Members at work while things break: each asks until she has an answer, always with the same key."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import httpx2
import orjson

from backend.earning import signatures
from backend.kit.graphql import global_id
from tests.journeys.a_running_mall import COOKIE, Somebody
from tests.journeys.test_the_rush import TRUST

PRICE = 10
SOURCE = "faults-shop"
ANSWER_SECONDS_MAX = 15.0
"""What the phone waits for an answer; whoever is silent longer hangs."""
GIVE_UP_SECONDS = 90
HOLDS_SECONDS_MAX = 60
AGAIN_SECONDS = 0.2
UNAVAILABLE = 503


@dataclass
class Load:
    """What was asked for, what was promised, and how it felt meanwhile."""

    addresses: Sequence[str]
    reward_id: UUID
    auction_id: UUID
    maxima: Iterator[int]
    """What to bid: always more."""
    key: bytes
    seed: int
    redeemed: Counter[UUID] = field(default_factory=Counter)
    """Redemptions that were promised, by member."""
    paid: dict[str, UUID] = field(default_factory=dict)
    """Orders that were promised to be counted, and whose they are."""
    bids: Counter[UUID] = field(default_factory=Counter)
    """Bids that were promised, by member."""
    checked_in: set[UUID] = field(default_factory=set)
    words: Counter[str] = field(default_factory=Counter)
    """What members read when it was not what they asked for."""
    strange: list[str] = field(default_factory=list)
    """Answers that are neither a yes nor clear words."""
    slowest: float = 0.0
    stopping: bool = False

    @property
    def kept(self) -> int:
        """How much was promised so far."""
        return self.redeemed.total() + self.bids.total() + len(self.paid) + len(self.checked_in)

    def has_seen_everything(self) -> bool:
        """Whether each kind of promise was made at least once."""
        return all((self.redeemed, self.bids, self.paid, self.checked_in))

    async def member(self, who: Somebody, number: int) -> None:
        """One member: checks in, then redeems, bids and buys in the shop until the load is stopped.

        She leaves nothing open behind her.
        """
        chance = random.Random(f"{self.seed}:{number}")
        headers = {"cookie": f"{COOKIE}={who.cookie}"}
        async with httpx2.AsyncClient(headers=headers, verify=TRUST, timeout=ANSWER_SECONDS_MAX) as client:
            await self._check_in(client, who, chance)
            for turn in itertools.count():
                if self.stopping:
                    return
                # Her own, so that the same seed a second time is not the same orders.
                key = uuid5(who.member_id, str(turn))
                (act,) = chance.choices((self._redeem, self._bid, self._pay), weights=(5, 2, 4))
                await act(client, who, key, chance)

    async def _redeem(self, client: httpx2.AsyncClient, who: Somebody, key: UUID, chance: random.Random) -> None:
        asked = {"rewardId": global_id("Reward", self.reward_id), "idempotencyKey": str(key)}
        if await self._act(client, "redeemReward", "redemption { id }", asked, chance):
            self.redeemed[who.member_id] += 1

    async def _bid(self, client: httpx2.AsyncClient, who: Somebody, key: UUID, chance: random.Random) -> None:
        # Each bid holds the leader's points and lets go of those she outbids.
        asked = {"auctionId": global_id("Auction", self.auction_id), "maximum": next(self.maxima)}
        if await self._act(client, "placeBid", "bid { price }", {**asked, "idempotencyKey": str(key)}, chance):
            self.bids[who.member_id] += 1

    async def _check_in(self, client: httpx2.AsyncClient, who: Somebody, chance: random.Random) -> None:
        asked = {"idempotencyKey": str(uuid5(who.member_id, "check-in"))}
        if await self._act(client, "checkIn", "checkIn { __typename }", asked, chance):
            self.checked_in.add(who.member_id)

    async def _act(
        self, client: httpx2.AsyncClient, name: str, shown: str, asked: dict[str, Any], chance: random.Random
    ) -> bool:
        """Whether it was done; asked until there is an answer."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {shown} refusal {{ code }} }} }}"
        body = orjson.dumps({"query": document, "variables": {"input": asked}})
        while (answer := await self._ask(client, "/graphql", body, {}, chance)) is not None:
            if told := (answer.get("data") or {}).get(name):
                if told["refusal"]:
                    self.words[told["refusal"]["code"]] += 1
                return told["refusal"] is None
            await self._not_yet(answer)
        return False

    async def _pay(self, client: httpx2.AsyncClient, who: Somebody, key: UUID, chance: random.Random) -> None:
        order = str(key)
        body = orjson.dumps(_order(order, who.reference, chance.randint(1, 30)))
        while (answer := await self._ask(client, "/events", body, _signed(self.key, body), chance)) is not None:
            if answer.get("accepted") or answer.get("duplicates"):
                self.paid[order] = who.member_id
                return
            if answer.get("refused"):
                self.strange.append(str(answer))
                return
            await self._not_yet(answer)

    async def _ask(
        self, client: httpx2.AsyncClient, path: str, body: bytes, headers: dict[str, str], chance: random.Random
    ) -> dict[str, Any] | None:
        # Any server will do; one that is down or hangs up has perhaps done it, so the next is asked the same.
        until = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                answer = await client.post(
                    chance.choice(self.addresses) + path,
                    content=body,
                    headers={"content-type": "application/json"} | headers,
                )
                self.slowest = max(self.slowest, time.monotonic() - began)
                told: dict[str, Any] = answer.json()
                return told | {"status": answer.status_code}
            except httpx2.TransportError as error:
                self._note(error, time.monotonic() - began)
            except orjson.JSONDecodeError:
                self.strange.append(f"{answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(AGAIN_SECONDS)
        self.strange.append(f"{path}: no answer at all in {GIVE_UP_SECONDS} s")
        return None

    def _note(self, error: Exception, seconds: float) -> None:
        self.slowest = max(self.slowest, seconds)
        if isinstance(error, httpx2.ReadTimeout):
            self.strange.append(f"silence for {seconds:.0f} s")

    async def _not_yet(self, answer: dict[str, Any]) -> None:
        errors = answer.get("errors") or [{"message": answer.get("error") or str(answer)}]
        words = str(errors[0]["message"])
        self.words[words] += 1
        if answer["status"] not in (UNAVAILABLE, 401):
            self.strange.append(f"{answer['status']} {words}")
        await asyncio.sleep(AGAIN_SECONDS)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds: on a busy machine that takes its time."""
    async with asyncio.timeout(HOLDS_SECONDS_MAX):
        while not holds():
            await asyncio.sleep(0.05)


def _order(order: str, member: str, yuan: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": order,
        "source": SOURCE,
        "type": "order.paid",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "data": {"member": member, "order": order, "total_minor": yuan * 100, "currency": "CNY"},
    }


def _signed(key: bytes, body: bytes) -> dict[str, str]:
    name, moment = "delivery", int(time.time())
    return {
        "content-type": "application/cloudevents+json",
        signatures.ID: name,
        signatures.TIMESTAMP: str(moment),
        signatures.SIGNATURE: signatures.sign(key, name, moment, body),
    }
