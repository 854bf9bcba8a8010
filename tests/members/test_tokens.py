"""Bearer tokens: ours, unchanged, and not too old."""

import base64
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from backend.kit import clock, db, settings
from backend.members import tokens
from backend.members.enrolment import register
from backend.members.roles import NOBODY, Identity

ANN = uuid4()


def forged(**claims: object) -> str:
    now = int(clock.now().timestamp())
    given = {"iss": "mall", "sub": str(ANN), "role": "member", "exp": now + 60} | claims
    kept = {name: value for name, value in given.items() if value is not None}
    return jwt.encode({"alg": "HS256"}, kept, tokens._key())


def unsigned() -> str:
    parts = ({"alg": "none"}, {"iss": "mall", "sub": "operator", "role": "operator", "exp": 2**40})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


def another_key() -> str:
    return jwt.encode({"alg": "HS256"}, {"iss": "mall", "sub": "x", "role": "operator"}, OctKey.import_key(b"k" * 32))


def test_a_token_speaks_for_its_member_or_operator() -> None:
    assert tokens.bearer(f"Bearer {tokens.for_member(ANN)}") == Identity(member_id=ANN)
    assert tokens.bearer(f"bearer {tokens.for_operator('olga')}") == Identity(operator="olga")
    assert tokens.bearer(f"Bearer {forged()}") == Identity(member_id=ANN)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "é.é.é",
        unsigned(),
        another_key(),
        pytest.param(lambda: forged(iss="elsewhere"), id="another issuer"),
        pytest.param(lambda: forged(role="admin"), id="an unknown role"),
        pytest.param(lambda: forged(role=None), id="no role"),
        pytest.param(lambda: forged(role=["member"]), id="a list for a role"),
        pytest.param(lambda: forged(sub=None), id="no subject"),
        pytest.param(lambda: forged(sub=7), id="a number for a subject"),
        pytest.param(lambda: forged(sub="ann"), id="a subject that is no id"),
        pytest.param(lambda: forged(exp=None), id="no end"),
        pytest.param(lambda: forged(exp=1), id="long over"),
        pytest.param(lambda: "x" * 5000, id="far too long"),
    ],
)
def test_anything_else_is_nobody(token: object) -> None:
    text = token() if callable(token) else token
    assert tokens.bearer(f"Bearer {text}") == NOBODY


def test_no_character_of_a_token_may_change() -> None:
    token = tokens.for_member(ANN)
    for place in range(0, len(token) - 1, 9):
        other = "A" if token[place] != "A" else "B"
        assert tokens.bearer(f"Bearer {token[:place]}{other}{token[place + 1 :]}") == NOBODY


def test_another_scheme_is_nobody() -> None:
    assert tokens.bearer(f"Basic {tokens.for_operator('olga')}") == NOBODY
    assert tokens.bearer(tokens.for_operator("olga")) == NOBODY


def test_a_token_is_over_after_thirty_days() -> None:
    token = tokens.for_member(ANN)
    clock.turn(timedelta(days=29))
    assert tokens.bearer(f"Bearer {token}") != NOBODY
    clock.turn(timedelta(days=31))
    assert tokens.bearer(f"Bearer {token}") == NOBODY


async def test_the_command_prints_one_token_and_nothing_else(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ann = await db.transact(register, reference="ann")
    await db.disconnect()
    monkeypatch.setenv("MALL_DATABASE_URL", database.replace("+aiosqlite", "").replace("+asyncpg", ""))
    settings.settings.cache_clear()
    assert await tokens.token_command(member="ann", operator=None) == 0
    [token] = capsys.readouterr().out.splitlines()
    assert tokens.bearer(f"Bearer {token}") == Identity(member_id=ann.id)
    assert await tokens.token_command(member="nobody", operator=None) == 1
    assert "no member nobody" in capsys.readouterr().err
    assert await tokens.token_command(member=None, operator="olga") == 0
    [token] = capsys.readouterr().out.splitlines()
    assert tokens.bearer(f"Bearer {token}").operator == "olga"
    monkeypatch.undo()
    settings.settings.cache_clear()
    db.connect(database)
