"""The commands of `./mall`: says what each does and hands over to the module that owns it."""

import argparse
import asyncio
import importlib
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asyncpg import InvalidAuthorizationSpecificationError, InvalidCatalogNameError
from pydantic import ValidationError
from sqlalchemy.exc import NoSuchModuleError

from backend.kit.errors import Refused
from backend.kit.settings import settings

EXPECTED = (
    Refused,
    OSError,
    NoSuchModuleError,
    InvalidAuthorizationSpecificationError,
    InvalidCatalogNameError,
)
"""What a wrong setting, a missing file or a server that is down look like. Anything else is a bug and shows as one."""
ROOT = Path(__file__).resolve().parent.parent

EPILOG = """settings come from the environment:
  MALL_DATABASE_URL   where the books are kept (default: SQLite in the data folder)
  MALL_REDIS_URL      a Redis or Valkey shared by several processes (default: none, all in this process)
  MALL_DATA_DIR       the data folder (default: data)
"""


class WrongSetting(Refused):
    """A setting in the environment cannot be used."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code: 0 done, 1 could not (one line on stderr says why), 2 misused."""
    chosen = choose(sys.argv[1:] if arguments is None else arguments)
    target: str = chosen.pop("target")
    os.chdir(ROOT)
    try:
        check_settings()
        return run(target, chosen)
    except KeyboardInterrupt:
        return 130
    except EXPECTED as failure:
        print(f"mall: {worded(failure)}", file=sys.stderr)
        return 1


def choose(arguments: list[str]) -> dict[str, Any]:
    """Read the command line. What follows `test` is pytest's, options included, so argparse never sees it."""
    split = 1 if arguments[:1] == ["test"] and not {"-h", "--help"} & set(arguments) else len(arguments)
    chosen = vars(parser().parse_args(arguments[:split] or ["--help"]))
    chosen.pop("bench", None)
    if chosen.pop("command") == "test":
        chosen["pytest_arguments"] = arguments[split:]
    return chosen


def run(target: str, named: dict[str, Any]) -> int:
    """Call `module:function`, imported only now so that no command waits for another's imports."""
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    result = function(**named)
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    return result if isinstance(result, int) else 0


def check_settings() -> None:
    try:
        settings()
    except ValidationError as failure:
        raise WrongSetting(
            "; ".join(f"MALL_{str(e['loc'][0]).upper()}: {e['msg']}" for e in failure.errors())
        ) from None


def worded(failure: Exception) -> str:
    """Say in one line what went wrong, for someone who has not read the code."""
    if isinstance(failure, ConnectionError):
        return f"{failure.strerror or failure}: is what MALL_DATABASE_URL or MALL_REDIS_URL names running?"
    if isinstance(failure, OSError) and failure.strerror:
        return f"{failure.filename}: {failure.strerror}" if failure.filename else failure.strerror
    return str(failure)


def parser() -> argparse.ArgumentParser:
    mall = argparse.ArgumentParser(
        prog="./mall",
        description="The points mall: earn points, keep them honestly, spend them with joy.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = mall.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, target: str, does: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")
        added.set_defaults(target=target)
        return added

    add_running(command)
    add_programme(command)
    add_telling(command)
    add_making(command)
    add_measuring(command)
    return mall


def add_running(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    serve = command(
        "serve", "backend.serving:serve", "serve the API, the live events and the phone app, worker included"
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", default=8000, type=port, help="port to listen on (default: %(default)s)")
    command("worker", "backend.worker:run", "run reactions and scheduled jobs in a process of their own")
    command("migrate", "backend.kit.migrating:upgrade", "bring the database to the newest shape")


def add_programme(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    command("demo", "backend.demo.seeding:seed_command", "seed the demo programme; a second time changes nothing")
    imports = command("import", "backend.earning.importing:import_command", "read orders and other events from a file")
    imports.add_argument("path", metavar="FILE", type=readable_file, help="JSON lines or CSV, plain or .gz")
    imports.add_argument("--json", dest="as_json", action="store_true", help="end with one line of JSON counts")
    imports.add_argument("--shift-to-today", action="store_true", help="move all events so that the last happens now")
    imports.add_argument("--source", metavar="NAME", default="import", help="the events' source (default: %(default)s)")
    verify = command("verify", "backend.verifying:verify_command", "recompute the books from their entries and compare")
    verify.add_argument("--checkpoint", metavar="FILE", type=readable_file, help="also against one kept elsewhere")
    seal = command("seal", "backend.sealing:seal_command", "seal what waits and publish it; or change the signing key")
    seal.add_argument("what", choices=("now", "rotate"), nargs="?", default="now", help="(default: %(default)s)")
    backup = command("backup", "backend.backing_up.commands:backup_command", "write the books into one file, serving")
    backup.add_argument("target", metavar="FILE|DIR", type=absolute, help="where to; in a folder it names itself")
    backup.add_argument("--with-secret", action="store_true", help="put the secret into it: whoever has it reads all")
    restore = command("restore", "backend.backing_up.commands:restore_command", "bring a backup back")
    restore.add_argument("path", metavar="FILE", type=readable_file, help="what ./mall backup wrote")
    restore.add_argument("--replace", dest="replace_all", action="store_true", help="in place of what is there now")
    rotate = command("rotate-keys", "backend.rotating:rotate_command", "let a new secret key seal everything at rest")
    rotate.add_argument("--forget-old", action="store_true", help="and take the old keys away once nothing needs them")
    command(
        "reconcile", "backend.verifying:reconcile_command", "compare balances with lots and entries; report the months"
    )
    token = command("token", "backend.members.tokens:token_command", "print one bearer token for the demo programme")
    who = token.add_mutually_exclusive_group(required=True)
    who.add_argument("--member", metavar="NAME", help="for a demo member: ann, ben, cai …")
    who.add_argument("--operator", metavar="NAME", nargs="?", const="operator", help="for an operator, by name")
    who.add_argument("--revoke", metavar="NAME", help="take every token of this operator back")


def add_telling(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    source = command("source", "backend.earning.sending:source_command", "print the key a mall signs its events with")
    source.add_argument("name", metavar="NAME", help="how the mall names itself in its events' source")
    order = command("order", "backend.earning.sending:order_command", "tell a running server of a paid order")
    order.add_argument("member", metavar="MEMBER", help="the member's reference or phone: ann, ben, cai …")
    order.add_argument("yuan", metavar="YUAN", type=float, help="what was paid, for example 88.50")
    refund = command("refund", "backend.earning.sending:refund_command", "tell a running server of a refund")
    refund.add_argument("member", metavar="MEMBER", help="whose order it was")
    refund.add_argument("order", metavar="ORDER", help="the order's number, as `./mall order` printed it")
    refund.add_argument("yuan", metavar="YUAN", type=float, nargs="?", help="what was given back (default: all of it)")
    for told in (order, refund):
        told.add_argument("--source", metavar="NAME", default="demo-shop", help="who says so (default: %(default)s)")
        told.add_argument("--server", default="http://127.0.0.1:8000", help="where it runs (default: %(default)s)")


def add_making(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    command("schema", "backend.schema:write", "write schema.graphql from the code")
    command("build", "backend.building:build", "build the phone app, unless it is built already")
    check = command(
        "check", "backend.checking:check", "the quick gate: format, lint, types, floors, freshness, budgets"
    )
    check.add_argument("only", nargs="*", metavar="STEP", help="run only these steps")
    test = command("test", "backend.checking:test", "build, check and run every test; with arguments, pytest alone")
    test.usage = "./mall test [-h] [PYTEST ARGUMENT …]"


def add_measuring(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    bench = command("bench", "", "measure a promise that takes longer than a test may")
    benches = bench.add_subparsers(dest="bench", metavar="NAME", required=True)

    def measure(name: str, does: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = benches.add_parser(name, help=does)
        added.set_defaults(target=f"tests.bench.{name}:{name}_command")
        added.add_argument("--json", dest="as_json", action="store_true", help="end with one line of JSON")
        return added

    add_breaking(measure)
    add_timing(measure)
    auctions = measure("auctions", "recorded bids through the verbs: do the prices agree?")
    auctions.add_argument(
        "--data", type=readable_folder, required=True, metavar="DIR", help="auctions and bids, .csv.gz"
    )
    auctions.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")


def add_breaking(measure: Callable[[str, str], argparse.ArgumentParser]) -> None:
    mutants = measure("mutants", "seed faults into a copy of the code: the suite must notice each")
    mutants.add_argument("only", nargs="*", metavar="MUTANT", help="judge only these")
    mutants.add_argument("--jobs", type=int, default=2, help="so many at once (default: %(default)s)")
    faults = measure("faults", "break the running product again and again: no yes may be lost")
    faults.add_argument("--minutes", type=float, default=10.0, help="how long (default: %(default)s)")
    faults.add_argument("--seed", type=int, help="which faults in which order; printed by every run")


def add_timing(measure: Callable[[str, str], argparse.ArgumentParser]) -> None:
    def time(name: str, does: str, *, rounds: int) -> argparse.ArgumentParser:
        timed = measure(name, does)
        timed.add_argument("--rounds", type=int, default=rounds, help="times each is measured (default: %(default)s)")
        timed.add_argument("--seconds", type=float, default=4.0, help="so long each time (default: %(default)s)")
        return timed

    home = time("home", "the phone's first question, against the same answer written by hand and others", rounds=5)
    home.add_argument("--members", type=int, default=100_000, help="so many there are (default: %(default)s)")
    home.add_argument("--peer", dest="peers", metavar="NAME", action="append", default=[], help="also against this one")
    ledger = time("ledger", "redemptions through the verb against one PostgreSQL function", rounds=3)
    ledger.add_argument(
        "--lots",
        type=int,
        default=100_000,
        help="sweep and verify books of so many lots; 0: do not (default: %(default)s)",
    )
    time("donations", "gifts to one project against gifts spread over a thousand", rounds=7)
    time("redeem", "redemptions over HTTP against the same writes behind an endpoint written by hand", rounds=5)
    imports = measure("import", "made-up orders through the import, against a copy of the rows it makes")
    imports.set_defaults(target="tests.bench.importing:import_command")
    imports.add_argument("--orders", type=int, default=20_000, help="so many in the file (default: %(default)s)")
    imports.add_argument("--rounds", type=int, default=3, help="times each is measured (default: %(default)s)")
    fanout = measure("fanout", "one event to thousands of sockets against Strawberry's own subscriptions")
    fanout.add_argument("--sockets", type=int, default=5_000, help="so many on each side (default: %(default)s)")
    fanout.add_argument("--rounds", type=int, default=5, help="times each is measured (default: %(default)s)")
    fanout.add_argument("--events", type=int, default=5, help="so many each time (default: %(default)s)")


def port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port (0 to 65535)")
    return int(text)


def absolute(text: str) -> Path:
    return Path(text).absolute()


def readable_folder(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path


def readable_file(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


if __name__ == "__main__":
    sys.exit(main())
