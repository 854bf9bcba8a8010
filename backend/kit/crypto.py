"""Secrets at rest: sealing, blind indexes and signing keys, all derived from the installation's secret.

AES-256-GCM (NIST SP 800-38D) under keys from HKDF-SHA-256 (RFC 5869). A sealed value starts with the id of its
key: a second secret may come (`./mall rotate-keys`) while old values still open and are still found.
"""

import base64
import binascii
import contextlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.kit.errors import Refused
from backend.kit.settings import settings

SECRET_BYTES = 32
NONCE_BYTES = 12
SALT = b"points mall"
KEPT_IN = "secret.key"


class SecretUnusable(Refused):
    """The secret must be 32 bytes in base64, or several as `ID:BASE64`: see MALL_SECRET_KEY, or secret.key."""


class SealBroken(Exception):
    """These bytes were not sealed here, not about this, or were changed since."""


@dataclass(frozen=True)
class Ring:
    """The installation's secrets by id. The first one seals; the others open what was sealed before."""

    secrets: Mapping[int, bytes]

    @property
    def first(self) -> int:
        """The id of the key that seals."""
        return next(iter(self.secrets))


def seal(plain: bytes, about: str) -> bytes:
    """Encrypt `plain`. `about` says what it belongs to (a member and a field): moved elsewhere it will not open."""
    nonce, keys = os.urandom(NONCE_BYTES), ring()
    cipher = _cipher(keys.secrets[keys.first], keys.first)
    return bytes([keys.first]) + nonce + cipher.encrypt(nonce, plain, about.encode())


def open_sealed(sealed: bytes, about: str) -> bytes:
    """What `seal` was given. Raises SealBroken."""
    key_id, nonce, rest = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    secret = ring().secrets.get(int.from_bytes(key_id, "big")) if key_id else None
    if secret is None:
        raise SealBroken("sealed with a key this installation does not have")
    try:
        return _cipher(secret, key_id[0]).decrypt(nonce, rest, about.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken("not sealed here, not about this, or changed since") from error


def blind_index(value: str, about: str) -> bytes:
    """A keyed fingerprint by which a sealed `value` is found again; without the secret it says nothing."""
    return blind_indexes(value, about)[0]


def blind_indexes(value: str, about: str) -> list[bytes]:
    """Every fingerprint under which `value` may be kept while keys change; the first is the one for new rows."""
    return [hmac.digest(key, value.encode(), "sha256") for key in signing_keys(f"blind index of {about}").values()]


def signing_key(purpose: str) -> bytes:
    """32 bytes that belong to `purpose` alone."""
    return next(iter(signing_keys(purpose).values()))


def signing_keys(purpose: str) -> dict[int, bytes]:
    """The purpose's key under every secret there is, by the secret's id; the first one signs."""
    return {key_id: _derived(secret, f"signing: {purpose}") for key_id, secret in ring().secrets.items()}


def fingerprints() -> dict[int, str]:
    """What tells each secret from others without giving it away: for a backup's manifest."""
    return {key_id: _derived(secret, "fingerprint").hex()[:16] for key_id, secret in ring().secrets.items()}


def ring() -> Ring:
    """The secrets as they now are: a file that was changed is read again, so that keys change under way."""
    given = settings().secret_key
    if given:
        return parsed(given)
    # A Path would take longer to look than there is to see, and this is asked for every value.
    path = f"{settings().data_dir}/{KEPT_IN}"
    try:
        seen = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        _make(secret_file())
        seen = os.stat(path)  # noqa: PTH116
    return _read(path, seen.st_mtime_ns, seen.st_ino)


def secret_file() -> Path:
    """Where the secrets are kept when no setting gives them."""
    return settings().data_dir / KEPT_IN


def new_secret() -> bytes:
    """A secret for the ring."""
    return os.urandom(SECRET_BYTES)


def keep_ring(keys: Ring) -> None:
    """Write the secrets to the file, at once and whole; the first one seals from now on."""
    lines = (f"{key_id}:{base64.b64encode(secret).decode()}\n" for key_id, secret in keys.secrets.items())
    path = secret_file()
    beside = _written_beside(path, "".join(lines).encode())
    beside.replace(path)


@lru_cache(maxsize=4)
def parsed(text: str) -> Ring:
    """The secrets that `text` names. Raises SecretUnusable."""
    found: dict[int, bytes] = {}
    for word in text.replace(",", " ").split():
        key_id, colon, secret = word.partition(":")
        # A secret alone is the first there ever was.
        number = int(key_id) if colon and key_id.isdecimal() else 0 if colon else 1
        if number in found or not 0 < number < 256:
            raise SecretUnusable
        found[number] = _secret(secret if colon else word)
    if not found:
        raise SecretUnusable
    return Ring(found)


@lru_cache(maxsize=4)
def _read(path: str, _changed: int, _file: int) -> Ring:
    return parsed(Path(path).read_text())


@lru_cache(maxsize=256)
def _cipher(secret: bytes, key_id: int) -> AESGCM:
    return AESGCM(_derived(secret, f"sealing: {key_id}"))


@lru_cache(maxsize=256)
def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), SECRET_BYTES, SALT, purpose.encode()).derive(secret)


def _secret(text: str) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SecretUnusable from error
    if len(secret) != SECRET_BYTES:
        raise SecretUnusable
    return secret


def _make(path: Path) -> None:
    # Linked into place: of two processes starting at once, one wins and both read the same.
    beside = _written_beside(path, base64.b64encode(new_secret()) + b"\n")
    try:
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()


def _written_beside(path: Path, text: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return beside
