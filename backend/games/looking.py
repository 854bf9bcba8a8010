"""How a challenge stands, for the audit: locked as its verbs lock it."""

from uuid import UUID

from backend.games.challenges import CHALLENGE
from backend.kit import audit


def at_challenge(challenge_id: UUID) -> audit.Subject:
    """A challenge, with how much of it is taken up."""
    return audit.Subject("Challenge", str(challenge_id), audit.row(CHALLENGE, CHALLENGE.c.id == challenge_id))
