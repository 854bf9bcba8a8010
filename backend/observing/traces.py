"""Sends traces to an OpenTelemetry collector, where an installation has one: MALL_TRACES_URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from backend.kit import tracing
from backend.kit.errors import Refused
from backend.kit.settings import settings

SERVICE = "points-mall"
EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


class TracesNotInstalled(Refused):
    """MALL_TRACES_URL is set, but OpenTelemetry is not there: install requirements/traces.txt into .venv."""


@contextmanager
def sent() -> Iterator[None]:
    """Send what happens meanwhile, if MALL_TRACES_URL says where to. Raises TracesNotInstalled."""
    if (url := settings().traces_url) is None:
        yield
        return
    try:
        exporter = import_module(EXPORTER).OTLPSpanExporter(endpoint=url)
    except ImportError as missing:
        raise TracesNotInstalled from missing
    with told(exporter):
        yield


@contextmanager
def told(exporter: Any) -> Iterator[None]:
    """Hand every span to `exporter` meanwhile, in batches. How many are kept is OTEL_TRACES_SAMPLER's to say."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracing.use(provider.get_tracer(SERVICE))
    try:
        yield
    finally:
        tracing.use(None)
        provider.shutdown()
