"""The gate: everything that can be said about a change in a minute, and then every test."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend import building
from backend.kit.errors import Refused

STEP_SECONDS_MAX = 900
WHOLE_PRODUCTS = ("tests/journeys", "tests/faults", "tests/many_machines")
"""Each starts servers and browsers that its file shares, so a file stays in one process of tests."""
CLOCK = "watches_the_clock"
"""The mark of a test that measures what members were promised: it has the machine for itself, and a real disk."""
AT_ONCE = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")
FILE_BY_FILE = ("--numprocesses=auto", "--maxprocesses=2", "--dist=loadfile")
MEMORY = Path("/dev/shm")  # noqa: S108  the folder made in it is our own
MEMORY_BYTES_MIN = 4 * 1024**3


class CheckFailed(Refused):
    """A step of the gate did not hold."""


@dataclass(frozen=True)
class Step:
    """One thing the gate looks at. `look` raises a Refused whose message is the full report."""

    name: str
    promise: str
    look: Callable[[], None]


def check(only: Sequence[str]) -> int:
    """Run every step, or only those named, even after one has failed; give 1 if any failed."""
    return 1 if failed_steps(only) else 0


def test(pytest_arguments: Sequence[str]) -> int:
    """Build, check and run every test. With arguments, run pytest with them and nothing else."""
    if pytest_arguments:
        return run_pytest(pytest_arguments)
    failed = failed_steps(())
    code = run_every_test()
    if failed:
        print(f"mall: whatever the tests say, the gate failed on {', '.join(failed)} (see above)", file=sys.stderr)
    return code or int(bool(failed))


def run_every_test() -> int:
    """Several at once; then what starts whole products; then, alone, what watches the clock. Give 0 if all held."""
    others = [f"--ignore={folder}" for folder in WHOLE_PRODUCTS]
    with quick_folder() as folder:
        quick = {"TMPDIR": str(folder)}
        code = run_pytest([*AT_ONCE, "-m", f"not {CLOCK}", *others, "tests"], quick)
        code |= run_pytest([*FILE_BY_FILE, "-m", f"not {CLOCK}", *WHOLE_PRODUCTS], quick)
    return code | run_pytest(["-m", CLOCK, "tests"])


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Give a folder for databases that need not outlive a power cut: in memory where there is plenty, else on disk.

    Thousands of databases are made and dropped; on a disk a third of all processor time is writing them.
    """
    with tempfile.TemporaryDirectory(prefix="mall-test-", dir=MEMORY if has_plenty(MEMORY) else None) as folder:
        # PostgreSQL, which refuses to be root, must find its own folder inside.
        Path(folder).chmod(0o755)
        yield Path(folder)


def has_plenty(memory: Path) -> bool:
    """Tell whether a folder is there, can be written to, and has room for the databases of a run."""
    return (
        memory.is_dir()
        and os.access(memory, os.W_OK | os.X_OK)
        and min(shutil.disk_usage(memory).free, available_memory()) >= MEMORY_BYTES_MIN
    )


def available_memory() -> int:
    """Give the bytes Linux could still hand out (proc(5), MemAvailable); where it does not tell, none."""
    told = Path("/proc/meminfo")
    lines = told.read_text().splitlines() if told.exists() else []
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def failed_steps(only: Sequence[str]) -> list[str]:
    names = [step.name for step in STEPS]
    if unknown := set(only) - set(names):
        raise CheckFailed(f"no step is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return [step.name for step in STEPS if (not only or step.name in only) and not holds(step)]


def holds(step: Step) -> bool:
    began = time.monotonic()
    try:
        step.look()
    except Refused as failure:
        print(f"✗ {step.name}: {step.promise} ({time.monotonic() - began:.1f} s)\n\n{failure}\n", flush=True)
        return False
    print(f"✓ {step.name}: {step.promise} ({time.monotonic() - began:.1f} s)", flush=True)
    return True


def run_pytest(arguments: Sequence[str], differing: Mapping[str, str] | None = None) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, check=False, cwd=building.ROOT, env={**os.environ, **(differing or {})}).returncode


def tool(name: str, *arguments: str) -> Callable[[], None]:
    """Make a look that runs one of the environment's own programs."""
    return lambda: run([str(Path(sys.executable).with_name(name)), *arguments])


def run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command,
        check=False,
        cwd=building.ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=STEP_SECONDS_MAX,
    )
    if done.returncode:
        raise CheckFailed(f"{done.stdout}{done.stderr}".strip() or f"{command[0]} ended with code {done.returncode}")


def phone_builds() -> None:
    building.install_packages(building.find_node(), "everything")
    building.build()


def phone_script(name: str, doing: str) -> Callable[[], None]:
    """Make a look that runs one of the phone app's own scripts."""

    def look() -> None:
        building.run_script(building.find_node(), name, doing)

    return look


STEPS = (
    Step("format", "every file is formatted", tool("ruff", "format", "--check", ".")),
    Step("lint", "the linter finds nothing", tool("ruff", "check", "--output-format=concise", ".")),
    Step("types", "every type holds", tool("mypy")),
    Step("floors", "each floor imports only floors below", tool("lint-imports", "--no-logo")),
    Step("tidy", "the house is tidy", tool("python", "-m", "pytest", "-q", "tests/test_tidy.py")),
    Step(
        "fresh",
        "schema and migrations say what the code says",
        tool("python", "-m", "pytest", "-q", "tests/test_freshness.py"),
    ),
    Step("build", "the phone app builds", phone_builds),
    Step("phone", "the phone app's types, lint and unit tests hold", phone_script("check", "checking the phone app")),
    Step("budget", "the phone app keeps its byte budgets", phone_script("budget", "weighing the phone app")),
)
