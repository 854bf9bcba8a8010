"""Operators: known by the name in their tokens, which can be taken back."""

import re

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import audit
from backend.kit.errors import Refused
from backend.members.models import Operator

NAME = re.compile(r"[a-z][a-z0-9._-]{0,39}")


class OperatorNameUnusable(Refused):
    """An operator's name has 1 to 40 of a-z, 0-9, dot, dash and underscore, and begins with a letter."""


async def epoch(session: AsyncSession, name: str) -> int:
    """How often this operator's tokens were taken back: only tokens of this epoch hold."""
    found = await session.get(Operator, name)
    return 0 if found is None else found.epoch


async def issue_token(session: AsyncSession, *, name: str) -> int:
    """Record that a token was made for this operator; returns its epoch. Raises OperatorNameUnusable."""
    subject = _checked(name)
    now = await epoch(session, name)
    await audit.record(session, audit.Act(audit.COMMAND, "issueToken"), subject, after={"epoch": now})
    return now


async def revoke_tokens(session: AsyncSession, *, name: str) -> None:
    """Let no token made for this operator until now hold any more. Raises OperatorNameUnusable."""
    subject = _checked(name)
    row = await session.get(Operator, name, with_for_update=True) or Operator(name=name, epoch=0)
    before, row.epoch = row.epoch, row.epoch + 1
    session.add(row)
    act = audit.Act(audit.COMMAND, "revokeTokens")
    await audit.record(session, act, subject, {"epoch": before}, {"epoch": row.epoch})


def _checked(name: str) -> tuple[str, str]:
    if not NAME.fullmatch(name):
        raise OperatorNameUnusable
    return ("Operator", name)
