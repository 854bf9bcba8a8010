"""Play in measure: how often a member may draw in a week, and the pause after heavy play. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend.programme.draw_terms import DrawTerms
from backend.programme.terms import Terms


def week_of(in_force: Terms, moment: datetime) -> tuple[datetime, datetime]:
    """The programme's week `moment` is in, from Monday to the next."""
    day = in_force.day_of(moment)
    monday = day - timedelta(days=day.weekday())
    return in_force.start_of(monday), in_force.start_of(monday + timedelta(days=7))


def cools_down_until(newest: Sequence[datetime], in_force: DrawTerms, moment: datetime) -> datetime | None:
    """When she may draw again, if her `newest` draws, the latest first, were heavy play; None: now."""
    heavy = newest[: in_force.cool_down_after]
    if len(heavy) < in_force.cool_down_after:
        return None
    if heavy[0] - heavy[-1] > timedelta(minutes=in_force.cool_down_window_minutes):
        return None
    until = heavy[0] + timedelta(minutes=in_force.cool_down_minutes)
    return until if until > moment else None
