"""Standard Webhooks signatures (standardwebhooks.com, v1): HMAC-SHA-256 over id, timestamp and body."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from backend.kit import clock

TOLERANCE = timedelta(minutes=5)
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the signature header."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def problem(key: bytes, headers: Mapping[str, str], body: bytes) -> str | None:
    """Why this message is not to be believed; None when it is. Header names in lower case."""
    message_id, timestamp, given = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (message_id and timestamp and given):
        return f"the headers {ID}, {TIMESTAMP} and {SIGNATURE} are needed"
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return f"{TIMESTAMP} is not a number of seconds"
    if abs(clock.now().timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return f"{TIMESTAMP} is more than {TOLERANCE.seconds // 60} minutes off"
    wanted = sign(key, message_id, int(timestamp), body)
    # During a change of keys a message carries several signatures, separated by spaces.
    if any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given.split(" ")):
        return None
    return "the signature does not match"
