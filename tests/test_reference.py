"""Every function gives what mpmath gave, on every array library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossutils

REFERENCE = Path(__file__).parent / "reference"
CASES = json.loads((REFERENCE / "values.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['function']}: {case['case']}")
def test_values_are_those_of_the_reference(xp: Any, case: dict[str, Any]) -> None:
    function = getattr(lossutils, case["function"])
    result = function(*(xp.array(values) for values in case["inputs"]), **case["options"])
    got = [xp.numpy(x) for x in result] if isinstance(result, tuple) else xp.numpy(result)
    # Nine roundings, relative to results above 1 and absolute below.
    expected = np.asarray(case["expected"], dtype=np.float64)  # "Infinity" becomes the number
    np.testing.assert_allclose(got, expected, rtol=2e-15, atol=2e-15)


def test_every_function_has_reference_values() -> None:
    assert {case["function"] for case in CASES} == set(lossutils.__all__) - {"check_distribution"}


def test_the_reference_is_what_its_generator_writes() -> None:
    subprocess.run([sys.executable, REFERENCE / "generate.py", "--check"], check=True)
