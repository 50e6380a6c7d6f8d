"""JAX, optax and Keras still compute what the book says of them: `make test-elsewhere`.

They are not in the environment of the other tests, so pytest runs this file only when it is named.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

CHAPTERS = Path(__file__).parents[1] / "chapters"
STORED = json.loads((CHAPTERS / "data" / "elsewhere.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def again() -> dict[str, Any]:
    return runpy.run_path(str(CHAPTERS / "_runs" / "elsewhere.py"))["made"]()


def test_the_versions_are_those_that_the_page_names(again: dict[str, Any]) -> None:
    assert (again["versions"], again["backend"]) == (STORED["versions"], STORED["backend"])


@pytest.mark.parametrize("title", STORED["rows"])
def test_each_call_gives_again_what_is_kept(again: dict[str, Any], title: str) -> None:
    for row, kept in zip(again["rows"][title], STORED["rows"][title], strict=True):
        assert (row["call"], row.get("error")) == (kept["call"], kept.get("error"))
        assert numbers(row) == pytest.approx(numbers(kept), rel=1e-5, abs=2e-6, nan_ok=True)


def numbers(row: dict[str, Any]) -> list[float]:
    """Return a row's numbers; JSON keeps infinity and NaN as text."""
    value = row.get("value", [])
    return [float(number) for number in (value if isinstance(value, list) else [value])]
