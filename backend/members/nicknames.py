"""What members call themselves."""

import unicodedata
from uuid import UUID

from backend.kit.errors import InvalidInput

NICKNAME_MAX = 20
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories nobody can see or read: controls, directions, lone surrogates, the unassigned, line breaks."""
JOINER = "\u200d"
"""Holds the parts of one emoji together, so it stays."""


def tidy(typed: str) -> str:
    """`typed` without space around it, in the composed form (NFC). Raises InvalidInput beyond 1 to 20 characters."""
    nickname = unicodedata.normalize("NFC", typed).strip()
    hidden = any(unicodedata.category(letter) in HIDDEN and letter != JOINER for letter in nickname)
    if hidden or not nickname.strip(JOINER) or len(nickname) > NICKNAME_MAX:
        raise InvalidInput("nickname", f"A nickname has 1 to {NICKNAME_MAX} visible characters.")
    return nickname


def first(member_id: UUID) -> str:
    """A name to begin with that tells nothing about her."""
    return f"M-{member_id.hex[-6:].upper()}"


def masked(nickname: str) -> str:
    """A nickname as another member may see it: its first letter, and nothing of how long it is."""
    return f"{nickname[:1]}**"
