"""Events as values: from CloudEvents and from plain lines, checked before anything is stored."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import orjson

from backend.kit import clock, crypto
from backend.kit.errors import InvalidInput, Refused
from backend.members import phones, recognising

ORDER_PAID = "order.paid"
ORDER_REFUNDED = "order.refunded"
NAME_MAX = 200
HASH_BYTES = 32
TOTAL_MINOR_MAX = 10**12
AHEAD_MAX = timedelta(days=1)
TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
CURRENCY = re.compile(r"[A-Z]{3}")


class EventRefused(Refused):
    """This event cannot be taken."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """What an order event says. `total_minor`: what was paid, in minor units."""

    order_ref: str
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """What a refund says. `amount_minor`: what was given back, in minor units; None: all that was left."""

    order_ref: str
    amount_minor: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one source. `member`: how the source names the member."""

    source: str
    event_id: str
    type: str
    member: str
    occurred_at: datetime
    body: Mapping[str, Any]
    body_hash: bytes
    order: OrderPaid | None = None
    refund: OrderRefunded | None = None
    older_hashes: Sequence[bytes] = ()
    """What `body_hash` would be under the keys before this one."""

    def says_what(self, kept_hash: bytes) -> bool:
        """Whether an event kept with this hash said the same.

        One that was kept under a key which is gone cannot be compared: then its id alone says that it is known.
        """
        if kept_hash in (self.body_hash, *self.older_hashes):
            return True
        return self.member.startswith("+") and _key_id(kept_hash) not in crypto.ring().secrets


def from_cloud_event(raw: Any, zone: ZoneInfo, currency: str) -> Event:
    """A CloudEvents 1.0 JSON object. `subject` or `data.member` names the member. Raises EventRefused."""
    if not isinstance(raw, Mapping):
        _refuse("MALFORMED", "an event is a JSON object")
    if raw.get("specversion") != "1.0":
        _refuse("MALFORMED", "specversion must be 1.0")
    data = raw.get("data", {})
    if not isinstance(data, Mapping):
        _refuse("MALFORMED", "data must be a JSON object")
    event_id, member = _name(raw, "id"), _member(data.get("member", raw.get("subject")))
    body, body_hash, older_hashes = _kept(raw, member)
    return Event(
        source=_name(raw, "source"),
        event_id=event_id,
        type=_type(raw),
        member=member,
        occurred_at=_moment(raw.get("time"), zone),
        body=body,
        body_hash=body_hash,
        older_hashes=older_hashes,
        order=_order(data, event_id, currency) if raw.get("type") == ORDER_PAID else None,
        refund=_refund(data, currency) if raw.get("type") == ORDER_REFUNDED else None,
    )


def from_line(raw: Mapping[str, Any], source: str, event_id: str, zone: ZoneInfo, currency: str) -> Event:
    """A line of an import: `type`, `at`, `member`, `order`, and its total or what was given back of it.

    Raises EventRefused.
    """
    typed, member = {"type": ORDER_PAID, **raw}, _member(raw.get("member"))
    body, body_hash, older_hashes = _kept(raw, member)
    return Event(
        source=source,
        event_id=event_id,
        type=_type(typed),
        member=member,
        occurred_at=_moment(raw.get("at"), zone),
        body=body,
        body_hash=body_hash,
        older_hashes=older_hashes,
        order=_order(raw, event_id, currency) if typed["type"] == ORDER_PAID else None,
        refund=_refund(raw, currency) if typed["type"] == ORDER_REFUNDED else None,
    )


def fingerprint(raw: Mapping[str, Any]) -> bytes:
    """SHA-256 over what the event says, whatever the order of its keys. Raises EventRefused when it cannot be kept."""
    try:
        return hashlib.sha256(orjson.dumps(raw, option=orjson.OPT_SORT_KEYS, default=str)).digest()
    except TypeError as too_deep:
        raise EventRefused("MALFORMED", f"the event cannot be kept: {too_deep}") from too_deep


def _kept(raw: Mapping[str, Any], member: str) -> tuple[Mapping[str, Any], bytes, Sequence[bytes]]:
    # A phone is never kept in clear, and an unkeyed hash would give its four masked digits away to a guess.
    told = fingerprint(raw)
    if not member.startswith("+"):
        return dict(raw), told, ()
    hidden: Mapping[str, Any] = _masked(raw, member)
    keys = crypto.ring().secrets
    indexes = crypto.blind_indexes(told.hex(), "event that names a phone")
    first, *older = (_signed(key_id, index) for key_id, index in zip(keys, indexes, strict=True))
    return hidden, first, older


def _signed(key_id: int, index: bytes) -> bytes:
    # The first key there ever was left no mark.
    return index if key_id == 1 else bytes([key_id]) + index


def _key_id(kept_hash: bytes) -> int:
    return 1 if len(kept_hash) == HASH_BYTES else kept_hash[0]


def _masked(value: Any, phone: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(item, phone) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, phone) for item in value]
    return phones.masked(phone) if value == phone else value


def _order(data: Mapping[str, Any], event_id: str, currency: str) -> OrderPaid:
    named = _currency(data, currency)
    total = _amount(data, ("total_minor", "total_cents", "total"))
    if total is None:
        _refuse("AMOUNT", "total_minor is missing")
    return OrderPaid(_text(data.get("order", event_id), "order"), total, named)


def _refund(data: Mapping[str, Any], currency: str) -> OrderRefunded:
    _currency(data, currency)
    amount, whole = _amount(data, ("amount_minor", "amount_cents", "amount")), data.get("whole") in (True, "true")
    if (amount is None) is not whole:
        _refuse("AMOUNT", "a refund says either amount_minor or whole: true")
    if amount == 0:
        _refuse("AMOUNT", "a refund gives something back")
    return OrderRefunded(_text(data.get("order"), "order"), amount)


def _currency(data: Mapping[str, Any], currency: str) -> str:
    named = data.get("currency", currency)
    if not isinstance(named, str) or not CURRENCY.fullmatch(named):
        _refuse("CURRENCY", "currency must be a three-letter code")
    if named != currency:
        _refuse("CURRENCY", f"this programme counts in {currency}, not {named}")
    return named


def _amount(data: Mapping[str, Any], names: tuple[str, str, str]) -> int | None:
    # The last of the names is in yuan.
    for name, scale in zip(names, (1, 1, 100), strict=True):
        if (value := data.get(name)) is not None:
            amount = _whole(value, scale, name)
            # Compared before it is written out: 1e999999 would take a minute to become an int.
            if not 0 <= amount <= TOTAL_MINOR_MAX:
                _refuse("AMOUNT", f"{name} must be between 0 and {TOTAL_MINOR_MAX} minor units")
            return int(amount)
    return None


def _whole(value: Any, scale: int, name: str) -> Decimal:
    try:
        # repr keeps 12.34 what was written; a binary float would not.
        amount = Decimal(str(value)) * scale if not isinstance(value, bool) else None
    except ArithmeticError:
        amount = None
    if amount is None or not amount.is_finite() or amount != amount.to_integral_value():
        _refuse("AMOUNT", f"{name} must be a whole number of minor units")
    return amount


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(value, str):
        _refuse("TIME", "the time of the event is missing")
    try:
        parsed: date = datetime.fromisoformat(value)
    except ValueError:
        _refuse("TIME", f"{value!r} is not an ISO 8601 time")
    moment = parsed if isinstance(parsed, datetime) else datetime(parsed.year, parsed.month, parsed.day)  # noqa: DTZ001
    moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    if moment.year < 1971 or moment > clock.now() + AHEAD_MAX:
        _refuse("TIME", f"{value!r} is too long ago or still to come")
    return moment


def _member(value: Any) -> str:
    reference = _text(value, "member")
    try:
        recognising.checked(reference)
    except InvalidInput as invalid:
        _refuse("MEMBER", str(invalid))
    return reference


def _type(raw: Mapping[str, Any]) -> str:
    value = raw.get("type")
    if not isinstance(value, str) or not TYPE.fullmatch(value):
        _refuse("MALFORMED", "type is missing or has characters other than letters, digits, dot, dash, underscore")
    return value


def _name(raw: Mapping[str, Any], name: str) -> str:
    return _text(raw.get(name), name)


def _text(value: Any, name: str) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 0 < len(text) <= NAME_MAX or not text.isprintable():
        _refuse("MALFORMED", f"{name} must be text of 1 to {NAME_MAX} printable characters")
    return text


def _refuse(reason: str, message: str) -> NoReturn:
    raise EventRefused(reason, message)
