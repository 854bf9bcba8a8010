"""What this process says on stderr: a plain line for a developer, one JSON object a line for who collects logs.

Never a phone number, in either form; and each line that a request caused carries its id.
"""

import logging
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from backend.kit import request_ids, tracing
from backend.kit.masking import mask_logs, masked
from backend.kit.settings import settings


def set_up() -> None:
    """Log as MALL_LOG_FORMAT and MALL_LOG_LEVEL say. Where logging is set up already, only phone numbers go."""
    configured = settings()
    handler = logging.StreamHandler(sys.stderr)
    in_json = configured.log_format == "json" or (configured.log_format is None and not configured.demo)
    handler.setFormatter(in_objects() if in_json else logging.Formatter("%(message)s"))
    logging.basicConfig(level=configured.log_level, handlers=[handler])
    if not in_json:
        mask_logs()
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def in_objects() -> logging.Formatter:
    """Writes a record as one line of JSON: timestamp, level, logger, event, request_id, exception, what else it has."""
    said: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _with_request,
        # Before it is JSON: behind an escaped line's end a number would look like the end of a word.
        _without_phones,
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(_line),
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=said, processors=last)


def _with_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if (request_id := request_ids.current.get()) is not None:
        event["request_id"] = request_id
    if (trace_id := tracing.trace_id()) is not None:
        event["trace_id"] = trace_id
    return event


def _without_phones(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # What starts with an underscore is structlog's own and never written.
    return {name: value if name.startswith("_") else masked(value) for name, value in event.items()}


def _line(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=repr).decode()
