"""The peers are what they are said to be: permissively licensed, exactly locked, and saying the product's own words."""

import json
import re
from pathlib import Path

from backend.kit.errors import Refused
from backend.ledger.book import AccountFrozen
from backend.ledger.posting import InsufficientPoints
from backend.programme.text import Text
from backend.recommendations.saying import WORDS
from backend.rewards import why_not
from tests.bench.home_peers import FOLDER, PEERS, leaves_of, rows_of

PERMISSIVE = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "BlueOak-1.0.0", "PSF-2.0"}
REFUSALS = (
    AccountFrozen,
    why_not.RewardGone,
    why_not.NotOpenYet,
    why_not.TierTooLow,
    why_not.OutOfStock,
    why_not.LimitReached,
    InsufficientPoints,
)


def test_every_package_of_the_peers_is_permissively_licensed() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))["packages"]
    licences = {name: set(entry["license"].strip("()").split(" AND ")) for name, entry in packages.items() if name}
    assert {name: licence for name, licence in licences.items() if not licence <= PERMISSIVE} == {}


def test_what_is_wanted_of_npm_is_named_to_the_last_digit() -> None:
    wanted = json.loads((FOLDER / "package.json").read_text("utf-8"))
    versions = wanted["dependencies"] | wanted["optionalDependencies"]
    assert [version for version in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_peers_refuse_and_recommend_in_the_products_words() -> None:
    words = (FOLDER / "words.mjs").read_text("utf-8")
    for refusal in REFUSALS:
        assert f'{refusal.__name__}: ["{refusal.code}", "{_message(refusal)}"]' in words
    for code, text in WORDS.items():
        assert f"{code.value}: {_object(text)}" in words


def test_every_peer_can_be_served() -> None:
    served = Path(FOLDER / "serve.mjs").read_text("utf-8")
    assert [name for name in PEERS if f"{name}:" not in served and f'"{name}":' not in served] == []


def test_rows_of_another_member_do_not_agree() -> None:
    hers = {"nickname": "Ann", "enrolledAt": "2026-01-01T00:00:00+00:00", "accountByMemberId": {"told": "3"}}
    hers |= {"lotsByMemberId": {"nodes": [{"available": "5", "expiresAt": None}]}}
    hers |= {"checkInsByMemberId": {"nodes": [{"day": "2026-11-16", "points": "5"}]}}
    data = {"memberByRowId": hers, "allRewards": {"nodes": []}}
    points = {"held": 0, "pending": 0, "debt": 0, "available": 5, "frozen": False}
    week = {"days": [{"date": "2026-11-16", "points": 5, "state": "DONE"}]}
    viewer = {"nickname": "Ann", "enrolled": True, "lastEventSeq": 3, "points": points, "checkIn": week}
    ours = {"viewer": viewer | {"recommendedRewards": []}}
    assert rows_of(data, {"2026-11-16"}) == leaves_of(ours)
    hers["lotsByMemberId"] = {"nodes": []}
    assert rows_of(data, {"2026-11-16"}) != leaves_of(ours)


def _message(refusal: type[Refused]) -> str:
    return " ".join((refusal.__doc__ or "").split())


def _object(text: Text) -> str:
    return f'{{ zh_cn: "{text.zh_cn}", en: "{text.en}" }}'
