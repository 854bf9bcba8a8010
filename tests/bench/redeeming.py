"""One process that redeems as fast as it can, through the verb: told by lines on stdin, answers by lines on stdout."""

import asyncio
import gc
import random
import sys
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

import orjson
import uvloop

from backend.kit import db, outbox
from backend.kit.errors import Refused
from backend.rewards.redeeming import Wish, redeem_reward
from backend.rewards.redeeming_together import redeem_together


async def redeem_for(
    seconds: float, clients: int, members: Sequence[UUID], rewards: Sequence[UUID], *, together: bool
) -> int:
    """So many clients, one after the other's commit each; returns how many redemptions were committed."""
    until = time.monotonic() + seconds

    async def client() -> int:
        done = 0
        while time.monotonic() < until:
            who, what = random.choice(members), random.choice(rewards)
            try:
                if together:
                    await db.transact_together(redeem_together, redeem_reward, Wish(uuid4(), who, what))
                else:
                    await db.transact(redeem_reward, key=uuid4(), member_id=who, reward_id=what)
            except Refused as refused:
                raise SystemExit(f"nobody should be refused: {refused!r}") from refused
            done += 1
        return done

    return sum(await asyncio.gather(*(client() for _ in range(clients))))


async def main(url: str, clients_max: int) -> None:
    """Until stdin ends."""
    db.connect(url, pool_max=clients_max)
    outbox.recorded.clear()
    # As the product does once it has started.
    gc.collect()
    gc.freeze()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = orjson.loads(line)
        members, rewards = ([UUID(one) for one in asked[name]] for name in ("members", "rewards"))
        done = await redeem_for(asked["seconds"], asked["clients"], members, rewards, together=asked["together"])
        print(done, flush=True)
    await db.disconnect()


if __name__ == "__main__":
    # The loop the product serves with.
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
