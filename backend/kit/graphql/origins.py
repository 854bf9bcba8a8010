"""Whose page a request comes from: a cookie travels with requests of any page, so another site's must not act."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

DEFAULT_PORTS = {"http": 80, "https": 443}


def foreign(connection: HTTPConnection, friends: Collection[str]) -> bool:
    """Whether a browser says that the request comes from a page of another origin, and not one of `friends`."""
    return elsewhere(connection.headers.get("origin"), connection.headers.get("host", ""), friends)


def elsewhere(origin: str | None, host: str, friends: Collection[str]) -> bool:
    """Whether `origin` is that of another site's page than those at `host`, and not one of `friends`.

    A request without an Origin is not from another site's page: browsers send it with every POST and every
    websocket. The scheme is left out of the comparison, since a proxy may have ended the encryption.
    """
    if origin is None or origin in friends:
        return False
    place = _place(origin)
    return place is None or place != _place(f"{urlsplit(origin).scheme}://{host}")


def _place(origin: str) -> tuple[str, int | None] | None:
    # `null`, which a sandboxed page sends, is no place.
    try:
        parts = urlsplit(origin)
        return (parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)) if parts.hostname else None
    except ValueError:
        return None
