"""How auctions go unless an operator says otherwise for one of them."""

from collections.abc import Sequence
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field, field_validator

POINTS_MAX = 1_000_000_000
STEPS_MAX = 30


class Step(BaseModel):
    """At a price under `below` (null: at any other) the next bid is at least so many `points` more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    below: int | None = Field(default=None, gt=0, le=POINTS_MAX)
    points: int = Field(gt=0, le=POINTS_MAX)


class AuctionTerms(BaseModel):
    """What an auction gets that its operator gave no steps and no soft close of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: list[Step] = [
        Step(below=100, points=5),
        Step(below=500, points=10),
        Step(below=1_000, points=20),
        Step(below=5_000, points=50),
        Step(below=20_000, points=200),
        Step(points=500),
    ]
    soft_close_seconds: int = Field(default=60, ge=0, le=3_600)
    """A bid that changes something so shortly before the end moves the end to so long after it; 0: never."""
    extensions_max: int = Field(default=10, ge=0, le=100)
    """So often an auction's end may be moved."""

    @field_validator("steps")
    @classmethod
    def _steps_are_a_ladder(cls, steps: list[Step]) -> list[Step]:
        if (problem := what_is_wrong(steps)) is not None:
            raise ValueError(problem)
        return steps


def what_is_wrong(steps: Sequence[Step]) -> str | None:
    """Why these steps say nothing, or more than one thing, about some price; None: they are a ladder."""
    if not 0 < len(steps) <= STEPS_MAX:
        return f"1 to {STEPS_MAX} steps"
    bounds = [step.below for step in steps]
    if bounds[-1] is not None or None in bounds[:-1]:
        return "the last step, and only the last, is for every price above"
    if any(low >= high for low, high in pairwise(bound for bound in bounds if bound is not None)):
        return "each step begins where the one before it ends"
    return None
