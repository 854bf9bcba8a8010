"""A trace shows where a request's time went, goes on from its caller's, and carries no values."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
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


@contextmanager
def a_collector() -> Iterator[tuple[str, list[bytes]]]:
    """Something that takes traces as a collector does: its address, and what arrived there."""
    arrived: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            arrived.append(gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    serving = Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", arrived
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


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


async def test_a_collector_is_sent_what_happened(watcher: httpx2.AsyncClient, a_setting: pytest.MonkeyPatch) -> None:
    with a_collector() as (url, arrived):
        a_setting.setenv("MALL_TRACES_URL", url)
        with traces.sent():
            answer = await watcher.post("/graphql", json={"query": "{ programme { zone } }"}, headers=FROM_OUTSIDE)
            assert "errors" not in answer.json(), answer.text
    assert not tracing.on()
    told = [resource for body in arrived for resource in ExportTraceServiceRequest.FromString(body).resource_spans]
    services = {(one.key, one.value.string_value) for resource in told for one in resource.resource.attributes}
    assert ("service.name", traces.SERVICE) in services
    spans = [span for resource in told for scope in resource.scope_spans for span in scope.spans]
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    assert {"POST graphql", "operation other"} <= {span.name for span in spans}


async def test_a_collector_that_is_away_is_in_nobodys_way(
    watcher: httpx2.AsyncClient, a_setting: pytest.MonkeyPatch
) -> None:
    with a_collector() as (url, _):
        pass
    a_setting.setenv("MALL_TRACES_URL", url)
    a_setting.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with traces.sent():
        answer = await watcher.post("/graphql", json={"query": "{ programme { zone } }"})
        assert "errors" not in answer.json(), answer.text


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
