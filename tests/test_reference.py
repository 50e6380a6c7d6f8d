"""Functions of distributions and counts give what mpmath gave, on every array library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossutils
from lossutils import coding, information, smoothing, weights

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
    # Activations, targets and losses have PyTorch for their reference (test_pytorch_samples.py),
    # and calibration examples worked by hand (test_calibration.py).
    families = (information, smoothing, coding, weights)
    functions = {name for family in families for name in family.__all__}
    assert {case["function"] for case in CASES} == functions - {"check_distribution"}


def test_the_reference_is_what_its_generator_writes() -> None:
    subprocess.run([sys.executable, REFERENCE / "generate.py", "--check"], check=True)
