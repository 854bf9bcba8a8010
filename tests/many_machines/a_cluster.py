"""A Redis Cluster of three nodes on loopback, made by its own commands."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from tests import real_redis
from tests.real_postgres import free_port

NODES = 3
SLOTS = 16_384
AGREE_SECONDS_MAX = 30
END_SECONDS_MAX = 30
HIGHEST_PORT = 55_000
"""Nodes talk to each other on a port 10,000 above the one they serve at."""


@dataclass
class Node:
    """One server of the cluster. What it knows of the others outlives it; its data does not."""

    folder: Path
    port: int
    server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [real_redis.find_binary(), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        command += ["--cluster-enabled", "yes", "--cluster-config-file", f"nodes-{self.port}.conf"]
        command += ["--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"]
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/")
        real_redis.wait_until_ready(self.server, self.port)

    def kill(self) -> None:
        """kill -9."""
        if self.server is not None:
            self.server.kill()
            self.server.wait(END_SECONDS_MAX)

    def ask(self, *command: Any) -> Any:
        """What it answers."""
        with Redis(port=self.port, socket_timeout=5) as client:
            return client.execute_command(*command)


@dataclass
class Cluster:
    """Nodes that have a third of the slots each."""

    nodes: list[Node]

    @property
    def url(self) -> str:
        """All of them."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def node_of(self, slot: int) -> Node:
        """Who has `slot`."""
        return self.nodes[slot * NODES // SLOTS]


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Three nodes that know each other, for the length of the block."""
    folder = Path(tempfile.mkdtemp(prefix="mall-cluster-"))
    nodes = [Node(folder, _port()) for _ in range(NODES)]
    try:
        for node in nodes:
            node.start()
        _introduce(nodes)
        yield Cluster(nodes)
    finally:
        for node in nodes:
            node.kill()
        shutil.rmtree(folder, ignore_errors=True)


def agree(nodes: list[Node]) -> bool:
    """Whether each of them knows all, and every slot has somebody."""
    return all(
        "cluster_state:ok" in (told := _told(node))
        and f"cluster_known_nodes:{NODES}" in told
        and f"cluster_slots_ok:{SLOTS}" in told
        for node in nodes
    )


def _introduce(nodes: list[Node]) -> None:
    for number, node in enumerate(nodes):
        first, beyond = (-(-at * SLOTS // NODES) for at in (number, number + 1))
        node.ask("CLUSTER", "ADDSLOTSRANGE", first, beyond - 1)
        node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    for node in nodes[1:]:
        node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port)
    until = time.monotonic() + AGREE_SECONDS_MAX
    while not agree(nodes):
        assert time.monotonic() < until, [_told(node) for node in nodes]
        time.sleep(0.05)


def _told(node: Node) -> str:
    told = node.ask("CLUSTER", "INFO")
    return told.decode() if isinstance(told, bytes) else "\n".join(f"{name}:{value}" for name, value in told.items())


def _port() -> int:
    while (port := free_port()) > HIGHEST_PORT:
        pass
    return port
