"""Publishing a new version of the terms."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.errors import Refused
from backend.kit.outbox import announce
from backend.programme import terms
from backend.programme.facts import TermsPublished
from backend.programme.models import PublishedTerms
from backend.programme.terms import Terms

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_TERMS = Path(__file__).with_name("first_terms.json")


class TooLateToChange(Refused):
    """Terms cannot be changed for the past: choose a date from now on."""


def first_terms() -> dict[str, Any]:
    """What a new installation starts with."""
    body: dict[str, Any] = json.loads(FIRST_TERMS.read_text("utf-8"))
    return Terms.model_validate(body).model_dump(mode="json")


async def publish_terms(
    session: AsyncSession, *, changed: Terms, effective_from: datetime | None, published_by: str
) -> PublishedTerms:
    """Put `changed` in force from `effective_from`, none: at once. The very first version counts from the beginning.

    The newest terms again change nothing from their own date, or once they are in force; from another date they
    are a version of their own. This process goes by it from the commit on, others at most shared.FRESH_SECONDS
    later. Raises TooLateToChange.
    """
    moment = clock.now()
    since = effective_from or moment
    newest = (
        await session.exec(select(PublishedTerms).order_by(col(PublishedTerms.version).desc()).with_for_update())
    ).first()
    # Compared as terms: what was written before a setting existed says it by leaving it out.
    if newest is not None and Terms.model_validate(newest.body) == changed and _from_then(newest, since):
        return newest
    if newest is not None and since < moment:
        raise TooLateToChange
    row = PublishedTerms(
        version=newest.version + 1 if newest else 1,
        effective_from=since if newest else BEGINNING,
        body=changed.model_dump(mode="json"),
        published_at=moment,
        published_by=published_by,
    )
    session.add(row)
    session.sync_session.info[terms.OWN] = row.version
    announce(session, TermsPublished(version=row.version))
    return row


def _from_then(newest: PublishedTerms, moment: datetime) -> bool:
    # Whether the newest terms already do what is asked: what is announced for later may still be brought forward.
    return newest.effective_from == moment or newest.effective_from <= min(moment, clock.now())
