"""What plants go by, as data."""

from bisect import bisect_right
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field, field_validator


class PlantTerms(BaseModel):
    """What makes a plant grow, and what it gives. Everything happens at most once a day of the programme."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stages: list[int] = Field(default=[0, 40, 100, 180, 280, 400], min_length=2, max_length=12)
    """The growth at which each stage begins, the first at 0; at the last the plant is grown."""
    water: int = Field(default=10, gt=0)
    check_in: int = Field(default=10, ge=0)
    order: int = Field(default=20, ge=0)
    help: int = Field(default=5, gt=0)
    """What each friend who helps adds."""
    helpers_a_day: int = Field(default=10, ge=0)
    helped_a_day: int = Field(default=5, ge=0)
    """So many different plants one member helps in a day: a ring of friends is no machine."""
    harvest_points: int = Field(default=60, gt=0)

    @field_validator("stages")
    @classmethod
    def _stages_rise(cls, stages: list[int]) -> list[int]:
        if stages[0] != 0 or any(lower >= higher for lower, higher in pairwise(stages)):
            raise ValueError("the first stage begins at 0, and each begins above the one before")
        return stages

    @property
    def goal(self) -> int:
        """The growth at which a plant is grown."""
        return self.stages[-1]

    def stage(self, growth: int) -> int:
        """Which stage a plant is in: 0 is the first."""
        return bisect_right(self.stages, growth) - 1
