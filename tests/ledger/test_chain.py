"""Version 1 of the canonical bytes is frozen: these vectors hold for ever, in every language."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.ledger import chain
from backend.ledger.lots import Line
from backend.ledger.models import GENESIS, Side
from backend.ledger.states import EntryState

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("golden_chain.json").read_text("utf-8"))


def entry_of(vector: dict[str, Any]) -> tuple[EntryState, list[Line]]:
    told = vector["entry"]
    entry = EntryState(
        member_id=UUID(told["member_id"]),
        entry_id=UUID(told["entry_id"]),
        seq=told["seq"],
        request_hash=chain.digest(told["request"]),
        kind=told["kind"],
        points=told["points"],
        debt=told["debt"],
        available_after=0,
        reference=told["reference"],
        actor=told["actor"],
        why=told["why"],
        occurred_at=datetime.fromisoformat(told["occurred_at"]),
        created_at=datetime.fromisoformat(told["created_at"]),
        prev_hash=b"",
        hash=b"",
    )
    return entry, [line_of(line) for line in told["lines"]]


def line_of(line: dict[str, Any]) -> Line:
    expires_at = datetime.fromisoformat(line["expires_at"]) if line["expires_at"] else None
    return Line(UUID(line["lot_id"]), Side(line["from"]), Side(line["to"]), line["points"], expires_at)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["entry"]["kind"] for vector in VECTORS])
def test_an_entry_is_written_as_version_1_has_always_written_it(vector: dict[str, Any]) -> None:
    entry, lines = entry_of(vector)
    assert chain.canonical(entry, lines).decode() == vector["canonical"]
    assert chain.digest(vector["entry"]["why"]).hex() == vector["why_sha256"]


def test_the_vectors_are_one_chain_from_the_first_entry_on() -> None:
    head = GENESIS
    for vector in VECTORS:
        head = chain.link(head, *entry_of(vector))
        assert head.hex() == vector["hash"]


def test_the_order_of_keys_in_a_reason_does_not_matter() -> None:
    assert chain.digest({"a": 1, "b": [2, {"d": 3, "c": 4}]}) == chain.digest({"b": [2, {"c": 4, "d": 3}], "a": 1})
