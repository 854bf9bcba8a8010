"""A backup taken under writes, everything destroyed, brought back, verified, and going on."""

import asyncio
import json
import shutil
import stat
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.backing_up.commands import NotEmpty, OtherDatabase, SecretMissing, back_up, backup_command, restore
from backend.backing_up.manifest import BackupUnusable
from backend.kit import crypto, db, migrating, settings
from backend.ledger import verifying
from backend.members import enrolment, recognising
from backend.rotating import rotate
from tests.builders import a_gift, a_member, an_order, balance


@pytest.fixture
async def installed(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """An installation of its own, serving; its data folder."""
    monkeypatch.setenv("MALL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MALL_DATABASE_URL", database_url.replace("+aiosqlite", "").replace("+asyncpg", ""))
    settings.settings.cache_clear()
    (tmp_path / "data").mkdir()
    db.connect(database_url)
    yield tmp_path / "data"
    await db.disconnect()
    monkeypatch.undo()
    settings.settings.cache_clear()


async def entries() -> int:
    async with db.read() as session:
        return await verifying.count_entries(session)


async def sound() -> bool:
    async with db.snapshot() as session:
        return [one async for one in verifying.findings(session, lambda _: None)] == []


async def brought_back(path: Path, *, replace_all: bool = True) -> None:
    """Restore as the command does: a process of its own, with the product away or not."""
    await db.disconnect()
    try:
        await restore(path, replace_all=replace_all)
    finally:
        db.connect(settings.settings().async_database_url())


async def destroyed(folder: Path) -> None:
    """Nothing is left of the database."""
    url = settings.settings().async_database_url()
    await db.disconnect()
    if url.startswith("sqlite"):
        for file in Path(url.partition(":///")[2]).parent.glob("mall.db*"):
            file.unlink()
        return
    db.connect(url)

    async def drop(session: AsyncSession) -> None:
        connection = await session.connection()
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))

    await db.transact(drop)
    await db.disconnect()


async def test_everything_comes_back_and_goes_on(installed: Path, tmp_path: Path) -> None:
    ann, ben = await a_member("Ann", points=100), await a_member("Ben", points=50)
    await db.transact(enrolment.register, reference="Ann", phone="+8613812345678")
    writing = asyncio.Event()

    async def meanwhile() -> None:
        while not writing.is_set():
            await a_gift(ben, 1)

    at_it = asyncio.create_task(meanwhile())
    await asyncio.sleep(0.1)
    made = await back_up(tmp_path / "mall.zip")
    writing.set()
    await at_it
    assert 2 <= made.entries <= await entries()
    await a_gift(ann, 900)
    await destroyed(installed)
    db.connect(settings.settings().async_database_url())
    await brought_back(tmp_path / "mall.zip", replace_all=False)
    assert await entries() == made.entries and await sound()
    assert await balance(ann) == (100, 0)
    async with db.read() as session:
        found = await recognising.find(session, "13812345678")
    assert found is not None and found.id == ann
    await an_order("Ann", 10.0)
    assert (await balance(ann))[0] > 100 and await entries() > made.entries and await sound()
    assert await migrating.drift(settings.settings().async_database_url()) == []


async def test_points_are_of_one_moment_in_the_backup(installed: Path, tmp_path: Path) -> None:
    members = [await a_member(f"M{number}", points=10) for number in range(5)]
    done = asyncio.Event()

    async def meanwhile() -> None:
        while not done.is_set():
            await asyncio.gather(*(a_gift(member_id, 1) for member_id in members))

    at_it = asyncio.create_task(meanwhile())
    for number in range(3):
        await back_up(tmp_path / f"{number}.zip")
    done.set()
    await at_it
    for number in range(3):
        await brought_back(tmp_path / f"{number}.zip")
        assert await sound()


async def test_members_are_not_overwritten_by_accident(installed: Path, tmp_path: Path) -> None:
    ann = await a_member("Ann", points=100)
    await back_up(tmp_path / "mall.zip")
    await a_gift(ann, 1)
    with pytest.raises(NotEmpty):
        await brought_back(tmp_path / "mall.zip", replace_all=False)
    assert await balance(ann) == (101, 0)
    await brought_back(tmp_path / "mall.zip")
    assert await balance(ann) == (100, 0)


async def test_a_damaged_backup_changes_nothing(installed: Path, tmp_path: Path) -> None:
    ann = await a_member("Ann", points=100)
    await back_up(tmp_path / "mall.zip")
    whole = (tmp_path / "mall.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "mall.zip") as archive:
        packed = [one for one in archive.infolist() if one.compress_size]
    for one in packed:
        # Past the member's own header (its name included), so that the byte is one of its contents.
        at = one.header_offset + 30 + len(one.filename) + 20 + one.compress_size // 2
        (tmp_path / "bad.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        if one.compress_size > 50:
            with pytest.raises(BackupUnusable):
                await brought_back(tmp_path / "bad.zip")
    for number in range(20):
        at = (len(whole) - 1) * number // 20
        (tmp_path / "bad.zip").write_bytes(whole[:at])
        with pytest.raises(BackupUnusable):
            await brought_back(tmp_path / "bad.zip")
    assert await balance(ann) == (100, 0) and await sound()


async def test_the_secret_stays_away_unless_it_is_asked_for(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_member("Ann", points=100)
    await db.transact(enrolment.register, reference="Ann", phone="+8613812345678")
    secret = crypto.secret_file().read_text().strip()
    await db.disconnect()  # the command is a process of its own
    assert await backup_command(str(tmp_path), with_secret=False) == 0
    db.connect(settings.settings().async_database_url())
    assert "secret.key" in capsys.readouterr().err
    [plain] = tmp_path.glob("mall-*.zip")
    assert stat.S_IMODE(plain.stat().st_mode) == 0o600
    await back_up(tmp_path / "with.zip", with_secret=True)
    with zipfile.ZipFile(plain) as one, zipfile.ZipFile(tmp_path / "with.zip") as two:
        assert "secret.key" not in one.namelist() and two.read("secret.key").decode().strip() == secret
        said = json.loads(one.read("manifest.json"))
        assert secret not in str(said)
        assert (said["entries"], said["with_secret"], list(said["keys"])) == (1, False, ["1"])
        assert not any(b"13812345678" in one.read(name) for name in one.namelist())
    crypto.secret_file().unlink()
    with pytest.raises(SecretMissing):
        await brought_back(plain)
    await brought_back(tmp_path / "with.zip")
    async with db.read() as session:
        assert await recognising.find(session, "13812345678") is not None


async def test_a_backup_from_before_a_rotation_needs_its_key(installed: Path, tmp_path: Path) -> None:
    await a_member("Ann", points=100)
    await back_up(tmp_path / "mall.zip")
    kept = shutil.copy(crypto.secret_file(), tmp_path / "kept.key")
    assert await rotate(forget_old=True, pause_seconds=0) == 0
    with pytest.raises(SecretMissing):
        await brought_back(tmp_path / "mall.zip")
    keys = crypto.ring()
    crypto.keep_ring(crypto.Ring({**keys.secrets, **crypto.parsed(Path(kept).read_text()).secrets}))
    await brought_back(tmp_path / "mall.zip")
    assert await rotate(forget_old=True, pause_seconds=0) == 0 and await sound()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_backup_of_the_other_database_is_refused(
    installed: Path, tmp_path: Path, postgres_databases: object, monkeypatch: pytest.MonkeyPatch, fresh_postgresql: str
) -> None:
    await back_up(tmp_path / "mall.zip")
    monkeypatch.setenv("MALL_DATABASE_URL", fresh_postgresql.replace("+asyncpg", ""))
    settings.settings.cache_clear()
    with pytest.raises(OtherDatabase):
        await restore(tmp_path / "mall.zip", replace_all=True)


async def test_a_backup_that_failed_leaves_the_last_one(installed: Path, tmp_path: Path) -> None:
    await a_member("Ann", points=100)
    made = await back_up(tmp_path / "mall.zip")
    (tmp_path / ".mall.zip.part").mkdir()
    with pytest.raises(OSError, match="part"):
        await back_up(tmp_path / "mall.zip")
    (tmp_path / ".mall.zip.part").rmdir()
    await brought_back(tmp_path / "mall.zip")
    assert await entries() == made.entries
