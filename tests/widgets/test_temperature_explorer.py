"""The explorer of temperature: what it reads from stored runs, in Python and in JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossutils import (
    brier_parts,
    brier_score,
    expected_calibration_error,
    reliability,
    softmax,
)
from lossutils.widgets import TemperatureExplorer

STORED = json.loads(
    (Path(__file__).parents[2] / "chapters" / "data" / "temperature.json").read_text("utf-8")
)
NETWORKS = {
    f"{name}, {network['alpha']:g}": network["grid"]
    for name, networks in STORED["tasks"].items()
    for network in networks
}


def test_it_shows_what_lossutils_says_of_the_divided_logits() -> None:
    generator = np.random.default_rng(0)
    z, y = 3 * generator.normal(size=(300, 4)), generator.integers(4, size=300)
    runs = []
    for T in (0.5, 1.0, 1.5):
        q = softmax(z / T)
        bins, parts = reliability(q, y, bins=10), brier_parts(q, y, bins=10)
        runs.append(
            {
                "T": T,
                "accuracy": np.mean(q.argmax(axis=1) == y),
                "confidence": q.max(axis=1).mean(),
                "nll": -np.log(q[np.arange(300), y]).mean(),
                "brier": brier_score(q, y),
                "calibration": parts.calibration,
                "refinement": parts.refinement,
                **{f"bin_{name}": values for name, values in bins._asdict().items()},
            }
        )
    explorer = TemperatureExplorer({"one": runs})
    assert (explorer.T, explorer.best) == (1.0, 1.5)
    for run in runs:
        explorer.T = run["T"]
        for name in ("accuracy", "confidence", "nll", "brier", "calibration", "refinement"):
            assert getattr(explorer, name) == run[name]
        error = expected_calibration_error(softmax(z / run["T"]), y, bins=10)
        assert explorer.ece == pytest.approx(float(error), abs=1e-12)


def test_only_stored_temperatures_can_be_set() -> None:
    explorer = TemperatureExplorer(NETWORKS, "noisy, 0")
    explorer.figure.T = 2.0 + 1e-12  # as a slider adds up its steps
    assert explorer.T == 2.0
    with pytest.raises(ValueError, match=r"T must be one of \[0.4, 0.6, .*\], got 2.1"):
        explorer.T = 2.1
    other = [dict(run, T=T) for run, T in zip(NETWORKS["clean, 0"], (1, 2, 3), strict=False)]
    explorer.networks = {"other": other}
    assert (explorer.network, explorer.T) == ("other", 2.0)


def test_runs_that_cannot_make_a_slider_are_refused() -> None:
    first, second, third = NETWORKS["clean, 0"][:3]
    for runs, message in (
        ([first], "networks must have at least one network with two runs"),
        ([first, second, {**third, "T": 9.0}], "the same rising, evenly spaced T"),
        ([{k: v for k, v in first.items() if k != "brier"}, second], "networks must have 'brier'"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            TemperatureExplorer({"one": runs})


def test_javascript_reads_the_same(javascript: Callable[..., Any]) -> None:
    explorer = TemperatureExplorer(NETWORKS)
    for explorer.network, runs in NETWORKS.items():
        errors = javascript("calibration/math.js", "calibrationError", [(run,) for run in runs])
        for error, run in zip(errors, runs, strict=True):
            explorer.T = run["T"]
            assert error == pytest.approx(explorer.ece, abs=1e-12)
        (least,) = javascript("temperature/math.js", "leastNll", [(runs,)])
        assert least["T"] == explorer.best
        beside = [(runs, "T", run["T"] + 0.09) for run in runs]
        assert javascript("calibration/math.js", "nearest", beside) == runs
