"""House style that a machine can keep. What is written here is law; the rest is in README.md."""

import ast
import json
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

LINES_PER_FUNCTION_MAX = 40
LINES_PER_FUNCTION_MEDIAN_MAX = 8
LINES_PER_FILE_MAX = 400
BYTES_PER_FILE_MAX = 1_000_000
BANNED_STEMS = {
    "base", "common", "core", "helper", "helpers", "manager", "managers", "misc", "repository", "service", "services",
    "util", "utils",
}  # fmt: skip
CODE = {".py", ".ts", ".svelte", ".css", ".mjs", ".js"}
TOP_LEVEL = {
    "backend",
    "pwa",
    "migrations",
    "tests",
    "requirements",
    "mall",
    "schema.graphql",
    "pyproject.toml",
    "README.md",
}
WHO_MAY_COMMIT = {"backend/kit/db.py", "backend/kit/sqlite_writer.py"}
WHO_MAY_ASK_THE_TIME = {"backend/kit/clock.py"}
ASKS_THE_TIME = re.compile(r"\b(?:datetime|date)\.(?:now|utcnow|today)\(|\btime\.time(?:_ns)?\(|\bfunc\.now\(")
# One letter of each word in brackets, so that this file does not find itself.
HALF_DONE = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K]|NotImplemente[d]Error|not implemente[d]|coming soo[n])\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:tmp|work|root|home|Users|opt)/[\w.-]+")
INDEX_ADDRESS = re.compile(
    r"\"resolve[d]\": *\"http|--(?:extra-)?index-ur[l]|--find-link[s]|https?://\S+(?:/simpl[e]\b|\.(?:whl|tgz)\b)"
)


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project: what git knows, and what it would know after `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(path for path in sorted(map(Path, filter(None, listed.stdout.split("\0")))) if path.is_file())


def code() -> list[Path]:
    return [path for path in tracked() if path.suffix in CODE or path.name == "mall"]


def python() -> list[Path]:
    return [path for path in code() if path.suffix == ".py" or path.name == "mall"]


def backend() -> list[Path]:
    return [path for path in python() if path.parts[0] == "backend"]


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@cache
def functions() -> tuple[tuple[str, int], ...]:
    """Every Python function, named, with its length in lines."""
    found = []
    for path in python():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno
                found.append((f"{path}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1))
    return tuple(found)


def test_functions_are_short() -> None:
    assert [(name, lines) for name, lines in functions() if lines > LINES_PER_FUNCTION_MAX] == []


def test_the_usual_function_is_very_short() -> None:
    assert statistics.median(lines for _, lines in functions()) <= LINES_PER_FUNCTION_MEDIAN_MAX


def test_files_are_short() -> None:
    lengths = {str(path): path.read_text(encoding="utf-8").count("\n") for path in code()}
    assert {path: lines for path, lines in lengths.items() if lines > LINES_PER_FILE_MAX} == {}


def test_no_file_is_large() -> None:
    assert [str(path) for path in tracked() if path.stat().st_size > BYTES_PER_FILE_MAX] == []


def test_no_file_is_named_for_a_layer() -> None:
    assert [str(path) for path in code() if path.stem in BANNED_STEMS] == []


def test_only_transact_commits() -> None:
    assert {str(path) for path in backend() if ".commit(" in path.read_text(encoding="utf-8")} <= WHO_MAY_COMMIT


def test_only_the_clock_asks_the_time() -> None:
    assert {
        str(path) for path in backend() if ASKS_THE_TIME.search(path.read_text(encoding="utf-8"))
    } <= WHO_MAY_ASK_THE_TIME


@pytest.mark.parametrize(
    "pattern", [HALF_DONE, MACHINE_PATH, INDEX_ADDRESS], ids=["half done", "machine path", "index"]
)
def test_nothing_is_left_in_that_must_not_land(pattern: re.Pattern[str]) -> None:
    found = [(str(path), match.group()) for path, text in texts() if (match := pattern.search(text))]
    assert found == []


def test_every_package_says_what_it_is_for() -> None:
    packages = [path for path in backend() if path.name == "__init__.py"]
    wordless = [str(path) for path in packages if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert wordless == []


def test_every_module_says_what_it_is_for() -> None:
    wordless = [str(path) for path in python() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert wordless == []


def test_the_top_level_is_the_one_in_the_design() -> None:
    top = {path.parts[0] for path in tracked() if not path.parts[0].startswith(".")}
    assert top - TOP_LEVEL == set()


def test_every_wanted_package_is_locked_with_hashes() -> None:
    for wanted in Path("requirements").glob("*.in"):
        locked = wanted.with_suffix(".txt").read_text(encoding="utf-8")
        for line in wanted.read_text(encoding="utf-8").splitlines():
            name = re.match(r"[a-z][\w.-]*", line)
            assert not name or re.search(rf"^{name[0]}==\S+.*\\\n    --hash=sha256:", locked, re.MULTILINE), line


def test_every_npm_package_is_locked_with_a_hash() -> None:
    for lock in (path for path in tracked() if path.name == "package-lock.json"):
        packages: dict[str, dict[str, object]] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
