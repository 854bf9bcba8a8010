"""What is logged in production: one object a line, with the request it belongs to, and nobody's number."""

import asyncio
import json
import logging
from typing import Any

import pytest

from backend.kit import request_ids
from backend.observing import logs


def written(words: str, *values: Any, **more: Any) -> dict[str, Any]:
    """A record as a line, read again."""
    record = logging.getLogger("backend.somewhere").makeRecord(
        "backend.somewhere", logging.ERROR, __file__, 1, words, values, more.pop("exc_info", None), extra=more
    )
    line = logs.in_objects().format(record)
    assert "\n" not in line
    said: dict[str, Any] = json.loads(line)
    return said


def test_a_line_is_an_object_that_says_when_where_and_what() -> None:
    said = written("fact %s is given up", 7, attempts=8)
    assert said.pop("timestamp").endswith("Z")
    assert said == {"event": "fact 7 is given up", "level": "error", "logger": "backend.somewhere", "attempts": 8}


async def test_what_is_said_during_a_request_carries_its_id() -> None:
    async def request(name: str) -> dict[str, Any]:
        request_ids.current.set(name)
        await asyncio.sleep(0)
        return written("something")

    said = await asyncio.gather(*(asyncio.create_task(request(name)) for name in ("a" * 8, "b" * 8)))
    assert [one["request_id"] for one in said] == ["a" * 8, "b" * 8]
    assert "request_id" not in written("something")


def test_an_exception_is_one_line_too_and_no_phone_number_is_in_it() -> None:
    number = "13800000001"
    try:
        raise ValueError(f"no such member:\n{number}")
    except ValueError as error:
        said = written(
            "broke for %s", "+86 138 0000 0001", exc_info=(ValueError, error, error.__traceback__), who="13800000001"
        )
    assert "ValueError" in said["exception"] and "138****0001" in said["exception"]
    assert "0000" not in json.dumps({**said, "timestamp": None})


@pytest.mark.parametrize(
    ("demo", "form", "in_json"),
    [("true", None, False), ("false", None, True), ("true", "json", True), ("false", "plain", False)],
)
def test_a_developer_reads_plain_lines_and_production_objects(
    a_setting: pytest.MonkeyPatch, demo: str, form: str | None, in_json: bool
) -> None:
    a_setting.setenv("MALL_DEMO", demo)
    if form:
        a_setting.setenv("MALL_LOG_FORMAT", form)
    root = logging.getLogger()
    a_setting.setattr(root, "handlers", [])
    a_setting.setattr(root, "level", root.level)
    logs.set_up()
    (handler,) = root.handlers
    line = handler.format(
        root.makeRecord("mall", logging.INFO, __file__, 1, "worker started, call 13800000001", (), None)
    )
    assert "138****0001" in line
    assert line.startswith("{") == in_json
