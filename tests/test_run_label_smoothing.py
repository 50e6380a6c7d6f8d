"""The stored measurements of label smoothing are those the script makes and the text reports."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

CHAPTERS = Path(__file__).parents[1] / "chapters"
STORED = json.loads((CHAPTERS / "data" / "label-smoothing.json").read_text(encoding="utf-8"))
RUN = runpy.run_path(str(CHAPTERS / "_runs" / "label_smoothing.py"))
TASKS = {
    name: {run["alpha"]: run for run in task["runs"]} for name, task in STORED["tasks"].items()
}


@pytest.mark.usefixtures("one_thread")
def test_one_split_trained_again_gives_what_is_stored() -> None:
    task = STORED["tasks"]["clean"]
    again = RUN["results"]([0.0, 0.1], task["train"], task["redrawn"], splits=1)
    # Training amplifies rounding errors: another processor may differ in the third digit.
    for run in again["runs"]:
        for name, (found,) in run["splits"].items():
            stored = TASKS["clean"][run["alpha"]]["splits"][name][0]
            assert found == pytest.approx(stored, abs=0.01), name


@pytest.mark.usefixtures("one_thread")
def test_one_split_distilled_again_gives_what_is_stored() -> None:
    lessons = STORED["distillation"]
    ends = [lessons["alpha"][0], lessons["alpha"][-1]]
    sizes = {name: lessons[name] for name in ("train", "shown", "hidden")}
    again = RUN["distillation"](ends, lessons["temperature"], **sizes, splits=1)
    assert again["student_of_labels"][0] == pytest.approx(lessons["student_of_labels"][0], abs=0.01)
    for found, stored in zip(again["student"], lessons["student"], strict=True):
        assert [found[0][0], found[1][0]] == pytest.approx([stored[0][0], stored[-1][0]], abs=0.02)


def test_every_measure_has_a_number_for_each_split() -> None:
    for runs in TASKS.values():
        for run in runs.values():
            assert {len(values) for values in run["splits"].values()} == {STORED["splits"]}
            # The splits' test sets have the same size, so the mean of means is the mean.
            for name in ("accuracy", "confidence", "nll", "brier"):
                assert np.mean(run["splits"][name]) == pytest.approx(run[name], abs=2e-6)
    lessons = STORED["distillation"]
    alphas, temperatures = len(lessons["alpha"]), len(lessons["temperature"])
    assert np.shape(lessons["teacher"]) == (alphas, STORED["splits"])
    assert np.shape(lessons["student"]) == (temperatures, alphas, STORED["splits"])


def test_the_stored_runs_say_what_the_chapter_says() -> None:
    clean, noisy = (
        {
            alpha: {name: np.array(v) for name, v in run["splits"].items()}
            for alpha, run in of.items()
        }
        for of in (TASKS["clean"], TASKS["noisy"])
    )
    # In every split: overconfident without smoothing, underconfident with 0.1 on clean labels.
    assert (clean[0.0]["confidence"] > clean[0.0]["accuracy"]).all()
    assert (clean[0.1]["confidence"] < clean[0.1]["accuracy"]).all()
    assert (clean[0.1]["ece"] > clean[0.0]["ece"]).all()
    assert (noisy[0.1]["ece"] < noisy[0.0]["ece"]).all()
    # 0.02 is better in some splits and worse in others.
    assert 0 < (clean[0.02]["ece"] < clean[0.0]["ece"]).sum() < STORED["splits"]
    assert all(len(of) == 16 for of in (clean, noisy))
    for of in (clean, noisy):
        assert (np.diff([run["confidence"].mean() for run in of.values()]) < 0).all()

    lessons = STORED["distillation"]
    teacher, student = (np.array(lessons[name]) for name in ("teacher", "student"))
    assert lessons["temperature"] == [1, 2, 4]
    assert (np.diff(teacher.mean(axis=1)) > 0).all()
    gain = student - student[:, :1]  # compared with the plain teacher's student on the same split
    assert (gain[0, 1:].mean(axis=1) > 0).all(), "at temperature 1 smoothing helps"
    assert (gain[2, 1:] < 0).all(), "at temperature 4 it hurts, in every split"
    means = student.mean(axis=2)
    assert np.unravel_index(means.argmax(), means.shape) == (2, 0)
