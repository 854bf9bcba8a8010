"""What an operator types is refused in words when it cannot be kept, and no log ever holds a phone number."""

import io
import logging

import pytest

from backend.kit.masking import mask_logs
from tests.console.operating import EXAMPLES, acts


@pytest.mark.parametrize(
    ("name", "field"), [("freezeAccount", "reason"), ("fulfilRedemption", "note"), ("createReward", "category")]
)
async def test_a_nul_is_a_refusal_and_not_a_failure(database: str, name: str, field: str) -> None:
    asked = await EXAMPLES[name]()
    refused = await acts(name, asked | {field: "odd\0words"})
    assert refused is not None and refused["code"] == "INVALID_INPUT"
    assert await acts(name, asked) is None


def test_a_phone_never_reaches_the_log_not_even_in_an_exception() -> None:
    kept, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(kept)
    root.addHandler(handler)
    try:
        mask_logs()
        mask_logs()
        try:
            raise ValueError("no member +8613812345678")
        except ValueError:
            root.exception("asked by %s", "138 1234 5678")
    finally:
        root.removeHandler(handler)
    assert "ValueError" in kept.getvalue() and "138****5678" in kept.getvalue()
    assert "1234" not in kept.getvalue()
