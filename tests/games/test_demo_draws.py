"""The demo's draws: whatever the seeds give, the product starts."""

from copy import deepcopy

import pytest
from sqlmodel import select

from backend.demo import draws, seeding
from backend.games.models_draws import Draw, DrawRound
from backend.kit import db


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_round_whose_last_piece_goes_early_stops_nobody(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = deepcopy(draws.DATA)
    first = data["rounds"][0]
    first["prizes"] = [{"points": 49, "pieces": 1, "weight": 1000}, {"weight": 1}]
    monkeypatch.setattr(draws, "DATA", data)
    assert await seeding.seed()
    async with db.read() as session:
        rounds = (await session.exec(select(DrawRound).where(DrawRound.id == draws.round_id_of(first)))).all()
        drawn = (await session.exec(select(Draw).where(Draw.round_id == rounds[0].id))).all()
    assert 0 < len(drawn) < len(first["draws"])
    assert rounds[0].closed_at is not None and rounds[0].closed_at < rounds[0].closes_at
    assert rounds[0].revealed_at is not None
