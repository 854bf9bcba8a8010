"""Bearer tokens: JSON Web Tokens (RFC 7519) signed with the installation's key, for programs rather than phones."""

import contextlib
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey

from backend.kit import clock, crypto, db
from backend.kit.opening import opened
from backend.members import operators
from backend.members.recognising import find
from backend.members.roles import NOBODY, Identity

ISSUER = "mall"
ALGORITHM = "HS256"
LIFE = timedelta(days=30)
TOKEN_MAX = 4096


def for_member(member_id: UUID) -> str:
    """A token with which a program asks as this member, for 30 days."""
    return _signed(str(member_id), "member")


def for_operator(name: str, epoch: int = 0) -> str:
    """A token with which a program asks as this operator, for 30 days, or until those of `epoch` are taken back."""
    return _signed(name, "operator", epoch=epoch)


def bearer(authorization: str) -> Identity:
    """Whom an Authorization header speaks for; nobody when it is not a token of ours, or no longer."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or len(token) > TOKEN_MAX:
        return NOBODY
    try:
        claims = _decoded(token.strip())
        _rules().validate(claims)
        return _identity(claims["role"], claims["sub"], claims.get("epoch", 0))
    except (JoseError, ValueError):
        return NOBODY


async def token_command(member: str | None, operator: str | None, revoke: str | None = None) -> int:
    """Print one bearer token on one line, or take an operator's back; say on stderr when there is no such member."""
    if revoke is not None:
        async with opened():
            await db.transact(operators.revoke_tokens, name=revoke)
        print(f"mall: every token of operator {revoke} is taken back", file=sys.stderr)
        return 0
    if operator is not None:
        async with opened():
            print(for_operator(operator, await db.transact(operators.issue_token, name=operator)))
        return 0
    assert member is not None
    member_id = await _member_id(member)
    if member_id is None:
        print(f"mall: there is no member {member}; `./mall demo` makes ann, ben, cai and others", file=sys.stderr)
        return 1
    print(for_member(member_id))
    return 0


async def _member_id(reference: str) -> UUID | None:
    async with opened(), db.read() as session:
        found = await find(session, reference)
    return found.id if found else None


def _signed(subject: str, role: str, **more: int) -> str:
    issued = int(clock.now().timestamp())
    expires = issued + int(LIFE.total_seconds())
    claims = {"iss": ISSUER, "sub": subject, "role": role, "iat": issued, "exp": expires, **more}
    return jwt.encode({"alg": ALGORITHM}, claims, _key())


def _rules() -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        iss={"essential": True, "value": ISSUER},
        sub={"essential": True},
        exp={"essential": True},
        role={"essential": True},
    )


def _decoded(token: str) -> dict[str, Any]:
    # While keys change, what was signed with an older one still holds.
    *older, oldest = crypto.signing_keys("bearer tokens").values()
    for key in older:
        with contextlib.suppress(BadSignatureError):
            return jwt.decode(token, OctKey.import_key(key), algorithms=[ALGORITHM]).claims
    return jwt.decode(token, OctKey.import_key(oldest), algorithms=[ALGORITHM]).claims


def _identity(role: str, subject: str, epoch: int) -> Identity:
    if role == "operator":
        return Identity(operator=subject, epoch=epoch)
    return Identity(member_id=UUID(subject)) if role == "member" else NOBODY


def _key() -> OctKey:
    return OctKey.import_key(crypto.signing_key("bearer tokens"))
