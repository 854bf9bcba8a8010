"""`./mall bench mutants`: faults seeded into a copy of the code one by one; the suite must notice every one."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from backend.kit.errors import Refused
from backend.kit.settings import ROOT
from tests.real_postgres import real_postgres
from tests.real_redis import real_redis

LIST = Path(__file__).with_name("mutants.toml")
SUITE_SECONDS_MAX = 900
MUTANT_SECONDS_MAX = 300
"""A mutant under which the suite never ends is noticed too."""
NOTICED = 1
"""What pytest ends with when tests failed; anything else that is not 0 means that they could not be run."""
FIRST_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class CannotMutate(Refused):
    """The list of mutants does not fit the code."""


@dataclass(frozen=True)
class Mutant:
    """One fault: texts that stand once each in `file`, what is put in their place, and which tests must go red."""

    name: str
    breaks: str
    file: str
    changes: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Mutant":
        changes = tuple((change["find"], change["replace"]) for change in (row, row.get("also")) if change)
        return cls(row["name"], row["breaks"], row["file"], changes, tuple(row["tests"]))

    def problem(self, root: Path) -> str | None:
        """Why it cannot be applied to the tree at `root`, if it cannot."""
        file = root / self.file
        text = file.read_text("utf-8") if file.exists() else ""
        counts = [text.count(find) for find, _ in self.changes]
        if counts != [1] * len(counts):
            return f"{self.name}: what it replaces stands {' and '.join(map(str, counts))} times in {self.file}"
        missing = [test for test in self.tests if not (root / test.partition("::")[0]).exists()]
        return f"{self.name}: there is no {missing[0]}" if missing else None

    @contextmanager
    def applied(self, root: Path) -> Iterator[None]:
        """The tree at `root` with this fault in it, until the block ends."""
        file = root / self.file
        sound = file.read_text("utf-8")
        faulty = sound
        for find, replace in self.changes:
            faulty = faulty.replace(find, replace)
        file.write_text(faulty, "utf-8")
        try:
            yield
        finally:
            file.write_text(sound, "utf-8")


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant. `by`: the first test that noticed, or how the suite ended."""

    mutant: Mutant
    killed: bool
    by: str
    seconds: float

    def line(self) -> str:
        mark = "✓ killed  " if self.killed else "✗ SURVIVED"
        return f"{mark} {self.mutant.name}: {self.mutant.breaks} ({self.by}, {self.seconds:.0f} s)"


def mutants() -> list[Mutant]:
    """The committed list."""
    return [Mutant.of(row) for row in tomllib.loads(LIST.read_text("utf-8"))["mutant"]]


def mutants_command(only: Sequence[str], jobs: int, *, as_json: bool) -> int:
    """Judge every mutant, or those named; 1 if any survives."""
    chosen = _chosen(only)
    with real_postgres() as database, real_redis() as redis, tempfile.TemporaryDirectory(prefix="mall-mutants-") as at:
        servers = {"TEST_DATABASE_URL": database.replace("+asyncpg", ""), "TEST_REDIS_URL": redis}
        trees = [_copy_of_the_tree(Path(at) / str(number)) for number in range(jobs)]
        _must_be_green(trees[0], chosen, servers)
        verdicts = list(_judged(chosen, trees, servers))
    survivors = [verdict for verdict in verdicts if not verdict.killed]
    print(f"{len(verdicts) - len(survivors)} of {len(verdicts)} mutants killed")
    if as_json:
        print(json.dumps({"name": "mutants", "killed": len(verdicts) - len(survivors), "of": len(verdicts)}))
    return 1 if survivors else 0


def _chosen(only: Sequence[str]) -> list[Mutant]:
    known = {mutant.name: mutant for mutant in mutants()}
    if unknown := set(only) - known.keys():
        raise CannotMutate(f"no mutant is called {', '.join(sorted(unknown))}")
    chosen = [mutant for name, mutant in known.items() if not only or name in only]
    if problems := [problem for mutant in chosen if (problem := mutant.problem(ROOT))]:
        raise CannotMutate("; ".join(problems))
    return chosen


def _must_be_green(tree: Path, chosen: Iterable[Mutant], servers: Mapping[str, str]) -> None:
    # A mutant that "dies" in a suite that was red already proves nothing.
    tests = sorted({test for mutant in chosen for test in mutant.tests})
    print(f"first without a fault: {len(tests)} parts of the suite", flush=True)
    code, said = _run(tree, tests, servers, SUITE_SECONDS_MAX)
    if code != 0:
        raise CannotMutate(f"the suite is not green without a mutant:\n{said}")


def _judged(chosen: Sequence[Mutant], trees: Sequence[Path], servers: Mapping[str, str]) -> Iterator[Verdict]:
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def judge(mutant: Mutant) -> Verdict:
        tree = free.get()
        try:
            return _judge(mutant, tree, servers)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        for verdict in pool.map(judge, chosen):
            print(verdict.line(), flush=True)
            yield verdict


def _judge(mutant: Mutant, tree: Path, servers: Mapping[str, str]) -> Verdict:
    began = time.monotonic()
    with mutant.applied(tree):
        code, said = _run(tree, mutant.tests, servers, MUTANT_SECONDS_MAX)
    noticed = FIRST_FAILED.search(said)
    by = noticed[1] if noticed else "the suite never ended" if code is None else f"pytest ended with {code}"
    return Verdict(mutant, code in (NOTICED, None), by, time.monotonic() - began)


def _run(tree: Path, tests: Sequence[str], servers: Mapping[str, str], seconds: float) -> tuple[int | None, str]:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "--tb=line", "-p", "no:cacheprovider"]
    command += ["--hypothesis-seed=0", "--hypothesis-profile=unshrunk", *tests]
    environment = {**os.environ, **servers, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        suite = subprocess.Popen(command, cwd=tree, env=environment, stdout=said, stderr=said)
        code = _waited(suite.wait, seconds)
        if code is None:
            suite.kill()
            suite.wait()
        said.seek(0)
        return code, said.read()


def _waited(wait: Callable[[float], int], seconds: float) -> int | None:
    try:
        return wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _copy_of_the_tree(to: Path) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
    return to
