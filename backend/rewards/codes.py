"""Codes that are worth something: sealed at rest, told apart by an index that cannot be read back.

Pick-up codes use Crockford's base32 (no I, L, O, U), so that they can be read out over a counter.
"""

import secrets

from backend.kit import crypto

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})
PICK_UP_LENGTH = 8
"""40 bits: a million codes waiting at once leave a guesser one chance in a million."""
SHOWN = 2


def pick_up_code() -> str:
    """A code nobody can guess and anybody can read."""
    drawn = secrets.randbits(5 * PICK_UP_LENGTH)
    return "".join([ALPHABET[drawn >> 5 * place & 31] for place in range(PICK_UP_LENGTH)])


def as_read_out(said: str) -> str:
    """A pick-up code however somebody typed what she heard: small letters, gaps, O for 0, I or L for 1."""
    return said.upper().translate(READ_AS)


def pick_up_index(code: str) -> bytes:
    """What tells this pick-up code from all others."""
    return crypto.blind_index(code, "pick-up code")


def pick_up_indexes(code: str) -> list[bytes]:
    """Under what a redemption with this code may be kept while keys change."""
    return crypto.blind_indexes(code, "pick-up code")


def masked(code: str) -> str:
    """A code of which only its end can be read: enough to tell two on a list apart."""
    return f"****{code[-SHOWN:]}"


def coupon_index(sku: str, code: str) -> bytes:
    """What tells this coupon code from all others of its SKU."""
    return crypto.blind_index(code, f"coupon code {sku}")


def coupon_indexes(sku: str, code: str) -> list[bytes]:
    """Under what else the pool may have this code while keys change; the first is `coupon_index`."""
    return crypto.blind_indexes(code, f"coupon code {sku}")


def seal_coupon(sku: str, code: str) -> bytes:
    """The code as the pool keeps it."""
    return crypto.seal(code.encode(), f"coupon code {sku}")


def open_coupon(sku: str, sealed: bytes) -> str:
    """The code of a coupon in the pool."""
    return crypto.open_sealed(sealed, f"coupon code {sku}").decode()
