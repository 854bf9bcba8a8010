"""The dashboard and the alerts ask for what is really counted: a misspelt metric would be silent for ever."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from backend import worker
from backend.app import operations
from backend.kit import metrics
from backend.kit.graphql import counting, performing
from backend.kit.settings import ROOT
from backend.ledger.models import EntryKind
from backend.observing import exposition, standing
from tests.observing import promql

FOLDER = ROOT / "backend" / "observing"
OF_PROMETHEUS = {"up": {"job", "instance"}}
OF_THE_PROCESS = {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"}
VALUES = {
    ("mall_operations_total", "outcome"): {"ok", "errors", "turned_away", *counting.FAILURES.values()},
    ("mall_facts_total", "outcome"): {"done", "put_off", "given_up"},
    ("mall_database_connections", "state"): {"used", "idle"},
    ("mall_plans_total", "what"): {"compiled", "run", "fallen_back"},
}


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "mall.json").read_text("utf-8"))
    return found


def rules() -> list[dict[str, Any]]:
    (group,) = import_module("yaml").safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for rule in rules():
        yield rule["alert"], rule["expr"]


@pytest.fixture
async def known(database: str) -> dict[str, set[str]]:
    """Every sample there is, with its labels."""
    found = {name: {"instance", "job"} for name in OF_THE_PROCESS} | OF_PROMETHEUS
    assert {worker.FACTS, performing.REFUSALS} <= set(metrics.everything_counted())
    for family in exposition.families([*await standing.everything(), *operations()]):
        labels = {"instance", "job", *getattr(family, "_labelnames", ())}
        endings = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}[family.type]
        for ending in endings:
            found[family.name + ending] = labels | ({"le"} if ending == "_bucket" else set())
    return found


async def test_all_they_ask_for_is_counted_with_those_labels(known: dict[str, set[str]]) -> None:
    for where, words in expressions():
        expression = promql.read(words)
        for asked in expression.asked:
            assert asked.metric in known, where
            assert {label for label, _, _ in asked.matchers} <= known[asked.metric], where
            assert expression.grouped <= known[asked.metric], where


def test_the_values_they_ask_for_are_ones_that_come() -> None:
    for where, words in expressions():
        for asked in promql.read(words).asked:
            for label, _, value in asked.matchers:
                wanted = set(value.split("|"))
                assert wanted <= VALUES.get((asked.metric, label), wanted | {"$instance"}), where


def test_each_process_tells_what_the_system_says_of_it() -> None:
    told = exposition.text([]).decode()
    assert all(re.search(rf"^{name} ", told, re.MULTILINE) for name in OF_THE_PROCESS)


def test_what_only_grows_is_read_as_a_rate_and_nothing_else_is() -> None:
    for where, words in expressions():
        flat = words.replace("\n", " ")
        for asked in promql.read(words).asked:
            if asked.metric in OF_PROMETHEUS:
                continue
            rated = re.search(rf"(?:rate|increase)\({asked.metric}\b[^\[\]]*\[", flat) is not None
            assert rated == asked.metric.endswith(("_total", "_bucket", "_count", "_sum")), where


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"].keys() == {"summary", "action"}


def test_panels_have_ids_of_their_own_and_do_not_lie_on_one_another() -> None:
    taken = set[tuple[int, int]]()
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells


@pytest.mark.parametrize("odd", ["sum(rate(a[5m])", "sum rate(a)) > ", 'a{b="c"', "histogram_quantile()", "a ; b"])
def test_what_is_no_expression_is_seen(odd: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        promql.read(odd)


def test_kinds_of_points_are_the_books_own() -> None:
    # A label with ids or words in it would grow without end.
    assert all(re.fullmatch("[A-Z_]+", kind.value) for kind in EntryKind)
