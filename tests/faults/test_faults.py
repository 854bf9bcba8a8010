"""Whatever breaks under load: each yes is in the books once, nothing else is, it was told, and it serves again.

`./mall bench faults --minutes N` does this for as long as wanted, in an order of its own.
"""

import random

import pytest

from tests.faults.a_production import Production
from tests.faults.breaking import FAULTS
from tests.faults.load import ANSWER_SECONDS_MAX

SEED = 20261122


@pytest.mark.watches_the_clock
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FAULTS)
async def test_every_yes_survives_when(name: str, production: Production) -> None:
    async with production.under_load(SEED) as load:
        await FAULTS[name](production, random.Random(SEED))
    assert load.has_seen_everything(), "nobody did anything"
    assert load.slowest <= ANSWER_SECONDS_MAX
