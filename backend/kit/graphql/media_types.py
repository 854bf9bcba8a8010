"""Which of GraphQL's two media types an answer has (GraphQL over HTTP, sections 4 and 6)."""

from functools import lru_cache

REMEMBERED_MAX = 64
"""What clients of one kind say they like is always the same."""
GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


@lru_cache(REMEMBERED_MAX)
def answer_type(accept: str | None) -> str | None:
    """The media type the caller likes best of those we speak; None when it wants neither.

    A caller that does not say, or takes anything, gets plain JSON as callers always did.
    """
    if not accept or not accept.strip():
        return JSON
    liking = dict(_ranges(accept))
    anything = liking.get("application/*", liking.get("*/*", 0.0))
    graphql, json = liking.get(GRAPHQL, 0.0), liking.get(JSON, anything)
    if graphql > 0 and graphql >= json:
        return GRAPHQL
    return JSON if json > 0 else None


def is_json(content_type: str | None) -> bool:
    """Whether a body says that it is JSON in UTF-8."""
    kind, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")]
    return kind == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)


def _ranges(accept: str) -> list[tuple[str, float]]:
    found = []
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        found.append((kind, _quality(parameters)))
    return found


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
