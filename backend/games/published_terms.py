"""A round's terms as they are published: one JSON text whose hash stands beside the commitment, and covers it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from backend.games.fair_draw import Chance
from backend.games.models_draws import DrawPool, DrawPrize, DrawRound

FORMAT = "points-mall-draws-1"


def text(pool: DrawPool, drawn_round: DrawRound, prizes: Sequence[DrawPrize]) -> str:
    """Everything a member may rely on, with sorted keys and without spaces."""
    terms = {
        "format": FORMAT,
        "pool": pool.code,
        "round": drawn_round.number,
        "commitment": drawn_round.commitment,
        "points": drawn_round.points,
        "rule": drawn_round.rule,
        "opens_at": drawn_round.opens_at,
        "closes_at": drawn_round.closes_at,
        "prizes": [_prize(prize) for prize in prizes],
    }
    return orjson.dumps(terms, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode()


def terms_hash(published: str) -> str:
    """The SHA-256 of the text, in hexadecimal."""
    return hashlib.sha256(published.encode()).hexdigest()


def chances(prizes: Sequence[DrawPrize]) -> list[Chance]:
    """The odds of a round's prizes, in their order."""
    return [Chance(prize.weight, prize.pieces) for prize in prizes]


def _prize(prize: DrawPrize) -> Mapping[str, Any]:
    return {
        "kind": prize.kind,
        "name": prize.name,
        "reward": None if prize.reward_id is None else str(prize.reward_id),
        "points": prize.points,
        "value_minor": prize.value_minor,
        "weight": prize.weight,
        "pieces": prize.pieces,
    }
