"""A trace shows where a request's time went, goes on from its caller's, and carries no values."""

import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from backend.kit import tracing
from backend.members import tokens
from backend.observing import traces
from tests.builders import a_member

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
FROM_OUTSIDE = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
CHANGE = 'mutation { updateProfile(input: {nickname: "Nobody-Knows"}) { refusal { code } } }'


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    yield exporter
    assert not tracing.on()


def path_of(span: ReadableSpan, by_id: dict[int, ReadableSpan]) -> list[str]:
    above = by_id.get(span.parent.span_id) if span.parent else None
    return [*(path_of(above, by_id) if above else []), span.name]


async def test_statement_verb_operation_and_request_hang_together_in_the_callers_trace(
    watcher: httpx2.AsyncClient, spans: InMemorySpanExporter
) -> None:
    ann = await a_member("Ann")
    headers = {"authorization": f"Bearer {tokens.for_member(ann)}", **FROM_OUTSIDE}
    with traces.told(spans):
        answer = await watcher.post("/graphql", json={"query": CHANGE}, headers=headers)
    assert "errors" not in answer.json(), answer.text
    found = spans.get_finished_spans()
    by_id = {span.context.span_id: span for span in found}
    assert {f"{span.context.trace_id:032x}" for span in found} == {TRACE}
    paths = [path_of(span, by_id) for span in found]
    assert ["POST graphql"] in paths
    verbs = [path for path in paths if len(path) == 3 and path[2].startswith("verb ")]
    assert verbs and all(path[:2] == ["POST graphql", "operation other"] for path in verbs)
    assert any(path[:3] == verbs[0] and path[3] == "UPDATE" for path in paths if len(path) > 3)
    (request,) = (span for span in found if span.name == "POST graphql")
    assert request.parent is not None and f"{request.parent.span_id:016x}" == CALLER
    assert "Nobody-Knows" not in str([(span.name, dict(span.attributes or {}), span.events) for span in found])


async def test_without_the_setting_there_are_none(watcher: httpx2.AsyncClient) -> None:
    assert not tracing.on()
    with traces.sent():
        assert not tracing.on()
    assert tracing.operation("anything") is tracing.operation("else")


async def test_what_is_missing_is_said_by_name(a_setting: pytest.MonkeyPatch) -> None:
    a_setting.setenv("MALL_TRACES_URL", "http://127.0.0.1:4318/v1/traces")
    a_setting.setattr(traces, "EXPORTER", "opentelemetry.no_such_exporter")
    with pytest.raises(traces.TracesNotInstalled, match=r"requirements/traces\.txt"), traces.sent():
        pass


WITHOUT = """
import sys
sys.modules["opentelemetry"] = None
import backend.app, backend.worker
from backend.kit import tracing
with tracing.operation("anything"), tracing.statement("SELECT 1"), tracing.request("GET door", []):
    print(tracing.trace_id())
"""


def test_an_installation_without_opentelemetry_misses_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "None"), done.stderr
