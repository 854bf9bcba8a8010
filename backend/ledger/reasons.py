"""Reasons that operators give: kept for ever, read by the member."""

from backend.kit.errors import InvalidInput

CHARACTERS_MAX = 500


def checked(reason: str) -> str:
    """`reason` without space around it. Raises InvalidInput unless it has 1 to CHARACTERS_MAX characters."""
    reason = reason.strip()
    if not 0 < len(reason) <= CHARACTERS_MAX:
        raise InvalidInput("reason", f"Say why in 1 to {CHARACTERS_MAX} characters.")
    return reason
