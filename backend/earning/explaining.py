"""Why an order earned what it earned, as plain values that every entry carries."""

from collections.abc import Mapping
from typing import Any

from backend.earning.given import Given
from backend.earning.rules import ONE, Award, Rulebook
from backend.earning.timeline import Order


def earned(order: Order, award: Award, rulebook: Rulebook) -> Mapping[str, Any]:
    """Amount, rule, version, base and factors of one earning, and what had been given back of the order by then."""
    code = "ORDER_PARTLY_REFUNDED" if order.refunded_minor else "ORDER"
    return {"code": code, **_order(order), **_decision(award, rulebook)}


def refunded(order: Order, was: Given, now: Award | None, rulebook: Rulebook) -> Mapping[str, Any]:
    """What was given back of the order, and what it earns with what remains."""
    code = "ORDER_REFUNDED" if order.undone else "ORDER_PARTLY_REFUNDED_SINCE"
    return {"code": code, **_order(order), **_decided(was, now, rulebook)}


def corrected(
    order: Order, was: Given, now: Award | None, because: Order, rulebook: Rulebook, *, late: bool
) -> Mapping[str, Any]:
    """What was given, what is right, and which order changed it by coming late, or else by being refunded."""
    return {
        "code": _code(was, now) + ("" if late else "_BY_REFUND"),
        **_order(order),
        **_decided(was, now, rulebook),
        "because_order": because.order_ref,
        "because_at": because.paid_at.isoformat(),
    }


def recounted(order: Order, was: Given, now: Award | None, rulebook: Rulebook) -> Mapping[str, Any]:
    """What was given, and what is right now that the orders of two accounts count together."""
    return {"code": "ORDER_RECOUNTED", **_order(order), **_decided(was, now, rulebook)}


def _code(was: Given, now: Award | None) -> str:
    if now is None:
        return "ORDER_CORRECTED"
    changed = {
        code for code in {*was.factors, *now.factors} if was.factors.get(code, ONE) != now.factors.get(code, ONE)
    }
    if "FIRST_ORDER" in changed:
        return "FIRST_ORDER_MOVED"
    return "TIER_CHANGED" if changed == {"TIER"} else "ORDER_CORRECTED"


def _order(order: Order) -> Mapping[str, Any]:
    told = {"order": order.order_ref, "amount_minor": order.total_minor, "currency": order.currency}
    return told | {"refunded_minor": order.refunded_minor} if order.refunded_minor else told


def _decided(was: Given, now: Award | None, rulebook: Rulebook) -> Mapping[str, Any]:
    decision = _decision(now, rulebook) if now else {"rule": was.rule, "version": was.version, "factors": []}
    return {**decision, "was_points": was.points, "now_points": now.points if now else 0}


def _decision(award: Award, rulebook: Rulebook) -> Mapping[str, Any]:
    labels = {factor["code"]: factor["label"] for factor in rulebook.version(award.rule, award.version).factors}
    factors = [{"code": code, "bp": bp, "label": labels[code]} for code, bp in award.factors.items()]
    return {"rule": award.rule, "version": award.version, "base": award.base, "factors": factors}
