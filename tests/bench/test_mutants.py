"""The list of seeded faults fits the code: a mutant that can no longer be applied guards nothing."""

from backend.kit.settings import ROOT
from tests.bench.mutants import mutants

WANTED = 30


def test_every_mutant_still_applies() -> None:
    assert [problem for mutant in mutants() if (problem := mutant.problem(ROOT))] == []


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    names = [mutant.name for mutant in mutants()]
    assert len(names) == len(set(names)) >= WANTED


def test_no_mutant_changes_nothing() -> None:
    assert [mutant.name for mutant in mutants() for find, replace in mutant.changes if find == replace] == []
