"""Every reason there is has its sentence, in both languages."""

from typing import Any

import pytest

from backend.ledger.why import SENTENCES, sentence

EVERYTHING: dict[str, Any] = {
    "order": "A-7",
    "amount_minor": 12345,
    "currency": "CNY",
    "because_order": "A-3",
    "was_points": 240,
    "now_points": 120,
    "day": "2026-11-22",
    "streak": 3,
    "round": 2,
    "title": {"zh_cn": "下单三次", "en": "Three orders"},
    "name": {"zh_cn": "茶杯", "en": "Teacup"},
    "refunded_minor": 2345,
    "sent": 100,
    "fee": 5,
    "months": 3,
    "days": 30,
    "tier": {"zh_cn": "黄金会员", "en": "Gold"},
    "stake": 200,
    "number": 2,
    "reason": "card reported stolen.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_reason_is_said_whole_in_both_languages(code: str) -> None:
    said = sentence({**EVERYTHING, "code": code})
    assert code not in said.en and "{" not in said.en + said.zh_cn
    assert said.en.endswith(".") and said.zh_cn.endswith("。")
    assert any("一" <= letter <= "鿿" for letter in said.zh_cn)


def test_a_reason_of_a_later_version_is_named_not_guessed_at() -> None:
    assert sentence({"code": "COMET_SEEN"}).en == "Recorded as COMET_SEEN."


def test_a_known_reason_without_its_values_is_named_too() -> None:
    assert sentence({"code": "ORDER"}).en == "Recorded as ORDER."


def test_money_reads_as_money() -> None:
    assert "123.45" in sentence({**EVERYTHING, "code": "ORDER"}).zh_cn
