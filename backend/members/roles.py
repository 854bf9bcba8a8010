"""Who is asking."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Identity:
    """A member, an operator (by name), or nobody. `session_id`: the device a member came in with, if any.

    `epoch`: of which epoch an operator's token is.
    """

    member_id: UUID | None = None
    operator: str | None = None
    session_id: UUID | None = None
    epoch: int = 0


NOBODY = Identity()
