"""Serves a built single-page app from memory: precompressed, cached for ever where names carry hashes, locked down."""

import base64
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

INDEX = "index.html"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
HASHED_FOLDER = "assets/"
NOT_SERVED = {"documents.json"}
MISSING = """The phone app is not built yet.

./mall build makes it; ./mall serve does so by itself. The API answers at /graphql.
"""
COMMON_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
STRICT_TRANSPORT = "max-age=31536000"
INLINE = re.compile(r"<(script|style)((?:\s[^>]*)?)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class File:
    """One file as it is sent: `variants` by content encoding, "" being the plain one."""

    variants: dict[str, bytes]
    headers: dict[str, str]


class StaticSite:
    """ASGI app for one folder, read once. A path that names no file and wants a page gets the app's index."""

    def __init__(self, folder: Path) -> None:
        self.policy = content_security_policy("")
        self.files: dict[str, File] = {}
        if (folder / INDEX).exists():
            self.policy = content_security_policy((folder / INDEX).read_text("utf-8"))
            self.files = {name: self._file(path, name) for name, path in _served(folder)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        response = self._response(request)
        if request.url.scheme == "https":
            response.headers["strict-transport-security"] = STRICT_TRANSPORT
        await response(scope, receive, send)

    def _response(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return self._words(405, "Only GET here.\n", {"allow": "GET, HEAD"})
        if not self.files:
            return self._words(503, MISSING)
        name = request.url.path.lstrip("/") or INDEX
        found = self.files.get(name) or (self.files[INDEX] if _wants_page(request, name) else None)
        if found is None:
            return self._words(404, "There is no such file.\n")
        return _sent(found, request)

    def _words(self, status: int, words: str, headers: dict[str, str] | None = None) -> Response:
        every = {**self._every(), "cache-control": "no-store", **(headers or {})}
        return PlainTextResponse(words, status, every)

    def _every(self) -> dict[str, str]:
        return {**COMMON_HEADERS, "content-security-policy": self.policy}

    def _file(self, path: Path, name: str) -> File:
        plain = path.read_bytes()
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if name.endswith(".webmanifest"):
            kind = "application/manifest+json"
        variants = {"": plain}
        for encoding, suffix in ENCODINGS:
            if (squeezed := path.with_name(path.name + suffix)).exists():
                variants[encoding] = squeezed.read_bytes()
        headers = {
            **self._every(),
            "content-type": f"{kind}; charset=utf-8" if kind.startswith("text/") or "json" in kind else kind,
            "cache-control": FOR_EVER if name.startswith(HASHED_FOLDER) else ASK_FIRST,
            "etag": f'"{hashlib.sha256(plain).hexdigest()[:32]}"',
            "vary": "Accept-Encoding",
        }
        return File(variants, headers)


def content_security_policy(page: str) -> str:
    """A policy under which only this page's own inline scripts and styles run, and nothing is loaded from elsewhere."""
    scripts, styles = _hashes(page, "script"), _hashes(page, "style")
    directives = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", *scripts]),
        "style-src": " ".join(["'self'", *styles]),
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _hashes(page: str, tag: str) -> list[str]:
    inline = [found for found in INLINE.finditer(page) if found[1].lower() == tag and "src=" not in found[2].lower()]
    digests = [hashlib.sha256(found[3].encode()).digest() for found in inline]
    return sorted({f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests})


def _served(folder: Path) -> list[tuple[str, Path]]:
    squeezed = tuple(suffix for _, suffix in ENCODINGS)
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(squeezed))
    named = [(path.relative_to(folder).as_posix(), path) for path in paths]
    return [(name, path) for name, path in named if name not in NOT_SERVED]


def _wants_page(request: Request, name: str) -> bool:
    # A missing script must be a 404, not a page that fails to parse; a route of the app has no dot in its end.
    is_route = "." not in name.rpartition("/")[2] and not name.startswith(HASHED_FOLDER)
    return is_route and "text/html" in request.headers.get("accept", "")


def _sent(found: File, request: Request) -> Response:
    if request.headers.get("if-none-match") == found.headers["etag"]:
        return Response(status_code=304, headers=found.headers)
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    encoding = next((name for name, _ in ENCODINGS if name in accepted and name in found.variants), "")
    headers = found.headers | ({"content-encoding": encoding} if encoding else {})
    return Response(found.variants[encoding], headers=headers)
