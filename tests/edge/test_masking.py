"""A failure of ours leaves as a number, and stays in the log under the same number."""

import logging

import httpx2
import pytest

from backend.kit import db
from tests.edge.open_door import ask


async def test_a_failure_shows_its_number_and_nothing_else(
    caller: httpx2.AsyncClient, one_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    await db.disconnect()
    with caplog.at_level(logging.ERROR):
        answer = await caller.post("/graphql", json={"query": "{ programme { zone } }"})
    db.connect(one_database)
    error, request_id = answer.json()["errors"][0], answer.headers["x-request-id"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    assert request_id in error["message"]
    assert "connect first" not in answer.text
    logged = [record for record in caplog.records if request_id in record.getMessage()]
    assert logged and logged[0].exc_info and "connect first" in str(logged[0].exc_info[1])


async def test_what_the_caller_did_wrong_is_not_logged_as_ours(
    caller: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await ask(caller, "{ nothing }")
        await ask(caller, '{ node(id: "nonsense") { id } }')
    assert not caplog.records
