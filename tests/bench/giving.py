"""One process that donates as fast as it can, through the verb: told by lines on stdin, answers by lines on stdout."""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

import orjson

from backend.charity import donating
from backend.kit import db, outbox


async def give_for(seconds: float, clients: int, members: Sequence[UUID], projects: Sequence[UUID]) -> int:
    """So many clients, one after the other's commit each; returns how many donations were committed."""
    until = time.monotonic() + seconds

    async def client() -> int:
        done = 0
        while time.monotonic() < until:
            who, what = random.choice(members), random.choice(projects)
            await db.transact(donating.donate_points, key=uuid4(), member_id=who, project_id=what, points=7)
            done += 1
        return done

    return sum(await asyncio.gather(*(client() for _ in range(clients))))


async def main(url: str, clients_max: int) -> None:
    """Until stdin ends."""
    db.connect(url, pool_max=clients_max)
    outbox.recorded.clear()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = orjson.loads(line)
        members, projects = ([UUID(one) for one in asked[name]] for name in ("members", "projects"))
        print(await give_for(asked["seconds"], asked["clients"], members, projects), flush=True)
    await db.disconnect()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
