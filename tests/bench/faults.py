"""`./mall bench faults`: one fault after the other under load, for as long as wanted; the seed is printed."""

import json
import random
import secrets
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.a_production import Production, a_production
from tests.faults.breaking import FAULTS
from tests.faults.load import ANSWER_SECONDS_MAX

SEED_BITS = 32


async def faults_command(*, minutes: float, seed: int | None, as_json: bool) -> int:
    """Break and check until the time is over; 1 as soon as something does not hold."""
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    print(f"seed {seed}: ./mall bench faults --seed {seed} does the same again", flush=True)
    survived: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="mall-faults-") as folder:
        async with a_production(Path(folder)) as production:
            chance, until = random.Random(seed), time.monotonic() + minutes * 60
            while time.monotonic() < until:
                name = chance.choice(list(FAULTS))
                if not await _survives(production, name, chance.getrandbits(SEED_BITS)):
                    return 1
                survived[name] += 1
    for name, times in sorted(survived.items()):
        print(f"survived {times:>4} times: {name}")
    if as_json:
        print(json.dumps({"name": "faults", "seed": seed, "survived": survived}))
    return 0


async def _survives(production: Production, name: str, seed: int) -> bool:
    began = time.monotonic()
    try:
        async with production.under_load(seed) as load:
            await FAULTS[name](production, random.Random(seed))
        assert load.slowest <= ANSWER_SECONDS_MAX, f"somebody waited {load.slowest:.1f} s"
    except AssertionError as broken:
        print(f"✗ {name} (seed {seed}):\n{broken}", flush=True)
        return False
    took = time.monotonic() - began
    print(
        f"✓ {name} (seed {seed}): {load.kept} promises kept, slowest answer {load.slowest:.1f} s, {took:.0f} s",
        flush=True,
    )
    return True
