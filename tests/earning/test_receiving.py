"""The door for events believes only its sources and answers for every event."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlmodel import select

from backend.earning import receiving, signatures, sources
from backend.earning.models import IncomingEvent
from backend.kit import clock, db
from backend.members import enrolment
from tests.builders import balance
from tests.earning.deliveries import an_event, deliver, signed

pytestmark = pytest.mark.usefixtures("database")


async def points_of(member: str) -> int:
    member_id = (await db.transact(enrolment.first_sight, references=[member]))[member]
    return (await balance(member_id))[0]


async def test_a_signed_order_earns_and_the_same_delivery_again_does_not() -> None:
    event = an_event()
    accepted = {"id": event["id"], "status": "accepted"}
    assert await deliver(event) == (200, {"accepted": 1, "duplicates": 0, "refused": 0, "results": [accepted]})
    status, answer = await deliver(event)
    assert (status, answer["duplicates"], answer["results"][0]["status"]) == (200, 1, "duplicate")
    assert await points_of("ann") == 200


async def test_a_batch_answers_for_each_event_in_its_order() -> None:
    good, wrong, in_euro = an_event(), an_event(yuan=-1), an_event(data={"member": "ann", "currency": "EUR"})
    status, answer = await deliver([good, wrong, good, in_euro])
    told = [(result["id"], result["status"], result.get("reason")) for result in answer["results"]]
    assert status == 200 and told == [
        (good["id"], "accepted", None),
        (wrong["id"], "refused", "AMOUNT"),
        (good["id"], "duplicate", None),
        (in_euro["id"], "refused", "CURRENCY"),
    ]
    assert await points_of("ann") == 200


async def test_another_event_under_a_known_id_is_refused() -> None:
    event = an_event()
    await deliver(event)
    status, answer = await deliver(event | {"data": {**event["data"], "total_minor": 1}})
    assert (status, answer["results"][0]["reason"]) == (422, "CONFLICT")
    assert await points_of("ann") == 200


async def test_an_event_that_is_no_order_is_kept_and_earns_nothing() -> None:
    status, answer = await deliver(an_event(type="coupon.redeemed", data={"coupon": "c1"}, subject="ann"))
    assert (status, answer["accepted"]) == (200, 1)
    assert await points_of("ann") == 0


NOT_BELIEVED: dict[str, dict[str, str | None]] = {
    "no id": {signatures.ID: None},
    "no signature": {signatures.SIGNATURE: None},
    "no timestamp": {signatures.TIMESTAMP: None},
    "a timestamp in words": {signatures.TIMESTAMP: "noon"},
    "another id": {signatures.ID: "m2"},
    "another signature": {signatures.SIGNATURE: "v1,AAAA"},
    "a signature that is not ascii": {signatures.SIGNATURE: "v1,é"},
}


async def test_a_delivery_that_its_source_did_not_sign_is_not_believed() -> None:
    body = orjson.dumps(an_event())
    for name, changed in NOT_BELIEVED.items():
        headers = {header: value for header, value in {**await signed(body), **changed}.items() if value is not None}
        status, answer = await receiving.receive(headers, body)
        assert status == 401 and answer["error"], name
    assert await points_of("ann") == 0


async def test_a_body_changed_on_its_way_is_not_believed() -> None:
    body = orjson.dumps(an_event(yuan=1))
    headers = await signed(body)
    assert (await receiving.receive(headers, body.replace(b'"total_minor":100', b'"total_minor":999')))[0] == 401


async def test_a_delivery_of_another_time_is_not_believed() -> None:
    body = orjson.dumps(an_event())
    for late in (timedelta(minutes=6), timedelta(minutes=-6)):
        assert (await receiving.receive(await signed(body, late=late), body))[0] == 401
    assert (await receiving.receive(await signed(body, late=timedelta(minutes=4)), body))[0] == 200


async def test_a_source_nobody_opened_is_not_believed() -> None:
    sources_of_nobody: tuple[Any, ...] = ("stranger", "", None, [], {"a": 1}, 7, "sh\0op", "x" * 5000)
    for source in sources_of_nobody:
        body = orjson.dumps({**an_event(), "source": source})
        assert (await receiving.receive(await signed(body), body))[0] == 401, source


async def test_a_key_signs_only_for_its_own_source() -> None:
    await db.transact(sources.open_source, name="till")
    body = orjson.dumps(an_event(source="till"))
    assert (await receiving.receive(await signed(body, source="shop"), body))[0] == 401


NO_DELIVERY: tuple[tuple[bytes, int], ...] = (
    (b"{", 400),
    (b"", 400),
    (b"\xff\xfe", 400),
    (b"[" * 2000, 400),
    (b"[]", 400),
    (b" " * (receiving.BODY_MAX + 1), 413),
    (orjson.dumps([{}] * (receiving.EVENTS_MAX + 1)), 413),
    (b"7", 401),
    (b"[[]]", 401),
    (b"null", 401),
)


async def test_what_is_no_delivery_is_turned_away_in_words() -> None:
    for body, wanted in NO_DELIVERY:
        status, answer = await deliver(body)
        assert status == wanted and answer["error"], body[:20]


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def paid(**data: Any) -> dict[str, Any]:
    return {"data": {"member": "ann", "total_minor": 100, **data}}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no specversion": ({"specversion": None}, "MALFORMED"),
    "another specversion": ({"specversion": "0.3"}, "MALFORMED"),
    "no id": ({"id": None}, "MALFORMED"),
    "an id of spaces and bells": ({"id": "\a"}, "MALFORMED"),
    "a very long id": ({"id": "x" * 201}, "MALFORMED"),
    "no type": ({"type": None}, "MALFORMED"),
    "a type with spaces": ({"type": "order paid"}, "MALFORMED"),
    "data that is a list": ({"data": []}, "MALFORMED"),
    "data that is too deep": (paid(note=deep(400)), "MALFORMED"),
    "no time": ({"time": None}, "TIME"),
    "a time in words": ({"time": "noon"}, "TIME"),
    "long ago": ({"time": "1969-07-20T20:17:40Z"}, "TIME"),
    "next week": ({"time": (clock.now() + timedelta(days=7)).isoformat()}, "TIME"),
    "the end of time": ({"time": "9999-12-31T23:59:59-12:00"}, "TIME"),
    "another currency": (paid(currency="EUR"), "CURRENCY"),
    "a currency in words": (paid(currency="yuan"), "CURRENCY"),
    "no amount": ({"data": {"member": "ann"}}, "AMOUNT"),
    "less than nothing": (paid(total_minor=-1), "AMOUNT"),
    "half a fen": (paid(total_minor=0.5), "AMOUNT"),
    "true": (paid(total_minor=True), "AMOUNT"),
    "an amount in words": (paid(total_minor="much"), "AMOUNT"),
    "more than there is": (paid(total_minor=10**12 + 1), "AMOUNT"),
    "an amount nobody can write down": (paid(total_minor="1e999999999"), "AMOUNT"),
    "an amount that takes a minute to write down": (paid(total_minor="1e999999"), "AMOUNT"),
    "not a number": (paid(total_minor="NaN"), "AMOUNT"),
    "a list": (paid(total_minor=[1]), "AMOUNT"),
    "no member": ({"data": {"total_minor": 1}}, "MALFORMED"),
    "a member of spaces": (paid(member=" "), "MEMBER"),
    "a phone that is none": (paid(member="+1"), "MEMBER"),
    "a member with a bell": (paid(member="a\0"), "MALFORMED"),
}


async def test_an_event_that_cannot_be_taken_is_refused_with_its_reason() -> None:
    for name, (over, reason) in REFUSED.items():
        status, answer = await deliver(an_event(**over))
        assert (name, status, answer["refused"], answer["results"][0]["reason"]) == (name, 422, 1, reason)
        assert answer["results"][0]["message"]
    assert await points_of("ann") == 0


async def test_a_phone_that_names_a_member_is_kept_masked_and_still_known_again() -> None:
    event = an_event("+8613812345678", subject="+8613812345678")
    first, again = await deliver(event), await deliver(event)
    assert (first[1]["accepted"], again[1]["duplicates"]) == (1, 1)
    async with db.read() as session:
        kept = (await session.exec(select(IncomingEvent).where(IncomingEvent.event_id == event["id"]))).one()
    assert kept.subject == kept.body["subject"] == kept.body["data"]["member"] == "138****5678"
    assert "12345678" not in kept.model_dump_json(exclude={"body_hash"})
    assert await points_of("+8613812345678") == 200


async def test_a_very_large_order_is_counted_and_shown() -> None:
    status, answer = await deliver(an_event("ann", 3_000_000_000))
    assert (status, answer["accepted"]) == (200, 1)
    assert await points_of("ann") == 6_000_000_000
