"""What names a person cannot be read from the database, and nothing sealed can be changed or moved."""

import base64
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from backend.kit import crypto, db, settings
from backend.kit.crypto import SealBroken, SecretUnusable
from backend.members import delivery, phones, recognising
from backend.members.models import Member
from tests.members.signing_in import a_code, a_phone, cookie_of, somebody_enrolled


@pytest.fixture
def a_new_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MALL_DATA_DIR", str(tmp_path / "fresh"))
    settings.settings.cache_clear()
    yield tmp_path / "fresh"
    monkeypatch.undo()
    settings.settings.cache_clear()


async def everything_kept() -> str:
    """Every value of every row, as text and as what its bytes would read."""
    kept = []
    async with db.read() as session:
        connection = await session.connection()
        for table in await connection.run_sync(lambda sync: inspect(sync).get_table_names()):
            for row in await connection.execute(text(f'SELECT * FROM "{table}"')):
                kept += [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(kept)


async def test_nothing_personal_can_be_read_from_the_rows(database: str) -> None:
    member = await somebody_enrolled()
    phone = recognising.phone_of(member)
    assert phone is not None
    waiting = a_phone()
    code = await a_code(waiting)
    cookie = await cookie_of(member)
    await db.transact(
        delivery.save_home, member_id=member.id, recipient="Wilhelmina", phone="13911112222", address="Long Street 12"
    )
    kept = await everything_kept()
    assert member.nickname in kept
    secret = base64.urlsafe_b64decode(cookie + "==")[32:].decode("latin-1")
    for word in (phone, phone[3:], waiting[3:], code, cookie, secret, "13911112222", "Wilhelmina", "Long Street"):
        assert word not in kept


async def test_the_database_file_holds_no_phone_either(database: str) -> None:
    if not database.startswith("sqlite"):
        return
    member = await somebody_enrolled()
    phone = recognising.phone_of(member)
    assert phone is not None
    path = Path(database.partition(":///")[2])
    bytes_kept = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert member.nickname.encode() in bytes_kept
    assert phone[3:].encode() not in bytes_kept


async def test_a_sealed_phone_moved_to_another_member_does_not_open(database: str) -> None:
    ann, ben = await somebody_enrolled(), await somebody_enrolled()
    moved = Member(**ben.model_dump() | {"phone_sealed": ann.phone_sealed})
    with pytest.raises(SealBroken):
        recognising.phone_of(moved)


def test_no_byte_of_a_sealed_value_may_change() -> None:
    sealed = crypto.seal("张小安".encode(), "member 1: phone")
    assert crypto.open_sealed(sealed, "member 1: phone").decode() == "张小安"
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            crypto.open_sealed(changed, "member 1: phone")


@pytest.mark.parametrize("length", range(29))
def test_a_sealed_value_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(SealBroken):
        crypto.open_sealed(crypto.seal(b"", "x")[:length], "x")


def test_the_same_words_never_look_the_same_sealed() -> None:
    assert len({crypto.seal(b"ann", "x") for _ in range(100)}) == 100


def test_indexes_and_keys_are_apart_by_purpose() -> None:
    assert crypto.blind_index("1", "phone") == crypto.blind_index("1", "phone")
    assert crypto.blind_index("1", "phone") != crypto.blind_index("1", "card")
    assert crypto.signing_key("a") != crypto.signing_key("b")
    assert crypto.blind_index("1", "phone") != crypto.blind_index("2", "phone")


def test_a_new_installation_makes_one_secret_only_its_owner_can_read(a_new_installation: Path) -> None:
    keys: list[bytes] = []
    starting = [threading.Thread(target=lambda: keys.append(crypto.signing_key("x"))) for _ in range(8)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    path = a_new_installation / "secret.key"
    assert len(set(keys)) == 1 and len(keys) == 8
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in a_new_installation.iterdir()] == ["secret.key"]


def test_installations_do_not_read_each_others_seals(a_new_installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, index = crypto.seal(b"ann", "x"), phones.index("+8613800000001")
    monkeypatch.setenv("MALL_SECRET_KEY", base64.b64encode(os.urandom(32)).decode())
    settings.settings.cache_clear()
    with pytest.raises(SealBroken):
        crypto.open_sealed(sealed, "x")
    assert phones.index("+8613800000001") != index


@pytest.mark.parametrize("given", ["short", "é", base64.b64encode(b"x" * 31).decode()])
def test_a_secret_that_is_none_is_refused(
    a_new_installation: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("MALL_SECRET_KEY", given)
    settings.settings.cache_clear()
    with pytest.raises(SecretUnusable):
        crypto.signing_key("x")
