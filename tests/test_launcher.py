"""The launcher knows its commands: what only runs the product never waits for what only tests it."""

import argparse
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

from backend.__main__ import ROOT, parser

PROVING = {"bench", "check", "test"}


def commands() -> set[str]:
    action = next(one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return set(action.choices)


def test_every_command_but_those_that_prove_needs_the_product_alone() -> None:
    spec = spec_from_loader("mall", SourceFileLoader("mall", str(ROOT / "mall")))
    assert spec is not None and spec.loader is not None
    launcher = module_from_spec(spec)
    spec.loader.exec_module(launcher)
    assert commands() - PROVING == launcher.PRODUCT_COMMANDS
