"""The stored measurements of temperatures are those the script makes and the text reports."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

CHAPTERS = Path(__file__).parents[1] / "chapters"
STORED = json.loads((CHAPTERS / "data" / "temperature.json").read_text(encoding="utf-8"))
RUN = runpy.run_path(str(CHAPTERS / "_runs" / "temperature.py"))
SMOOTHING = json.loads((CHAPTERS / "data" / "label-smoothing.json").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("one_thread")
def test_one_split_measured_again_gives_what_is_stored() -> None:
    for again, kept in zip(
        RUN["results"]("clean", splits=1), STORED["tasks"]["clean"], strict=True
    ):
        # Training amplifies rounding errors: another processor may differ in the third digit.
        assert again["temperatures"][0] == pytest.approx(kept["temperatures"][0], abs=0.02)
        for when in ("before", "after"):
            stored = {name: values[0] for name, values in kept[when].items()}
            found = {name: values[0] for name, values in again[when].items()}
            assert found == pytest.approx(stored, abs=0.02), when


def test_the_networks_are_those_of_label_smoothing() -> None:
    for name, networks in STORED["tasks"].items():
        runs = {run["alpha"]: run["splits"] for run in SMOOTHING["tasks"][name]["runs"]}
        for network in networks:
            # Half of each split's test pictures against all of them.
            whole = np.array(runs[network["alpha"]]["accuracy"])
            np.testing.assert_allclose(network["before"]["accuracy"], whole, atol=0.03)


def test_the_stored_temperatures_say_what_the_chapter_says() -> None:
    found = {
        (name, network["alpha"]): {
            when: {score: np.mean(values) for score, values in network[when].items()}
            for when in ("before", "after")
        }
        for name, networks in STORED["tasks"].items()
        for network in networks
    }
    for both in found.values():
        assert both["after"]["nll"] < both["before"]["nll"], "T was fitted to it"
        assert both["after"]["accuracy"] == both["before"]["accuracy"]
    mended, worse = found["clean", 0.1], found["noisy", 0.1]
    assert mended["after"]["ece"] < 0.25 * mended["before"]["ece"]
    for score in ("ece", "brier"):
        assert worse["after"][score] > worse["before"][score]
        assert found["noisy", 0.0]["after"][score] > worse["before"][score]
    assert max(STORED["tasks"]["clean"][1]["temperatures"]) < 1


def test_each_point_of_the_grid_agrees_with_its_bins() -> None:
    for networks in STORED["tasks"].values():
        for network in networks:
            grid = network["grid"]
            assert 1.0 in [point["T"] for point in grid]
            assert len({point["accuracy"] for point in grid}) == 1
            assert all(np.diff([point["confidence"] for point in grid]) < 0)
            for point in grid:
                for score, of_bins in (
                    ("accuracy", "bin_accuracy"),
                    ("confidence", "bin_confidence"),
                ):
                    means = np.array(point[of_bins], dtype=float)
                    whole = np.nansum(means * point["bin_count"]) / sum(point["bin_count"])
                    assert whole == pytest.approx(point[score], abs=2e-4)
                parts = point["calibration"] + point["refinement"]
                assert parts == pytest.approx(point["brier"], abs=0.02)
