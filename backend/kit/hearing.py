"""Facts that a process must know at once, whoever committed them: prices, stock, terms."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from backend.kit import live

STREAM = "shared"
"""Whose news it is when it is everybody's."""
Act = Callable[[Any], None]
_acts: defaultdict[str, list[Act]] = defaultdict(list)


def on(fact: str, act: Act) -> None:
    """Have `act` called with the body of each fact of this name once it is committed; perhaps twice, perhaps late."""
    _acts[fact].append(act)


def tell(fact: str, body: Any) -> None:
    """It was committed, here or elsewhere."""
    for act in _acts.get(fact, ()):
        act(body)


async def listen_forever() -> None:
    """Hear what other processes commit."""
    async with live.listen(STREAM) as news:
        while True:
            message = await news.get()
            tell(message["name"], message["body"])
