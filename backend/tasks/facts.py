"""What happened to a member's tasks."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.ledger.facts import MemberFact


@dataclass(frozen=True, kw_only=True)
class CheckedIn(MemberFact):
    """`day` (ISO, programme's zone) counts: checked in, or `repaired` afterwards for no points."""

    day: str
    streak: int
    points: int
    repaired: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskCompleted(MemberFact):
    """The goal of `task` (a code) was reached in `period` and its `points` are in the account."""

    task: str
    period: str
    title: Mapping[str, str]
    """As it read at the time: zh_cn, en."""
    points: int
