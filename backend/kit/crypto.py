"""Secrets at rest: sealing, blind indexes and signing keys, all derived from the installation's one secret.

AES-256-GCM (NIST SP 800-38D) under keys from HKDF-SHA-256 (RFC 5869). A sealed value starts with the id of its
key, so that a second key can come while old values still open.
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.kit.errors import Refused
from backend.kit.settings import settings

KEY_ID = 1
SECRET_BYTES = 32
NONCE_BYTES = 12
SALT = b"points mall"


class SecretUnusable(Refused):
    """The installation's secret must be 32 bytes in base64: see MALL_SECRET_KEY, or secret.key in the data folder."""


class SealBroken(Exception):
    """These bytes were not sealed here, not about this, or were changed since."""


def seal(plain: bytes, about: str) -> bytes:
    """Encrypt `plain`. `about` says what it belongs to (a member and a field): moved elsewhere it will not open."""
    nonce = os.urandom(NONCE_BYTES)
    return bytes([KEY_ID]) + nonce + AESGCM(_sealing_key(KEY_ID)).encrypt(nonce, plain, about.encode())


def open_sealed(sealed: bytes, about: str) -> bytes:
    """What `seal` was given. Raises SealBroken."""
    key_id, nonce, rest = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if key_id != bytes([KEY_ID]):
        raise SealBroken("sealed with a key this installation does not have")
    try:
        return AESGCM(_sealing_key(KEY_ID)).decrypt(nonce, rest, about.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken("not sealed here, not about this, or changed since") from error


def blind_index(value: str, about: str) -> bytes:
    """A keyed fingerprint by which a sealed `value` is found again; without the secret it says nothing."""
    return hmac.digest(signing_key(f"blind index of {about}"), value.encode(), hashlib.sha256)


def signing_key(purpose: str) -> bytes:
    """32 bytes that belong to `purpose` alone."""
    return _derived(settings().secret_key, settings().data_dir, f"signing: {purpose}")


def _sealing_key(key_id: int) -> bytes:
    return _derived(settings().secret_key, settings().data_dir, f"sealing: {key_id}")


@cache
def _derived(given: str | None, folder: Path, purpose: str) -> bytes:
    secret = _secret(given) if given else _secret(_kept(folder / "secret.key"))
    return HKDF(SHA256(), SECRET_BYTES, SALT, purpose.encode()).derive(secret)


def _secret(text: str) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SecretUnusable from error
    if len(secret) != SECRET_BYTES:
        raise SecretUnusable
    return secret


def _kept(path: Path) -> str:
    if not path.exists():
        _make(path)
    return path.read_text().strip()


def _make(path: Path) -> None:
    # Written beside and linked into place: of two processes starting at once, one wins and both read the same.
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    text = base64.b64encode(os.urandom(SECRET_BYTES)) + b"\n"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()
