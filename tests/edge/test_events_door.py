"""POST /events as a mall meets it. What the events do is told in tests/earning."""

import httpx2


async def test_unsigned_events_are_turned_away(caller: httpx2.AsyncClient) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "shop", "type": "order.paid", "subject": "Ann", "data": {}}
    answer = await caller.post("/events", json=event)
    assert answer.status_code == 401
    assert "error" in answer.json()


async def test_a_body_without_end_is_cut_off(caller: httpx2.AsyncClient) -> None:
    answer = await caller.post("/events", content=b"[" + b" " * 1_200_000)
    assert answer.status_code == 413


async def test_events_are_posted_and_nothing_else(caller: httpx2.AsyncClient) -> None:
    assert (await caller.get("/events")).status_code == 405
