"""Who answers the phone's first question in `./mall bench home`: the product, and what it is compared with.

Peers, which `--peer NAME` measures in the same run, are in home_peers.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import orjson

from backend.kit.settings import ROOT
from backend.members.sessions import COOKIE
from tests.bench import a_crowd
from tests.real_postgres import free_port

DOCUMENTS = ROOT / "pwa" / "dist" / "documents.json"
VARIABLES = {"locale": "ZH_CN"}
START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 20.0
LOOK_SECONDS = 0.05


class NotStarted(Exception):
    """A side did not begin to answer."""


class Side(Protocol):
    """Something that answers the question over HTTP on one port."""

    name: str
    port: int

    def start(self, environment: Mapping[str, str], folder: Path) -> None:
        """Start it, in production mode; MALL_DATABASE_URL in `environment` says where the rows are."""

    def pids(self) -> Sequence[int]:
        """Its processes, for what they cost."""

    def request(self, cookie: str) -> bytes:
        """The question of the member with this session cookie, as it goes over the wire."""

    def agrees(self, body: bytes, ours: bytes) -> bool:
        """Whether an answer says what ours says."""

    def stop(self) -> None:
        """End it."""


@dataclass
class PythonSide:
    """A server of `home_servers`, or of another module that has as many."""

    name: str
    module: str = "tests.bench.home_servers"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str], folder: Path) -> None:
        """Start it and return at once."""
        with (folder / f"{self.name}.log").open("wb") as log:
            command = [sys.executable, "-m", self.module, self.name, str(self.port)]
            given = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
            self.process = subprocess.Popen(command, cwd=ROOT, env=given, stdout=log, stderr=log)

    def pids(self) -> Sequence[int]:
        """One."""
        assert self.process is not None
        return [self.process.pid]

    def request(self, cookie: str) -> bytes:
        """By the document's id, as the phone asks."""
        variables = quote(orjson.dumps(VARIABLES))
        return _head(f"GET /graphql?documentId={home()[0]}&variables={variables}", cookie) + b"\r\n"

    def agrees(self, body: bytes, ours: bytes) -> bool:
        """Byte for byte."""
        return body == ours

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS_MAX)


class StockSide(PythonSide):
    """It knows no ids: the text goes along every time."""

    def agrees(self, body: bytes, ours: bytes) -> bool:
        """Whatever the white space."""
        return bool(orjson.loads(body)["data"] == orjson.loads(ours)["data"])

    def request(self, cookie: str) -> bytes:
        """By the document's text."""
        body = orjson.dumps({"query": home()[1], "variables": VARIABLES})
        return (
            _head("POST /graphql", cookie)
            + f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )


async def wait_until_it_answers(side: Side, cookie: str, folder: Path) -> bytes:
    """Its first answer. Raises NotStarted."""
    until = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return await a_crowd.answer(side.port, side.request(cookie))
        except OSError as error:
            if time.monotonic() > until or not side.pids():
                said = folder / f"{side.name}.log"
                raise NotStarted(f"{side.name}: {said.read_text('utf-8') if said.exists() else error}") from error
            await asyncio.sleep(LOOK_SECONDS)


def home() -> tuple[str, str]:
    """The id and the text of the phone's first question, as its build wrote them."""
    documents: dict[str, str] = orjson.loads(DOCUMENTS.read_bytes())
    return next((name, text) for name, text in documents.items() if text.startswith("query Home("))


def _head(asked: str, cookie: str) -> bytes:
    # What a phone's browser sends along, as far as a server looks at it.
    return (
        f"{asked} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\naccept-encoding: gzip, deflate, br\r\n"
        f"accept-language: zh-CN\r\nuser-agent: Mozilla/5.0 (iPhone)\r\nsec-fetch-site: same-origin\r\n"
        f"cookie: {COOKIE}={cookie}\r\n"
    ).encode()
