"""What must always hold of plants, recomputed from what was done for them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.plants import CARE, HELP, PLANT
from backend.games.stakes import ENTRY
from backend.kit import promises
from backend.ledger.models import EntryKind


async def broken(session: AsyncSession) -> list[str]:
    """Every promise found broken, in words."""
    return await promises.broken(session, _promises)


def _promises() -> Sequence[promises.Promise]:
    return (
        ("plant {} of {} has grown to {}, care and help come to {}", _grown_otherwise()),
        ("member {} has {} plants that are not harvested", _two_at_once()),
        ("plant {} of {} is harvested and its entry is another one, or none", _harvested_otherwise()),
        ("member {} helped her own plant", _helped_herself()),
    )


def _grown_otherwise() -> Select[tuple[int, str, int, int]]:
    told = _given_by(CARE) + _given_by(HELP)
    return select(PLANT.c.number, PLANT.c.member_id, PLANT.c.growth, told).where(PLANT.c.growth != told)


def _given_by(table: Table) -> ColumnElement[int]:
    of_plant = and_(table.c.member_id == PLANT.c.member_id, table.c.number == PLANT.c.number)
    return select(func.coalesce(func.sum(table.c.growth), 0)).where(of_plant).scalar_subquery()


def _two_at_once() -> Select[tuple[str, int]]:
    present = select(PLANT.c.member_id, func.count()).where(PLANT.c.harvested_at.is_(None))
    return present.group_by(PLANT.c.member_id).having(func.count() > 1)


def _harvested_otherwise() -> Select[tuple[int, str]]:
    earned = and_(
        ENTRY.c.member_id == PLANT.c.member_id,
        ENTRY.c.entry_id == PLANT.c.entry_id,
        ENTRY.c.kind == EntryKind.EARN.value,
    )
    harvested = PLANT.c.harvested_at.is_not(None)
    wrong = or_(and_(harvested, ENTRY.c.entry_id.is_(None)), and_(~harvested, PLANT.c.entry_id.is_not(None)))
    return select(PLANT.c.number, PLANT.c.member_id).select_from(PLANT.outerjoin(ENTRY, earned)).where(wrong)


def _helped_herself() -> Select[tuple[str]]:
    return select(HELP.c.member_id).where(HELP.c.member_id == HELP.c.helper_id)
