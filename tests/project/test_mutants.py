"""What tests/mutants.py has recorded fits the code as it is now."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
AGAIN = "run `.venv/bin/python tests/mutants.py --again`, which takes minutes"


@pytest.fixture(scope="module")
def mutants() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "tests" / "mutants.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def names(mutants: ModuleType) -> set[str]:
    return {mutant.name for group in mutants.all_mutants() for mutant in group}


@pytest.fixture(scope="module")
def results(mutants: ModuleType) -> Any:
    return json.loads(mutants.RESULTS.read_text(encoding="utf-8"))


def test_each_equivalent_mutant_exists(mutants: ModuleType, names: set[str]) -> None:
    gone = sorted(set(mutants.EQUIVALENT) - names)
    assert not gone, (
        "The code of these was changed: in EQUIVALENT of tests/mutants.py write the new name, if the "
        f"mutant still computes the same, or delete the line; then {AGAIN}.\n" + "\n".join(gone)
    )


def test_recorded_mutants_exist(mutants: ModuleType, names: set[str], results: Any) -> None:
    assert set(results["equivalent"]) <= set(mutants.EQUIVALENT), AGAIN
    assert not set(results["unseen"]) & set(mutants.EQUIVALENT), AGAIN
    gone = sorted({*results["equivalent"], *results["unseen"]} - names)
    assert not gone, f"The code of these was changed: {AGAIN}.\n" + "\n".join(gone)


def test_few_mutants_are_unseen(mutants: ModuleType, results: Any) -> None:
    number = sum(results["mutants"].values())
    counted = results["seen"] + len(results["equivalent"]) + len(results["unseen"])
    assert 0.9 * number <= counted <= number
    assert mutants.share_unseen(results) <= mutants.MOST_UNSEEN, results["unseen"]
