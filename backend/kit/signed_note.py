"""Text that somebody signed, in a form others can read: C2SP's signed note, with Ed25519 (RFC 8032).

    the text, ending in a line break
                                              (an empty line)
    — name base64(key's four bytes ‖ signature)

What is signed is the text alone. A key's four bytes are the first of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key).
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
ID_BYTES = 4
SIGNATURE_BYTES = 64
DASH = "— "
NOTE_CHARACTERS_MAX = 10_000


class NoteBroken(Exception):
    """This is no signed note, or its signature does not verify."""


@dataclass(frozen=True)
class NoteKey:
    """A public key and the name it signs under; `name` has neither spaces nor plus signs."""

    name: str
    public: bytes

    @property
    def key_id(self) -> str:
        """Eight hexadecimal digits."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).hexdigest()[: 2 * ID_BYTES]

    def verifier(self) -> str:
        """The key as other programs read it: name+id+base64."""
        return f"{self.name}+{self.key_id}+{_text(ED25519 + self.public)}"

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key signed `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def new_private_key() -> bytes:
    """32 fresh bytes to sign with."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_key(private: bytes) -> bytes:
    """The 32 bytes to verify with."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sign(private: bytes, message: bytes) -> bytes:
    """The 64 bytes of a signature."""
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def signed(text: str, private: bytes, key: NoteKey) -> str:
    """`text` with the key's signature under it."""
    assert text.endswith("\n") and key.public == public_key(private)
    return f"{text}\n{DASH}{key.name} {_text(bytes.fromhex(key.key_id) + sign(private, text.encode()))}\n"


def parts(note: str) -> tuple[str, str, bytes]:
    """A note's text, the id of the key that signed it first, and that signature, unverified. Raises NoteBroken."""
    text, empty, below = note[:NOTE_CHARACTERS_MAX].rpartition("\n\n")
    words = below.split("\n")[0].removeprefix(DASH).split(" ")
    if not empty or not below.startswith(DASH) or len(words) != 2:
        raise NoteBroken("no signature line")
    try:
        signature = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteBroken("a signature that is no base64") from error
    if len(signature) != ID_BYTES + SIGNATURE_BYTES:
        raise NoteBroken("a signature of another kind")
    return f"{text}\n", signature[:ID_BYTES].hex(), signature[ID_BYTES:]


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
