"""Pools: an operator makes one and may change its budget, nothing else."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import spending
from backend.games.models_draws import DrawPool, PoolKind
from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger import chain
from backend.ledger.book import KeyReused
from backend.programme import terms
from backend.programme.text import Text

POOL = table_of(DrawPool)
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
POINTS_MAX = 1_000_000
WEEKLY_LIMIT_MAX = 10_000


class PoolBudgetExceeded(Refused):
    """The prizes of this pool could cost more than its budget."""

    def __init__(self, worst_case_minor: int, budget_minor: int) -> None:
        super().__init__()
        self.worst_case_minor, self.budget_minor = worst_case_minor, budget_minor


async def create_draw_pool(
    session: AsyncSession,
    *,
    key: UUID,
    code: str,
    kind: PoolKind,
    title: Mapping[str, str],
    points: int,
    budget_minor: int,
    weekly_limit: int | None = None,
) -> Done[DrawPool]:
    """Make a pool; `key` becomes its id. All its rounds together never give away more than `budget_minor`.

    `weekly_limit` null: the programme's. The same key again returns it as it stands. Raises KeyReused, InvalidInput.
    """
    asked = {"code": code, "kind": kind, "title": dict(title), "points": points, "budget": budget_minor}
    request_hash = chain.digest(asked | {"limit": weekly_limit})
    in_force = (await terms.in_force(session)).draws
    weekly = in_force.weekly_limit if weekly_limit is None else weekly_limit
    _check(code, title, points, weekly)
    _affordable(budget_minor, in_force.pool_budget_max_minor)
    values = {"id": key, "code": code, "kind": kind.value, "title": dict(title), "points": points}
    values |= {"weekly_limit": weekly, "budget_minor": budget_minor, "request_hash": request_hash}
    first = await _first_time(session, values)
    pool = await session.get(DrawPool, key)
    if pool is None:
        raise InvalidInput("code", "There is a pool with this code already.")
    if pool.request_hash != request_hash:
        raise KeyReused
    return Done(pool, replayed=not first)


async def change_draw_budget(session: AsyncSession, *, pool_id: UUID, budget_minor: int) -> Done[DrawPool]:
    """Let a pool's rounds give away up to `budget_minor` in all; the same again changes nothing.

    Raises NotFound, InvalidInput, PoolBudgetExceeded when what was promised is more already.
    """
    pool = await locked(session, pool_id)
    _affordable(budget_minor, (await terms.in_force(session)).draws.pool_budget_max_minor)
    if (promised := await spending.promised_minor(session, pool_id)) > budget_minor:
        raise PoolBudgetExceeded(promised, budget_minor)
    replayed, pool.budget_minor = pool.budget_minor == budget_minor, budget_minor
    return Done(pool, replayed=replayed)


async def locked(session: AsyncSession, pool_id: UUID) -> DrawPool:
    """The pool, locked: its rounds come one after the other. Raises NotFound."""
    pool = await session.get(DrawPool, pool_id, with_for_update=True, populate_existing=True)
    if pool is None:
        raise NotFound
    return pool


async def all_pools(session: AsyncSession) -> list[DrawPool]:
    """Every pool, in the order they were made."""
    rows = await (await session.connection()).execute(select(POOL).order_by(POOL.c.created_at, POOL.c.id))
    return [DrawPool(**row._mapping) for row in rows]


def both(words: Mapping[str, str]) -> bool:
    """Whether these are words in both languages."""
    try:
        return bool(Text.model_validate(dict(words)))
    except ValidationError:
        return False


async def _first_time(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    # Another operator may be making the same one at this moment: let the database say who was first.
    dialect: Any = sqlite if db.dialect() == "sqlite" else postgresql
    inserted = dialect.insert(POOL).values(**values, created_at=clock.now()).on_conflict_do_nothing()
    return (await (await session.connection()).execute(inserted.returning(POOL.c.id))).first() is not None


def _affordable(budget_minor: int, maximum: int) -> None:
    if not 0 <= budget_minor <= maximum:
        raise InvalidInput("budgetMinor", f"Between 0 and {maximum}: the programme's terms say so.")


def _check(code: str, title: Mapping[str, str], points: int, weekly_limit: int) -> None:
    for field, sound, message in (
        ("code", CODE.fullmatch(code), "1 to 40 of A-Z, 0-9 and hyphens."),
        ("title", both(title), "Words in both languages, up to 2000 characters."),
        ("points", 0 < points <= POINTS_MAX, f"Between 1 and {POINTS_MAX}."),
        ("weeklyLimit", 0 < weekly_limit <= WEEKLY_LIMIT_MAX, f"Between 1 and {WEEKLY_LIMIT_MAX}."),
    ):
        if not sound:
            raise InvalidInput(field, message)
