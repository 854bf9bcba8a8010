"""Which counts of donors a desk may show: pure.

A count under `shown_from` is hidden, for it says too much of too few. Hiding it alone would not do: who knows how many
gave in all and on every other day could subtract. So when a count is hidden for being small, the earliest other one is
hidden with it. Which one that is does not depend on how large it is, so nothing bounds it from above, and each small
count could still be anything from 1 up. Days are judged over the project's whole life, never over the days asked for:
two questions with different days show the same count or hide the same one. Source of the rule: complementary
suppression as in Hundepool et al., Statistical Disclosure Control, chapter 4.

Amounts are never hidden: they are the charity's own money. A project's total count is public and exact, so while all
its donations fell on one day, that day's count is the total.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import TypeVar

K = TypeVar("K", int, str, date)


def shown(counts: Mapping[K, int], shown_from: int) -> dict[K, int | None]:
    """Each count, or None where it is hidden. Groups without a donor are no secret: leave them out."""
    hidden = {group for group, count in counts.items() if count < shown_from}
    if hidden and (others := counts.keys() - hidden):
        hidden.add(min(others))
    return {group: None if group in hidden else count for group, count in counts.items()}


def pooled(counts: Mapping[str, int], shown_from: int) -> list[str]:
    """The groups that must be told together because some are small, in the order in which they join the pool.

    A group's name can be made for one person (a link with her name in it), so a small group is not even named. The
    caller takes as many of the list as it needs until `shown_from` donors are in the pool: all the small ones, then
    others by name.
    """
    small = sorted(group for group, count in counts.items() if count < shown_from)
    return [*small, *sorted(counts.keys() - set(small))] if small else []


def enough(donors: int, pool: Collection[str], small: int, shown_from: int) -> bool:
    """Whether a pool has all the small groups in it, and enough donors to be told."""
    return len(pool) >= small and donors >= shown_from
