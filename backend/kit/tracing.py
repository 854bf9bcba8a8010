"""Spans for who wants traces: request, operation, verb, statement. Until `use` a span costs one look at a variable.

OpenTelemetry is imported only where it is used. Spans carry names and SQL with its parameters left out, no values.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from backend.kit.errors import Refused

T = TypeVar("T")
PARENT = b"traceparent"
"""W3C Trace Context: the caller's trace goes on here."""
_tracer: Any = None
_nothing = nullcontext()


def use(tracer: Any) -> None:
    """From now on tell this OpenTelemetry tracer; None: nobody."""
    global _tracer
    if (_tracer is None) != (tracer is None):
        change = event.listen if tracer is not None else event.remove
        change(Engine, "before_cursor_execute", _statement_begins)
        change(Engine, "after_cursor_execute", _statement_ends)
        change(Engine, "handle_error", _statement_fails)
    _tracer = tracer


def on() -> bool:
    """Whether anybody is told."""
    return _tracer is not None


def operation(label: str) -> AbstractContextManager[Any]:
    """A GraphQL operation, by what metrics call it."""
    return _nothing if _tracer is None else _spanned(f"operation {label}", None, {})


def span_of(verb: Callable[..., Any]) -> AbstractContextManager[Any]:
    """The transaction of a verb, with all its tries."""
    return _nothing if _tracer is None else _spanned(f"verb {getattr(verb, '__name__', 'unnamed')}", None, {})


def statement(words: str) -> AbstractContextManager[Any]:
    """A statement given to PostgreSQL's driver itself; SQLAlchemy's are seen by themselves."""
    if _tracer is None:
        return _nothing
    return _spanned(words.split(maxsplit=1)[0], None, {"db.system.name": "postgresql", "db.query.text": words})


def request(name: str, headers: Iterable[tuple[bytes, bytes]]) -> AbstractContextManager[Any]:
    """A request that arrived, part of its caller's trace if it says so."""
    if _tracer is None:
        return _nothing
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    given = {header.decode(): value.decode("latin-1") for header, value in headers if header == PARENT}
    return _spanned(name, TraceContextTextMapPropagator().extract(given), {})


def carried(work: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    """`work`, as a step of where it was asked for, though another task does it."""
    if _tracer is None:
        return work
    from opentelemetry import context  # noqa: PLC0415

    here = context.get_current()

    async def there(*args: Any) -> T:
        token = context.attach(here)
        try:
            return await work(*args)
        finally:
            context.detach(token)

    return there


def trace_id() -> str | None:
    """The trace that is under way, for the log."""
    if _tracer is None:
        return None
    from opentelemetry import trace  # noqa: PLC0415

    here = trace.get_current_span().get_span_context()
    return trace.format_trace_id(here.trace_id) if here.is_valid else None


@contextmanager
def _spanned(name: str, context: Any, said: dict[str, str]) -> Iterator[Any]:
    # Recorded by itself an exception would bring its words along, and words may be somebody's.
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with _tracer.start_as_current_span(name, context=context, attributes=said, **quiet) as opened:
        try:
            yield opened
        except Exception as error:
            if not isinstance(error, Refused):
                _failed(opened, error)
            raise


def _failed(opened: Any, error: BaseException) -> None:
    from opentelemetry.trace import StatusCode  # noqa: PLC0415

    opened.set_attribute("error.type", type(error).__name__)
    opened.set_status(StatusCode.ERROR)


def _statement_begins(
    connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    from opentelemetry import trace  # noqa: PLC0415

    # A worker that only looks whether there is something to do is no trace.
    if trace.get_current_span().get_span_context().is_valid:
        said = {"db.system.name": connection.dialect.name, "db.query.text": statement}
        context.span = _tracer.start_span(statement.partition(" ")[0], attributes=said)


def _statement_ends(
    _connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    if (opened := getattr(context, "span", None)) is not None:
        opened.end()


def _statement_fails(failure: Any) -> None:
    if (opened := getattr(failure.execution_context, "span", None)) is not None:
        _failed(opened, failure.original_exception)
        opened.end()
