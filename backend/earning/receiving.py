"""The door for events: POST /events, CloudEvents 1.0 in JSON, single or batch, signed with the source's key."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from backend.earning import signatures, sources, taking_in
from backend.earning.events import Event, EventRefused, from_cloud_event
from backend.earning.taking_in import Status, Verdict
from backend.kit import db
from backend.programme import terms

BODY_MAX = 1024 * 1024
EVENTS_MAX = 1000
UNKNOWN_KEY = bytes(32)
Answer = tuple[int, dict[str, Any]]


async def receive(headers: Mapping[str, str], body: bytes) -> Answer:
    """Take in one delivery; returns the HTTP status and the JSON answer, with a verdict for every event.

    400: not CloudEvents. 401: not signed by its source. 413: too much at once. 422: a single event refused.
    200 otherwise. Sending the same delivery again changes nothing.
    """
    if len(body) > BODY_MAX:
        return 413, {"error": f"at most {BODY_MAX} bytes at once"}
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as malformed:
        return 400, {"error": f"the body is not JSON: {malformed}"}
    raws = parsed if isinstance(parsed, list) else [parsed]
    if not raws or len(raws) > EVENTS_MAX:
        return (413 if raws else 400), {"error": f"1 to {EVENTS_MAX} events at once"}
    if (problem := await _stranger(raws, headers, body)) is not None:
        return 401, {"error": problem}
    verdicts = await _judge(raws)
    answer = _answer(verdicts)
    return (422 if answer["refused"] and not isinstance(parsed, list) else 200), answer


async def _stranger(raws: Sequence[Any], headers: Mapping[str, str], body: bytes) -> str | None:
    sent_by = [raw.get("source") if isinstance(raw, Mapping) else None for raw in raws]
    if not isinstance(source := sent_by[0], str) or any(other != source for other in sent_by):
        return "all events of a delivery name one source"
    async with db.read() as session:
        # PostgreSQL cannot even be asked for a name with a NUL in it.
        key = await sources.key_of(session, source) if source.isprintable() else None
    problem = signatures.problem(key or UNKNOWN_KEY, headers, body)
    return problem or (None if key else "the signature does not match")


async def _judge(raws: Sequence[Any]) -> list[Verdict]:
    async with db.read() as session:
        programme = await terms.in_force(session)
    read: list[Event | Verdict] = []
    for raw in raws:
        try:
            read.append(from_cloud_event(raw, programme.tz, programme.currency))
        except EventRefused as refused:
            named = str(raw.get("id", "")) if isinstance(raw, Mapping) else ""
            read.append(Verdict(named, Status.REFUSED, refused.reason, str(refused)))
    events = [event for event in read if isinstance(event, Event)]
    taken = iter((await db.transact(taking_in.take_in, events=events)).verdicts if events else ())
    return [next(taken) if isinstance(one, Event) else one for one in read]


def _answer(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    counts = {status: sum(1 for verdict in verdicts if verdict.status is status) for status in Status}
    return {
        "accepted": counts[Status.ACCEPTED],
        "duplicates": counts[Status.DUPLICATE],
        "refused": counts[Status.REFUSED],
        "results": [_result(verdict) for verdict in verdicts],
    }


def _result(verdict: Verdict) -> dict[str, str | None]:
    said: dict[str, str | None] = {"id": verdict.event_id, "status": verdict.status.value}
    return said | {"reason": verdict.reason, "message": verdict.message} if verdict.reason else said
