"""What looks like a phone number, made unreadable wherever free words are kept or logged."""

import logging
import re
from collections.abc import Mapping
from typing import Any

PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])\+\d[\d -]{6,16}\d(?![0-9A-Za-z])"
)
"""A Chinese mobile with or without its country code, or anything international that begins with a plus."""
HEAD, TAIL = 3, 4


def masked(value: Any) -> Any:
    """`value` with every phone number in its texts as 138****0001; dicts and lists all the way down."""
    if isinstance(value, str):
        return PHONE.sub(_mask, value)
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


class _Masked(logging.Formatter):
    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return str(masked(self.inner.format(record)))


def mask_logs() -> None:
    """Let no phone number into what this process logs, not even in an exception. Again changes nothing."""
    for handler in logging.getLogger().handlers:
        if not isinstance(handler.formatter, _Masked):
            handler.setFormatter(_Masked(handler.formatter or logging.Formatter()))


def _mask(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    local = digits.removeprefix("86") if len(digits) == 13 else digits
    return f"{local[:HEAD]}****{local[-TAIL:]}"
