"""Changing some of the terms: a few settings laid over the newest version, judged before they are published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import audit
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.programme.expiry import any_expire
from backend.programme.models import PublishedTerms
from backend.programme.publishing import publish_terms
from backend.programme.terms import Terms

PROBLEMS_MAX = 20


@dataclass(frozen=True)
class TermsProblem:
    """Why terms cannot be kept. `field`: which setting, with dots and numbers for what is inside of one."""

    field: str
    message: str


class UnkeepableTerms(Refused):
    """The programme could not keep these terms."""

    def __init__(self, problems: Sequence[TermsProblem]) -> None:
        super().__init__("The programme could not keep these terms: " + "; ".join(one.message for one in problems))
        self.problems = list(problems[:PROBLEMS_MAX])


class TermsMovedOn(Refused):
    """Somebody else published terms meanwhile. Look at the newest version and change that one."""

    def __init__(self, newest: int) -> None:
        super().__init__()
        self.newest = newest


async def amend_terms(
    session: AsyncSession,
    *,
    based_on: int,
    changes: Mapping[str, Any],
    effective_from: datetime | None,
    published_by: str,
) -> Done[PublishedTerms]:
    """Publish the newest version with `changes` laid over it, in force from `effective_from` (none: at once).

    `changes` is a merge patch (RFC 7396): objects are merged, lists and values replaced, null takes away.
    `based_on` names the version it changes; the same change of the same version again does nothing.
    Raises UnkeepableTerms, TermsMovedOn, TooLateToChange.
    """
    versions = await _versions(session)
    base, newest = versions.get(based_on), max(versions)
    if base is None:
        raise TermsMovedOn(newest)
    changed, was = _judged(patched(base.body, changes), base)
    after = versions.get(based_on + 1)
    if after is not None:
        if Terms.model_validate(after.body) != changed or effective_from not in (None, after.effective_from):
            raise TermsMovedOn(newest)
        return Done(after, replayed=True)
    if changed == was:
        return Done(base, replayed=True)
    row = await publish_terms(session, changed=changed, effective_from=effective_from, published_by=published_by)
    return Done(row)


def at_terms() -> audit.Subject:
    """The newest terms, for the audit; locked as `amend_terms` locks them."""

    async def look(session: AsyncSession) -> audit.Standing:
        versions = await _versions(session)
        newest = versions[max(versions)]
        return {"version": newest.version, "effective_from": newest.effective_from, **newest.body}

    return audit.Subject("Terms", "programme", look)


def patched(body: Any, changes: Any) -> Any:
    """`changes` laid over `body` by RFC 7396."""
    if not isinstance(changes, Mapping):
        return changes
    result = dict(body) if isinstance(body, Mapping) else {}
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), value)
    return result


def problems(changed: Terms, was: Terms) -> Iterator[TermsProblem]:
    """What the programme could not keep of `changed`, or what it owes its members from before: pure."""
    if any_expire(changed.expiry, changed.expiry_exceptions):
        if not changed.warning_days:
            yield TermsProblem("warning_days", "Nothing expires without a notice, so there must be a warning.")
        elif max(changed.warning_days) < changed.notice_inbox_days:
            yield TermsProblem("notice_inbox_days", "No warning comes that early, so none could ever count.")
    if changed.notice_extension_days < changed.notice_inbox_days:
        yield TermsProblem("notice_extension_days", "Points must live on until the next notice can count.")
    if len(set(changed.warning_days)) < len(changed.warning_days):
        yield TermsProblem("warning_days", "A step stands there twice.")
    earnings = [one.earning for one in changed.expiry_exceptions]
    if len(set(earnings)) < len(earnings):
        yield TermsProblem("expiry_exceptions", "Two policies are meant for the same kind of earning.")
    if changed.currency != was.currency:
        yield TermsProblem("currency", "Past orders are counted in the old currency.")
    if changed.expiry_statement() != was.expiry_statement() and changed.terms_version == was.terms_version:
        yield TermsProblem("terms_version", "What members agree to has changed, so it needs a new name.")


async def _versions(session: AsyncSession) -> dict[int, PublishedTerms]:
    query = select(PublishedTerms).order_by(col(PublishedTerms.version)).with_for_update()
    return {row.version: row for row in await session.exec(query)}


def _judged(body: Any, base: PublishedTerms) -> tuple[Terms, Terms]:
    was = Terms.model_validate(base.body)
    try:
        changed = Terms.model_validate(body)
    except ValidationError as error:
        raise UnkeepableTerms([_problem(detail) for detail in error.errors()]) from None
    if found := list(problems(changed, was)):
        raise UnkeepableTerms(found)
    return changed, was


def _problem(detail: Any) -> TermsProblem:
    field = ".".join(map(str, detail["loc"])) or "terms"
    return TermsProblem(field, f"{field}: {detail['msg']}")
