"""`./mall rotate-keys`: a new secret for the installation, and everything sealed again under it, while it serves."""

import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend.earning import sources
from backend.games import sealed_draws
from backend.kit import audit, crypto, db, resealing
from backend.kit.crypto import Ring
from backend.kit.opening import opened
from backend.kit.resealing import Sealed
from backend.kit.settings import settings
from backend.ledger import seal_keys
from backend.members import keeping
from backend.rewards import sealed as rewards

PAUSE_SECONDS = 3.0
"""Every process looks at the file whenever it uses a key. A verb under way has ended long before this is over."""
KEY_ID_MAX = 255
SEALED: Sequence[Sealed] = (*keeping.SEALED, *rewards.SEALED, *sealed_draws.SEALED, sources.SEALED, seal_keys.SEALED)
"""Every sealed column there is; a test looks for those that are missing here."""


async def rotate_command(forget_old: bool) -> int:
    """Rotate, or finish a rotation that was interrupted; exit code 1 when some values could not be opened."""
    async with opened():
        unopened = await rotate(forget_old=forget_old)
    if unopened:
        print(f"mall: {unopened} values open with no key of this installation: left as they are.", file=sys.stderr)
        return 1
    _say_what_is_left()
    return 0


async def rotate(*, forget_old: bool, pause_seconds: float = PAUSE_SECONDS) -> int:
    """Let a new key seal, seal everything again, and let go of the old keys if asked; returns how many do not open.

    Again, it goes on where it was stopped. With the secrets in a setting it only seals again. Old keys stay as long
    as anything needs them.
    """
    in_file, before = not settings().secret_key, crypto.ring()
    if in_file:
        await _bring_a_new_key(before, pause_seconds, forget_old)
    if unopened := await _reseal_everything():
        return unopened
    keys = crypto.ring()
    if forget_old and in_file:
        keys = Ring({keys.first: keys.secrets[keys.first]})
        crypto.keep_ring(keys)
    act, were, are = (
        audit.Act(audit.COMMAND, "rotateKeys"),
        {"keys": list(before.secrets)},
        {"keys": list(keys.secrets)},
    )
    await db.transact(audit.record, act=act, subject=("Keys", "secret"), before=were, after=are)
    return 0


async def _bring_a_new_key(keys: Ring, pause_seconds: float, forget_old: bool) -> None:
    # In two steps, so that no process ever meets a key it does not know, or looks for a member under too few.
    newest = max(keys.secrets)
    if len(keys.secrets) == 1 and not (forget_old and newest > 1):
        newest += 1
        if newest > KEY_ID_MAX:
            raise crypto.SecretUnusable("There have been 255 keys, which is as many as there can be.")
        keys = Ring({**keys.secrets, newest: crypto.new_secret()})
        crypto.keep_ring(keys)
        await asyncio.sleep(pause_seconds)
    if keys.first != newest:
        older = {key_id: secret for key_id, secret in keys.secrets.items() if key_id != newest}
        crypto.keep_ring(Ring({newest: keys.secrets[newest], **older}))
        await asyncio.sleep(pause_seconds)


async def _reseal_everything() -> int:
    columns = (TextColumn("sealing again"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    unopened = 0
    async with db.read() as session:
        total = sum([await resealing.waiting(session, sealed) for sealed in SEALED])
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        for sealed in SEALED:
            after = None
            while True:
                batch = await db.transact(resealing.reseal_some, sealed=sealed, after=after)
                bar.advance(task, batch.resealed)
                unopened, after = unopened + batch.unopened, batch.last
                if after is None:
                    break
    print(f"{total - unopened:,} values are sealed with key {crypto.ring().first}.")
    return unopened


def _say_what_is_left() -> None:
    keys = crypto.ring()
    older = ", ".join(str(key_id) for key_id in keys.secrets if key_id != keys.first)
    if older and settings().secret_key:
        said = f"Nothing needs key {older} any more: take it out of MALL_SECRET_KEY."
    elif older:
        said = f"Nothing needs key {older} any more: `./mall rotate-keys --forget-old` takes it away."
    elif settings().secret_key:
        said = "There is one key in MALL_SECRET_KEY. Put `2:NEW` behind it everywhere, then before it, then come again."
    else:
        said = "The old keys are gone from the file."
    print(f"{said} A backup made with an old key needs that key still.", file=sys.stderr)
