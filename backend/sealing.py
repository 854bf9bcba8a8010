"""`./mall seal`: the keys that sign checkpoints, and sealing by hand."""

import sys

from backend.kit import db
from backend.kit.opening import opened
from backend.ledger import publishing, seal_keys
from backend.schedule import seal_late_entries


async def seal_command(what: str) -> int:
    """`now` seals and publishes whatever waits; `rotate` ends the key in use and makes the next one."""
    async with opened():
        await seal_late_entries()
        if what == "rotate":
            return await _rotate()
        print(f"sealed: {publishing.folder() / publishing.LATEST}", file=sys.stderr)
        return 0


async def _rotate() -> int:
    key = await db.transact(seal_keys.rotate_key)
    if key is None:
        print("mall: nothing has been sealed yet, so there is no key to end.", file=sys.stderr)
        return 1
    await publishing.publish_keys()
    print(f"The new key is {key.verifier()}")
    print(f"The one before it stays in {publishing.folder() / publishing.KEYS}, with its end.", file=sys.stderr)
    return 0
