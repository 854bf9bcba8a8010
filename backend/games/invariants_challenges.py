"""What must always hold of stakes and challenges, recomputed from the books."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Select, and_, func, literal_column, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.challenges import CHALLENGE
from backend.games.models_challenges import StakeState
from backend.games.stakes import ENTRY, STAKE
from backend.games.taking_back import UNDONE
from backend.kit import promises
from backend.kit.columns import table_of
from backend.ledger.models import EntryKind, Hold, HoldState

HOLD = table_of(Hold)
IN = {
    StakeState.RUNNING: (HoldState.OPEN,),
    StakeState.WON: (HoldState.LET_GO,),
    StakeState.LOST: (HoldState.CAPTURED,),
    StakeState.CANCELLED: (HoldState.LET_GO, HoldState.LAPSED),
}
"""How the hold of a stake in each state stands."""
COUNTED = (StakeState.RUNNING.value, StakeState.WON.value)


async def broken(session: AsyncSession) -> list[str]:
    """Every promise found broken, in words."""
    return await promises.broken(session, _promises) + await _paid_otherwise(session)


def _promises() -> Sequence[promises.Promise]:
    return (
        ("stake {} is {}, its hold of {} points {}", _held_otherwise()),
        ("stake {} is {} with the bonus entry {} of {} points", _bonus_otherwise()),
        ("challenge {} promised {} of {}, its stakes {}", _promised_otherwise()),
        ("challenge {} counts {} stakes, it has {}", _joined_otherwise()),
    )


def _held_otherwise() -> Select[tuple[str, str, int, str]]:
    right = or_(
        *(
            and_(STAKE.c.state == state.value, HOLD.c.state.in_([one.value for one in states]))
            for state, states in IN.items()
        )
    )
    captured = or_(STAKE.c.state != StakeState.LOST.value, HOLD.c.captured == STAKE.c.stake)
    hold = and_(HOLD.c.member_id == STAKE.c.member_id, HOLD.c.hold_id == STAKE.c.id)
    whole = func.coalesce(and_(right, captured, HOLD.c.points == STAKE.c.stake), literal_column("false"))
    columns = STAKE.c.id, STAKE.c.state, HOLD.c.points, HOLD.c.state.label("hold")
    return select(*columns).select_from(STAKE.outerjoin(HOLD, hold)).where(~whole)


def _bonus_otherwise() -> Select[tuple[str, str, str, int]]:
    paid = and_(ENTRY.c.member_id == STAKE.c.member_id, ENTRY.c.entry_id == STAKE.c.bonus_entry_id)
    won = STAKE.c.state == StakeState.WON.value
    right = or_(
        and_(won, ENTRY.c.kind == EntryKind.EARN.value, ENTRY.c.points == STAKE.c.bonus),
        and_(~won, STAKE.c.bonus_entry_id.is_(None), STAKE.c.taken_back_at.is_(None)),
    )
    columns = STAKE.c.id, STAKE.c.state, STAKE.c.bonus_entry_id, ENTRY.c.points
    whole = func.coalesce(right, literal_column("false"))
    return select(*columns).select_from(STAKE.outerjoin(ENTRY, paid)).where(~whole)


def _promised_otherwise() -> Select[tuple[str, int, int, int]]:
    counted = (
        select(STAKE.c.challenge_id, func.sum(STAKE.c.bonus).label("bonus"))
        .where(STAKE.c.state.in_(COUNTED))
        .group_by(STAKE.c.challenge_id)
        .subquery()
    )
    bonus = func.coalesce(counted.c.bonus, 0)
    return (
        select(CHALLENGE.c.id, CHALLENGE.c.promised, CHALLENGE.c.bonus_budget, bonus)
        .select_from(CHALLENGE.outerjoin(counted, counted.c.challenge_id == CHALLENGE.c.id))
        .where(or_(CHALLENGE.c.promised != bonus, CHALLENGE.c.promised > CHALLENGE.c.bonus_budget))
    )


def _joined_otherwise() -> Select[tuple[str, int, int]]:
    counted = select(STAKE.c.challenge_id, func.count().label("stakes")).group_by(STAKE.c.challenge_id).subquery()
    stakes = func.coalesce(counted.c.stakes, 0)
    return (
        select(CHALLENGE.c.id, CHALLENGE.c.joined, stakes)
        .select_from(CHALLENGE.outerjoin(counted, counted.c.challenge_id == CHALLENGE.c.id))
        .where(CHALLENGE.c.joined != stakes)
    )


async def _paid_otherwise(session: AsyncSession) -> list[str]:
    """Bonuses as the books have them and as the stakes say: each given once, and gone where it was taken back.

    Whichever account a bonus is in by now: accounts become one and part again, its lot keeps its id. An operator may
    claw back a bonus that stays won.
    """
    connection = await session.connection()
    stakes = select(STAKE.c.challenge_id, STAKE.c.bonus_entry_id, STAKE.c.bonus, STAKE.c.taken_back_at)
    rows = (await connection.execute(stakes)).all()
    if not rows:
        return []
    won = {str(row.bonus_entry_id): row for row in rows if row.bonus_entry_id is not None}
    entries = select(ENTRY.c.kind, ENTRY.c.entry_id, ENTRY.c.points, ENTRY.c.why).where(
        ENTRY.c.kind.in_(["EARN", "CLAW_BACK"]), ENTRY.c.reference.in_(sorted({str(row.challenge_id) for row in rows}))
    )
    given, taken, undone = Counter[str](), Counter[str](), Counter[str]()
    for entry in await connection.execute(entries):
        if entry.kind == "EARN":
            given[str(entry.entry_id)] += 1
            continue
        taken[entry.why["lot"]] -= entry.points
        undone[entry.why["lot"]] += entry.why["code"] == UNDONE
    wrong = {lot for lot in given.keys() | won.keys() if given[lot] != (lot in won)}
    for lot, row in won.items():
        sound = not undone[lot] if row.taken_back_at is None else taken[lot] == row.bonus
        wrong |= set() if sound else {lot}
    return [f"bonus {lot}: given {given[lot]} times, {taken[lot]} points of it taken back" for lot in sorted(wrong)]
