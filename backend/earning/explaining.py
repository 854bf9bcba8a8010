"""Why an order earned what it earned, as plain values that every entry carries."""

from collections.abc import Mapping
from typing import Any

from backend.earning.given import Given
from backend.earning.rules import ONE, Award, Rulebook
from backend.earning.timeline import Order


def earned(order: Order, award: Award, rulebook: Rulebook) -> Mapping[str, Any]:
    """Amount, rule, version, base and factors of one earning."""
    return {"code": "ORDER", **_order(order), **_decision(award, rulebook)}


def corrected(order: Order, was: Given, now: Award | None, because: Order, rulebook: Rulebook) -> Mapping[str, Any]:
    """What was given, what is right, and which late order changed it."""
    decision = _decision(now, rulebook) if now else {"rule": was.rule, "version": was.version, "factors": []}
    return {
        "code": _code(was, now),
        **_order(order),
        **decision,
        "was_points": was.points,
        "now_points": now.points if now else 0,
        "because_order": because.order_ref,
        "because_at": because.paid_at.isoformat(),
    }


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
    return {"order": order.order_ref, "amount_minor": order.total_minor, "currency": order.currency}


def _decision(award: Award, rulebook: Rulebook) -> Mapping[str, Any]:
    labels = {factor["code"]: factor["label"] for factor in rulebook.version(award.rule, award.version).factors}
    factors = [{"code": code, "bp": bp, "label": labels[code]} for code, bp in award.factors.items()]
    return {"rule": award.rule, "version": award.version, "base": award.base, "factors": factors}
