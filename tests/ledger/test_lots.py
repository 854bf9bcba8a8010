"""A lot's own arithmetic, at its edges."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from backend.ledger import lots
from backend.ledger.lots import LotState
from backend.ledger.models import Side

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def a_lot() -> LotState:
    return LotState(UUID(int=1), NOON - timedelta(days=1), NOON, earned=10, available=10)


def test_a_lot_is_gone_at_the_very_instant_it_expires_and_not_before() -> None:
    lot = a_lot()
    assert [lots.burnable([lot], moment) for moment in (NOON - INSTANT, NOON, NOON + INSTANT)] == [10, 0, 0]
    assert [bool(lots.take([lot], 1, moment, Side.BURNED)) for moment in (NOON - INSTANT, NOON)] == [True, False]


def test_what_is_not_alive_is_due() -> None:
    lot = a_lot()
    assert [list(lots.due([lot], moment)) for moment in (NOON - INSTANT, NOON)] == [[], [NOON]]
