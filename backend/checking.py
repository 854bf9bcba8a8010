"""The gate: everything that can be said about a change in a minute, and then every test."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend import building
from backend.kit.errors import Refused

STEP_SECONDS_MAX = 900
WATCHING_THE_CLOCK = ("tests/journeys", "tests/faults", "tests/many_machines")
"""Deadlines promised to members, and processes that are killed under load: they have the machine for themselves."""
AT_ONCE = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")


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
    others = [f"--ignore={folder}" for folder in WATCHING_THE_CLOCK]
    code = run_pytest([*AT_ONCE, *others, "tests"]) | run_pytest(WATCHING_THE_CLOCK)
    if failed:
        print(f"mall: whatever the tests say, the gate failed on {', '.join(failed)} (see above)", file=sys.stderr)
    return code or int(bool(failed))


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


def run_pytest(arguments: Sequence[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False, cwd=building.ROOT).returncode


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
