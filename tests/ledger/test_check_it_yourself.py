"""What the README tells an outsider to type verifies a checkpoint, and refuses one that was touched."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from backend.kit import db
from backend.kit.settings import ROOT
from backend.ledger import publishing, seal_keys
from tests.builders import a_member
from tests.ledger.sealed import seal

TOLD = re.search(r"```sh\nat=\S+\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("curl", "openssl", "sed", "base64"))), reason="the README's own tools are not here"
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_curl_and_openssl_verify_the_newest_checkpoint(database: str, tmp_path: Path) -> None:
    await a_member("Ann", points=10)
    await seal()
    assert "Signature Verified Successfully" in await typed(tmp_path)
    await db.transact(seal_keys.rotate_key)
    await a_member("Ben", points=10)
    await seal()
    assert "Signature Verified Successfully" in await typed(tmp_path)
    latest = publishing.folder() / "latest"
    latest.write_text(latest.read_text("utf-8").replace("\n2\n", "\n3\n"), "utf-8")
    assert "Signature Verification Failure" in await typed(tmp_path)


async def typed(where: Path) -> str:
    """Everything the README's lines say, typed in the folder `where`."""
    assert TOLD is not None
    script = f"at=file://{publishing.folder()}\n{TOLD[1]}"
    pipe = asyncio.subprocess.PIPE
    shell = await asyncio.create_subprocess_exec("sh", "-c", script, cwd=where, stdout=pipe, stderr=pipe)
    out, err = await shell.communicate()
    return (out + err).decode()
