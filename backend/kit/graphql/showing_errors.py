"""Which errors a caller may read, and which only the log."""

import logging
import re
from collections.abc import Iterable

from graphql import GraphQLError

from backend.kit import away
from backend.kit.errors import InvalidInput, Refused

SUGGESTION = re.compile(r" ?Did you mean .*\?$", re.DOTALL)
INTERNAL = "INTERNAL_SERVER_ERROR"
UNAVAILABLE = "UNAVAILABLE"
"""The code of an error that is nobody's fault in the request: sent again with the same key, it may succeed."""
log = logging.getLogger(__name__)


def shown(errors: Iterable[GraphQLError], request_id: str) -> list[GraphQLError]:
    """The errors as the caller gets them.

    What was meant for her stays, without suggestions: they would spell out the schema. What was not is
    logged whole under the request's id, and she gets the id.
    """
    return [_shown(error, request_id) for error in errors]


def _shown(error: GraphQLError, request_id: str) -> GraphQLError:
    cause = error.original_error
    if isinstance(cause, Refused):
        return _again(error, str(cause), _extensions(cause))
    if cause is None or isinstance(cause, GraphQLError):
        plain = SUGGESTION.sub("", error.message)
        return error if plain == error.message else _again(error, plain, error.extensions)
    where = ".".join(map(str, error.path or ["?"]))
    log.error("request %s broke at %s", request_id, where, exc_info=cause)
    if away.away(cause):
        return _again(error, away.WORDS, {"code": UNAVAILABLE, "requestId": request_id})
    words = f"Something went wrong on our side. It is noted under {request_id}."
    return _again(error, words, {"code": INTERNAL, "requestId": request_id})


def _extensions(refused: Refused) -> dict[str, object]:
    if isinstance(refused, InvalidInput):
        return {"code": "BAD_USER_INPUT", "field": refused.field}
    return {"code": refused.code}


def _again(error: GraphQLError, message: str, extensions: dict[str, object] | None) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
