"""What draws go by, as data."""

from pydantic import BaseModel, ConfigDict, Field


class DrawTerms(BaseModel):
    """Limits of draws for members, and bounds on what operators may open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weekly_limit: int = Field(default=20, gt=0)
    """Draws of one member from one pool in one week, where the pool does not say another number."""
    cool_down_after: int = Field(default=10, gt=0, le=100)
    """So many draws, from whatever pools, within `cool_down_window_minutes` are heavy play."""
    cool_down_window_minutes: int = Field(default=15, gt=0)
    cool_down_minutes: int = Field(default=30, ge=0)
    """After heavy play no draw is taken for so long; 0: none ever waits."""
    notice_minutes: int = Field(default=10, ge=0)
    """So long before it opens a round is published at the latest."""
    round_days_max: int = Field(default=92, gt=0)
    prize_value_max_minor: int = Field(default=500_000, ge=0)
    """No single prize is worth more."""
    pool_budget_max_minor: int = Field(default=10_000_000, ge=0)
    """No pool has a larger budget."""
    expected_cost_max_bp: int = Field(default=10_000, ge=0)
    """What a draw gives away on average, in basis points of what its price is worth; 10000: as much."""
    reveal_hours: int = Field(default=24, gt=0, le=24)
    """A closed round's seed is revealed within so many hours. It is the promise, the worker keeps it in a minute."""
