"""Projects: operators open them, change them, close them, and post their news."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import literal, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import standing
from backend.charity.models import Charity, CharityProject, CharityTotals, CharityUpdate, ProjectState
from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound
from backend.ledger import chain
from backend.ledger.book import KeyReused
from backend.programme.text import Text

PROJECT, TOTALS = table_of(CharityProject), table_of(CharityTotals)
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
POINTS_MAX = 1_000_000_000_000
RATE_BP_MAX = 100_000
IMPACT_MAX = 6
IMPACT_VALUE_CHARACTERS_MAX = 20
UPDATES_MAX = 50
CHANGEABLE = {"title", "story", "impact", "goal_points", "tile_points", "match_rate_bp", "match_budget_minor"}
Position = tuple[datetime, UUID]


class Opened(TypedDict):
    """What an operator says of a new project. `impact`: what it did so far, as {value, label in both languages}."""

    charity_id: UUID
    code: str
    title: Mapping[str, str]
    story: Mapping[str, str]
    impact: Sequence[Mapping[str, Any]]
    goal_points: int
    tile_points: int
    match_rate_bp: int
    match_budget_minor: int


async def create_project(session: AsyncSession, *, key: UUID, **opened: Unpack[Opened]) -> Done[CharityProject]:
    """Open a project of a charity; `key` becomes its id. The same key again returns it as it now stands.

    Raises NotFound, KeyReused, InvalidInput.
    """
    if await session.get(Charity, opened["charity_id"], with_for_update=True) is None:
        raise NotFound
    asked: dict[str, Any] = {**opened}
    request_hash = chain.digest({**asked, "charity_id": str(opened["charity_id"])})
    if (earlier := await session.get(CharityProject, key)) is not None:
        if earlier.request_hash != request_hash:
            raise KeyReused
        return Done(earlier, replayed=True)
    project = CharityProject(id=key, **asked, created_at=clock.now(), request_hash=request_hash)
    _check(project)
    if (await session.exec(select(CharityProject.id).where(CharityProject.code == project.code))).first() is not None:
        raise InvalidInput("code", "There is a project with this code already.")
    session.add(project)
    session.add(CharityTotals(project_id=key, counted_at=project.created_at))
    return Done(project)


async def update_project(
    session: AsyncSession, *, project_id: UUID, changes: Mapping[str, Any]
) -> Done[CharityProject]:
    """Change what `changes` names (see CHANGEABLE). What was matched stays; the same changes again change nothing.

    Raises NotFound, and InvalidInput for a budget below what was given out of it.
    """
    assert changes.keys() <= CHANGEABLE
    project = await locked(session, project_id)
    changed = {name: value for name, value in changes.items() if getattr(project, name) != value}
    for name, value in changed.items():
        setattr(project, name, value)
    _check(project)
    totals = await session.get_one(CharityTotals, project_id, populate_existing=True)
    if project.match_budget_minor < totals.matched_minor:
        raise InvalidInput("matchBudgetMinor", "More of it was given already.")
    if changed:
        totals.version += 1
        await standing.tell(session, project_id)
    return Done(project, replayed=not changed)


async def close_project(session: AsyncSession, *, project_id: UUID) -> Done[CharityProject]:
    """Let the project take no donation any more; those under way are counted. A second call changes nothing.

    Raises NotFound.
    """
    project = await locked(session, project_id)
    if project.state == ProjectState.CLOSED:
        return Done(project, replayed=True)
    project.state, project.closed_at = ProjectState.CLOSED.value, clock.now()
    return Done(project)


async def post_update(
    session: AsyncSession, *, key: UUID, project_id: UUID, title: Mapping[str, str], words: Mapping[str, str]
) -> Done[CharityUpdate]:
    """Post news of a project; `key` becomes its id, and again returns it. Raises NotFound, KeyReused, InvalidInput."""
    await standing.lock(session, project_id)
    said = (project_id, dict(title), dict(words))
    if (earlier := await session.get(CharityUpdate, key)) is not None:
        if (earlier.project_id, earlier.title, earlier.words) != said:
            raise KeyReused
        return Done(earlier, replayed=True)
    if not _both(title) or not _both(words):
        raise InvalidInput("words", "Words in both languages, up to 2000 characters.")
    update = CharityUpdate(id=key, project_id=project_id, title=said[1], words=said[2], posted_at=clock.now())
    session.add(update)
    return Done(update)


async def find(session: AsyncSession, project_id: UUID) -> CharityProject:
    """The project, open or closed. Raises NotFound."""
    project = await session.get(CharityProject, project_id, populate_existing=True)
    if project is None:
        raise NotFound
    return project


async def locked(session: AsyncSession, project_id: UUID) -> CharityProject:
    """The project, and nobody else changes or counts it until this verb ends. Raises NotFound."""
    await standing.lock(session, project_id)
    return await find(session, project_id)


async def page(session: AsyncSession, after: Position | None, count: int) -> Sequence[CharityProject]:
    """Up to `count` projects after the position `after`, the newest first."""
    moment, which = PROJECT.c.created_at, PROJECT.c.id
    query = select(CharityProject).order_by(moment.desc(), which.desc()).limit(count)
    if after is not None:
        passed = tuple_(literal(after[0], moment.type), literal(after[1], which.type))
        query = query.where(tuple_(moment, which) < passed)
    return (await session.exec(query)).all()


async def of_charity(session: AsyncSession, charity_id: UUID) -> Sequence[CharityProject]:
    """A charity's projects, the newest first."""
    query = select(CharityProject).where(CharityProject.charity_id == charity_id)
    return (await session.exec(query.order_by(PROJECT.c.created_at.desc(), PROJECT.c.id.desc()))).all()


async def updates(session: AsyncSession, project_id: UUID) -> Sequence[CharityUpdate]:
    """The news of a project, the latest first, at most UPDATES_MAX."""
    order = col(CharityUpdate.posted_at).desc(), col(CharityUpdate.id).desc()
    query = select(CharityUpdate).where(CharityUpdate.project_id == project_id).order_by(*order)
    return (await session.exec(query.limit(UPDATES_MAX))).all()


def _check(project: CharityProject) -> None:
    for field, sound, message in (
        ("code", CODE.fullmatch(project.code), "1 to 40 of A-Z, 0-9 and hyphens."),
        ("title", _both(project.title), "Words in both languages, up to 2000 characters."),
        ("story", _both(project.story), "Words in both languages, up to 2000 characters."),
        ("impact", _impact(project.impact), f"At most {IMPACT_MAX} figures, each with a short value and a label."),
        ("goalPoints", 0 < project.goal_points <= POINTS_MAX, f"Between 1 and {POINTS_MAX}."),
        ("tilePoints", 0 < project.tile_points <= project.goal_points, "Between 1 and the goal."),
        ("matchRateBp", 0 <= project.match_rate_bp <= RATE_BP_MAX, f"Between 0 and {RATE_BP_MAX} basis points."),
        ("matchBudgetMinor", 0 <= project.match_budget_minor <= POINTS_MAX, f"Between 0 and {POINTS_MAX}."),
    ):
        if not sound:
            raise InvalidInput(field, message)


def _impact(figures: Sequence[Mapping[str, Any]]) -> bool:
    short = (0 < len(figure["value"].strip()) <= IMPACT_VALUE_CHARACTERS_MAX for figure in figures)
    return len(figures) <= IMPACT_MAX and all(short) and all(_both(figure["label"]) for figure in figures)


def _both(words: Mapping[str, str]) -> bool:
    try:
        return bool(Text.model_validate(dict(words)))
    except ValidationError:
        return False
