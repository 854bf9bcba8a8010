"""What happened to the terms."""

from dataclasses import dataclass

from backend.kit import hearing
from backend.kit.outbox import Fact


@dataclass(frozen=True, kw_only=True)
class TermsPublished(Fact):
    """There is another version, in force now or later."""

    version: int

    def stream(self) -> str:
        """Everybody's."""
        return hearing.STREAM
