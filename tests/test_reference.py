"""All functions agree with mpmath, on every array library, and on torch in their slopes too."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossutils
from lossutils import targets

REFERENCE = Path(__file__).parent / "reference"
# The file holds infinities and NaN as strings; Python's json reads them without the quotes.
TEXT = re.sub(r'"(-?Infinity|NaN)"', r"\1", (REFERENCE / "values.json").read_text("utf-8"))
CASES = json.loads(TEXT)["cases"]


def name(case: dict[str, Any]) -> str:
    return f"{case['function']}: {case['case']}"


def given(xp: Any, value: Any) -> Any:
    """Return a number, list or table as an array; whole numbers are class indices, so integers."""
    return xp.array(value, "int64" if np.asarray(value).dtype.kind == "i" else "float64")


def call(xp: Any, case: dict[str, Any], *inputs: Any) -> Any:
    options = {
        name: given(xp, value) if isinstance(value, list) and name != "axes" else value
        for name, value in case["options"].items()
    }
    if case["function"] in targets.__all__:  # from indices they return the library's default dtype
        options["dtype"] = xp.namespace.float64
    return getattr(lossutils, case["function"])(*inputs, **options)


def roundings(case: dict[str, Any]) -> dict[str, float]:
    """Return how far a result may be off: nine roundings, relative for results above 1.

    Near certainty they are relative to the result, plus the rounding of an exponent near -40.
    """
    if case["case"].startswith("near certainty"):
        return {"rtol": 1e-14, "atol": 0}
    return {"rtol": 2e-15, "atol": 2e-15}


def of_each_function(cases: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        groups.setdefault(case["function"], []).append(case)
    return groups


VALUES = of_each_function(CASES)
SLOPES = of_each_function([case for case in CASES if "gradient" in case])


# A test for each function, not for each case: pytest's own work on thousands of tests takes longer.
@pytest.mark.parametrize("function", VALUES)
def test_values_are_those_of_the_reference(xp: Any, function: str) -> None:
    for case in VALUES[function]:
        result = call(xp, case, *(given(xp, value) for value in case["inputs"]))
        got = [xp.numpy(x) for x in result] if isinstance(result, tuple) else xp.numpy(result)
        expected = case["expected"]
        if isinstance(expected, dict):
            assert list(expected) == list(result._fields), name(case)
            expected = list(expected.values())
        expected = np.asarray(expected, dtype=float)
        np.testing.assert_allclose(got, expected, err_msg=name(case), **roundings(case))


@pytest.mark.parametrize("function", SLOPES)
def test_slopes_are_those_of_the_reference(torch_xp: Any, function: str) -> None:
    for case in SLOPES[function]:
        first, *others = (given(torch_xp, value) for value in case["inputs"])
        call(torch_xp, case, first.requires_grad_(), *others).backward()
        got = torch_xp.numpy(first.grad)
        np.testing.assert_allclose(got, case["gradient"], err_msg=name(case), **roundings(case))


def test_every_function_has_reference_values() -> None:
    others = {"check_distribution", "diagnose", "diagnosing", "explain"}  # return no array
    functions = set(lossutils.__all__) - others
    assert set(VALUES) == functions


def test_losses_have_slopes_for_reference() -> None:
    others = {"brier_score", "expected_calibration_error", "linear_cross_entropy", "logsumexp"}
    assert set(SLOPES) == {*lossutils.losses.__all__, *others}


def test_the_reference_is_what_its_generator_writes() -> None:
    subprocess.run([sys.executable, REFERENCE / "generate.py", "--check"], check=True)
