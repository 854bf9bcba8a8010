"""What a verb with a key answers: the result, and whether it had been done before."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Done(Generic[T]):
    """`replayed`: the same key came again, so nothing happened now and this is the first result."""

    value: T
    replayed: bool = False
