"""Schemathesis asks for every query and mutation with whatever fits the schema: nothing of ours fails."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from backend.kit import db
from backend.kit.settings import ROOT
from backend.members import operators, tokens
from tests.builders import a_member

HOOKS = "tests.judges.schemathesis_hooks"
COMMAND = ("run", "--checks", "nothing_of_ours_failed", "--phases", "fuzzing", "--max-examples", "2", "--seed", "1")
QUIETLY = ("--no-color", "--generation-database", "none")


async def token_of(who: str) -> str:
    if who == "a member":
        return tokens.for_member(await a_member("Ann", points=1_000))
    return tokens.for_operator("olga", await db.transact(operators.issue_token, name="olga"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", ["a member", "an operator"])
async def test_nothing_that_fits_the_schema_makes_the_server_fail(address: str, tmp_path: Path, who: str) -> None:
    header = f"authorization: Bearer {await token_of(who)}"
    judge = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", *COMMAND, *QUIETLY, "-H", header, f"{address}/graphql"),
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT)},
        stdout=PIPE,
        stderr=STDOUT,
    )
    said = (await judge.communicate())[0].decode()
    assert judge.returncode == 0, said
    assert "Tested: " in said, said
