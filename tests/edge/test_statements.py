"""How often an operation of the phone asks the database: with what is shared at hand, few statements a member."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from backend.app import create_app
from backend.demo import seeding
from backend.kit import db, shared
from backend.members import recognising
from tests.edge.open_door import a_session, open_door

DOCUMENTS = Path("pwa/dist/documents.json")
HOUR = 3600.0
MOST = {
    "postgresql": {"Home": 1, "Tasks": 1, "Shelf": 1, "Rewards": 1, "Points": 7},
    "sqlite": {"Home": 12, "Tasks": 10, "Shelf": 7, "Rewards": 9, "Points": 10},
}
"""Who asks, with everything of hers, in one; on SQLite in one transaction, one look after the other."""
GIVEN: dict[str, Any] = {"locale": "EN", "shelf": "ALL", "from": "2026-11-01", "to": "2026-11-02"}


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """Every statement from now on, through SQLAlchemy or past it."""
    heard: list[str] = []

    def by_alchemy(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement)

    def connected(connection: Any, _record: Any) -> None:
        if hasattr(connection.driver_connection, "add_query_logger"):
            connection.driver_connection.add_query_logger(lambda record: heard.append(record.query))

    event.listen(Engine, "before_cursor_execute", by_alchemy)
    event.listen(Pool, "connect", connected)
    yield heard
    event.remove(Engine, "before_cursor_execute", by_alchemy)
    event.remove(Pool, "connect", connected)


async def test_an_operation_of_the_phone_asks_little(
    asked: list[str], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "FRESH_SECONDS", HOUR)
    await seeding.seed()
    async with db.read() as session:
        ann = await recognising.find(session, "ann")
    assert ann is not None
    headers = {"cookie": await a_session(ann.id)}
    async with open_door(create_app()) as address, httpx2.AsyncClient(base_url=address, timeout=60) as caller:
        for name, most in MOST[db.dialect()].items():
            for _ in range(2):  # From then on what it wants of whoever asks is known.
                await _answer(caller, name, headers)
            asked.clear()
            await _answer(caller, name, headers)
            assert len(asked) <= most, "\n\n".join([name, *asked])


async def _answer(caller: httpx2.AsyncClient, name: str, headers: dict[str, str]) -> None:
    texts: dict[str, str] = orjson.loads(DOCUMENTS.read_bytes())
    document = next(key for key, text in texts.items() if text.startswith(f"query {name}("))
    variables = {key: value for key, value in GIVEN.items() if f"${key}:" in texts[document]}
    answer = (
        await caller.post("/graphql", json={"documentId": document, "variables": variables}, headers=headers)
    ).json()
    assert "errors" not in answer, answer
