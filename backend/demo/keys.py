"""What every domain's demo needs: keys that make seeding twice seeding once, and the clock put back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid5

from backend.kit import clock

DEMO = UUID("5b4a3b0a-8f39-5d0c-9a55-0d9d2b6d7c11")
"""The namespace of every key the demo uses."""


def key_of(kind: str, name: str) -> UUID:
    """The one key of this thing, on every installation."""
    return uuid5(DEMO, f"{kind}:{name}")


@contextmanager
def the_clock_back(by: timedelta) -> Iterator[None]:
    """Within it, it is so much earlier."""
    clock.turn(-by)
    try:
        yield
    finally:
        clock.turn(timedelta(0))
